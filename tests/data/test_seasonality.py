from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from conftest import ROOT
from seqframe.data import seasonality
from seqframe.data.autocorrelation import autocorrelate, detrend
from seqframe.data.seasonality import Seasonality, find_seasons


def find_seasonality(values: np.ndarray, segments: list[range] | None = None) -> Seasonality | None:
    """The only season of a series without times."""
    found = find_seasons(values, None, segments)
    assert len(found) <= 1
    return found[0] if found else None


WEEK = np.array([1.0, 1.2, 1.1, 1.0, 1.3, 2.0, 2.2])
ROWS = np.arange(700)


def noise(rows: int, size: float = 1, seed: int = 0) -> np.ndarray:
    return size * np.random.default_rng(seed).normal(size=rows)


def sine(rows: int, period: float) -> np.ndarray:
    return np.sin(2 * np.pi * np.arange(rows) / period)


def autoregressive(rows: int, seed: int) -> np.ndarray:
    """AR(1): 0.9 times the value before, plus noise."""
    steps = noise(rows + 100, seed=seed)
    return np.convolve(steps, 0.9 ** np.arange(101), "valid")[:rows]


SERIES = {
    "noiseless": (sine(300, 20), 20),
    "noiseless, three periods": (sine(60, 20), 20),
    "noisy": (sine(300, 20) + noise(300, 0.5), 20),
    "week": (100 * WEEK[ROWS % 7] + noise(700, 10), 7),
    "week and trend": (100 * WEEK[ROWS % 7] + noise(700, 10) + 3 * ROWS, 7),
    "month and trend": (5 * ROWS[:144] + 20 * sine(144, 12) + noise(144, 5), 12),
    "growing": (np.exp(0.01 * ROWS[:144] + 0.2 * sine(144, 12) + 0.1 * sine(144, 6) + noise(144, 0.03)), 12),
    "curved trend, as in co2": (
        0.00001 * np.arange(1500) ** 2 + 3 * sine(1500, 52.18) + np.cumsum(noise(1500, 0.15)),
        52,
    ),
    "fractional period": (sine(600, 12.4) + noise(600, 0.3), 12),
    "square": (np.sign(sine(400, 15) + 0.01), 15),
    "saw": (ROWS[:400] % 9, 9),
    "spikes": ((ROWS[:600] % 30 == 3) + noise(600, 0.1), 30),
    "day within week": (sine(2016, 24) * np.repeat(np.tile([1, 1, 1, 1, 1, 0.6, 0.6], 12), 24) + noise(2016, 0.2), 24),
    "very large": (1e9 + sine(300, 20), 20),
}


@pytest.mark.parametrize(("values", "period"), SERIES.values(), ids=SERIES.keys())
def test_period_is_found(values: np.ndarray, period: int) -> None:
    found = find_seasonality(values)
    assert found is not None
    assert found.period == period
    assert 0 < found.strength <= 1


@pytest.mark.parametrize("share", [0.7, 0.8, 1])
def test_sunspots_have_a_period_of_eleven_years_in_every_training_part(share: float) -> None:
    values = pd.read_csv(ROOT / "data" / "01_raw" / "sunspots.csv")["SUNACTIVITY"].to_numpy()
    found = find_seasonality(values[: int(share * len(values))])
    assert found is not None
    assert found.period in (10, 11)


@pytest.mark.parametrize("rows", [60, 300])
@pytest.mark.parametrize(
    "draw",
    [
        lambda rows, seed: noise(rows, seed=seed),
        lambda rows, seed: np.cumsum(noise(rows, seed=seed)),
        autoregressive,
    ],
    ids=["white noise", "random walk", "AR(1), 0.9"],
)
def test_noise_has_no_period(draw: Callable[[int, int], np.ndarray], rows: int) -> None:
    alarms = sum(find_seasonality(draw(rows, seed)) is not None for seed in range(200))
    assert alarms <= 6  # of 200: 3 %


@pytest.mark.parametrize(
    "values",
    [
        np.ones(100),
        np.arange(100) * 0.1,
        np.arange(100.0) ** 2,
        np.exp(np.arange(100) / 20),
        np.full(50, np.nan),
        (ROWS == 50) * 1.0,
        (ROWS > 250) * 1.0,
        np.arange(400) % 2,
        sine(8, 3),
        np.empty(0),
    ],
    ids=["constant", "line", "parabola", "exponential", "NaN", "impulse", "step", "alternating", "short", "empty"],
)
def test_series_without_a_period(values: np.ndarray) -> None:
    assert find_seasonality(values) is None


def test_the_longest_period_is_a_third_of_the_rows() -> None:
    assert find_seasonality(sine(60, 20)) is not None
    shorter = find_seasonality(sine(59, 20))
    assert shorter is None or shorter.period <= 19


def test_segments_are_detrended_separately_and_missing_values_are_ignored() -> None:
    values = np.concatenate([sine(100, 10) + 50, noise(30), sine(64, 10) - 900])
    values[[3, 17, 18, 140]] = np.nan
    found = find_seasonality(values + noise(194, 0.2), [range(0, 100), range(100, 101), range(130, 194)])
    assert found is not None
    assert found.period == 10


def test_only_the_newest_rows_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seasonality, "MAX_ROWS", 120)
    values = np.concatenate([sine(500, 20), sine(120, 8)])
    assert find_seasonality(values) == find_seasonality(sine(120, 8))
    assert find_seasonality(values, [range(500), range(500, 530), range(530, 620)]) is not None


def test_strength_is_the_autocorrelation_at_the_period() -> None:
    values = sine(3000, 20) + noise(3000, np.sqrt(0.5))  # half of the variance is seasonal
    found = find_seasonality(values)
    assert found is not None
    assert found.strength == pytest.approx(0.5, abs=0.05)
    assert find_seasonality(sine(400, 20) * 3) == Seasonality(20, pytest.approx(1, abs=0.01))


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
