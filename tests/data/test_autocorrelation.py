import numpy as np
import pytest

from seqframe.data.autocorrelation import Segments, autocorrelate, block_means, detrend, find_acf_period, highest_peaks


def noise(rows: int, size: float = 1, seed: int = 0) -> np.ndarray:
    return size * np.random.default_rng(seed).normal(size=rows)


def sine(rows: int, period: float) -> np.ndarray:
    return np.sin(2 * np.pi * np.arange(rows) / period)


def test_autocorrelation_equals_its_definition() -> None:
    first, second = noise(9), noise(6, seed=1)
    first[4] = np.nan
    found = autocorrelate([first, second])
    variance = np.mean(np.concatenate([first[~np.isnan(first)], second]) ** 2)
    for lag in range(1, 6):
        products = np.concatenate([each[lag:] * each[:-lag] for each in (first, second)])
        products = products[~np.isnan(products)]
        assert found.pairs[lag] == len(products)
        assert found.values[lag] == pytest.approx(products.mean() / variance)


def test_detrending_removes_a_straight_line() -> None:
    line = np.where(np.arange(20) == 7, np.nan, 3.0 - 0.5 * np.arange(20))
    assert np.nanmax(np.abs(detrend(line))) < 1e-12
    assert np.isnan(detrend(np.array([1.0, 2.0]))).all()


@pytest.mark.parametrize("rows", [5, 37, 128])
@pytest.mark.parametrize("lags", [1, 4, 200])
def test_fewer_lags_have_equal_values(rows: int, lags: int) -> None:
    segments: Segments = [noise(rows), np.where(np.arange(9) == 4, np.nan, noise(9, seed=1))]
    few, every = autocorrelate(segments, lags), autocorrelate(segments)
    assert few.values == pytest.approx(every.values[:lags])
    assert few.pairs.tolist() == every.pairs[:lags].tolist()


def test_block_means_are_of_the_newest_rows_and_ignore_missing_values() -> None:
    values = np.array([100.0, 1, 2, 3, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(block_means(values, 2), [1.5, 3, np.nan])


def test_a_long_period_is_found_in_blocks_of_rows() -> None:
    values = sine(1600, 131) + noise(1600, 0.6) * sine(1600, 131) + noise(1600, 0.6)
    assert find_acf_period([values]) == pytest.approx(131, abs=2)


def test_the_highest_peaks_are_local_maxima() -> None:
    first, second = highest_peaks([sine(300, 17) + noise(300, 0.3)], 2)
    assert first in (17, 34)
    assert abs(second - first) > 1
    assert highest_peaks([np.ones(5)], 2) == []
