from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqframe.errors import UserError
from seqframe.evaluation import bootstrap as bootstrap_module
from seqframe.evaluation.bootstrap import (
    MIN_INDEPENDENT,
    Bootstrap,
    Resampling,
    SampleSize,
    make_bootstrap,
    mean_over_series,
)
from seqframe.evaluation.significance import interval, mean_loss, p_value

TIMES = 300


def correlated_losses(seed: int, times: int = TIMES, overlap: int = 10) -> np.ndarray:
    """Losses (times, 1) with mean 1; neighbors are correlated, as with overlapping windows."""
    noise = np.random.default_rng(seed).normal(size=times + overlap - 1)
    return 1 + np.convolve(noise, np.ones(overlap) / overlap, "valid")[:, None]


def panel_losses(seed: int, times: int, series: int, time_size: float, series_size: float) -> np.ndarray:
    """Losses (times, series) with mean 0: effects of times, of series, and noise."""
    random = np.random.default_rng(seed)
    effects = time_size * random.normal(size=(times, 1)) + series_size * random.normal(size=(1, series))
    return effects + random.normal(size=(times, series))


def false_differences(losses: list[np.ndarray], bootstrap: Bootstrap) -> float:
    """Share of losses with mean 0 whose mean is significant at 5%."""
    p = [p_value(mean_loss(each), bootstrap.standard_error(each), bootstrap.size.independent) for each in losses]
    return float(np.mean(np.array(p) < 0.05))


@given(st.integers(1, 40), st.integers(1, 9))
def test_blocks_contain_neighbors_and_wrap_around(length: int, block: int) -> None:
    resamples = Resampling(length, block, 7, seed=1).draw()
    assert resamples.shape == (7, length)
    for first in range(0, length - block + 1, block):
        within = resamples[:, first : first + block]
        assert ((np.diff(within, axis=1) % length) == 1 % length).all()


def test_blocks_start_at_every_position() -> None:
    assert set(Resampling(7, 3, 200, seed=0).draw()[:, 0]) == set(range(7))


def test_resamples_depend_on_the_seed_only() -> None:
    first, again, other = (Resampling(20, 4, 9, seed).draw() for seed in (3, 3, 4))
    assert (first == again).all()
    assert (first != other).any()


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 8))
def test_replicates_do_not_depend_on_the_size_of_the_chunks(length: int, block: int, size: int) -> None:
    resampling = Resampling(length, block, 7, seed=2)
    assert (np.concatenate(list(resampling.chunks(size))) == resampling.draw()).all()


@given(st.integers(2, 12), st.integers(1, 9), st.integers(0, 99))
def test_a_mean_is_taken_over_the_drawn_times_and_series(times: int, series: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    losses = np.where(random.random((times, series)) < 0.2, nan, random.random((times, series)))
    losses[0, 0] = 1.0
    of_times, of_series = Resampling(times, 2, 5, seed), Resampling(series, 1, 5, seed)
    bootstrap = Bootstrap(SampleSize(times, series), 1, of_times, of_series)
    expected = []
    for rows, columns in zip(of_times.draw(), of_series.draw(), strict=True):
        means = [np.mean(row[~np.isnan(row)]) for row in losses[:, columns] if not np.isnan(row).all()]
        by_time = dict(zip(np.flatnonzero(~np.isnan(losses[:, columns]).all(axis=1)), means, strict=True))
        drawn = [by_time[row] for row in rows if row in by_time]
        expected += [np.mean(drawn)] if drawn else []
    np.testing.assert_allclose(bootstrap.means(losses), expected)


def test_means_do_not_depend_on_the_chunk_size(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = panel_losses(0, 14, 7, 1, 1)
    losses[3:5, 2] = nan
    expected = make_bootstrap(14, 7, 2).means(losses)
    for size in (1, 150, 10_000_000):
        monkeypatch.setattr(bootstrap_module, "CHUNK_SIZE", size)
        np.testing.assert_allclose(make_bootstrap(14, 7, 2).means(losses), expected, rtol=1e-12)


def test_what_is_resampled_depends_on_the_numbers_of_times_and_series() -> None:
    few = MIN_INDEPENDENT - 1
    for times, series, resampled in (
        (10 * MIN_INDEPENDENT, few, (True, False)),
        (10 * MIN_INDEPENDENT, MIN_INDEPENDENT, (True, True)),
        (10 * few, MIN_INDEPENDENT, (False, True)),
        (10 * few, few, (True, False)),
    ):
        bootstrap = make_bootstrap(times, series, 10)
        assert (bootstrap.times is not None, bootstrap.series is not None) == resampled
        assert bootstrap.size.sufficient == (times == 10 * MIN_INDEPENDENT or series == MIN_INDEPENDENT)


@pytest.mark.parametrize("forecasts", [MIN_INDEPENDENT, 10, 30])
def test_tests_of_overlapping_forecasts_have_their_level(forecasts: int) -> None:
    """At most 5% of differences without an effect are significant, also with few forecasts."""
    bootstrap = make_bootstrap(10 * forecasts, 1, 10)
    losses = [correlated_losses(seed, 10 * forecasts) - 1 for seed in range(400)]
    assert 0.02 <= false_differences(losses, bootstrap) <= 0.08


@pytest.mark.parametrize(("time_size", "series_size"), [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_tests_over_times_and_series_are_valid_with_common_times_and_different_series(
    time_size: float, series_size: float
) -> None:
    losses = [panel_losses(seed, 20, 15, time_size, series_size) for seed in range(200)]
    assert false_differences(losses, make_bootstrap(20, 15, 1)) <= 0.08


def test_tests_over_series_are_valid_for_independent_series_with_any_correlation_over_time() -> None:
    losses = [panel_losses(seed, 3, 12, 0, 1) for seed in range(300)]
    assert 0.02 <= false_differences(losses, make_bootstrap(3, 12, 3)) <= 0.08


def test_many_series_separate_models_that_one_series_does_not() -> None:
    losses = 0.5 + panel_losses(0, 8, 300, 0, 1)
    whole, one = make_bootstrap(8, 300, 1), make_bootstrap(8, 1, 1)
    assert p_value(mean_loss(losses), whole.standard_error(losses), whole.size.independent) < 0.001
    assert p_value(mean_loss(losses[:, :1]), one.standard_error(losses[:, :1]), one.size.independent) > 0.01


def test_intervals_have_their_coverage() -> None:
    bootstrap = make_bootstrap(TIMES, 1, 10)
    covered = [low <= 1 <= high for low, high in (interval(correlated_losses(seed), bootstrap) for seed in range(200))]
    assert 0.91 <= np.mean(covered) <= 0.98


def test_forecasts_without_actual_values_are_excluded_and_raise_if_there_are_no_others() -> None:
    bootstrap = make_bootstrap(6, 1, 1)
    assert interval(np.array([[nan, 2.0, 2.0, nan, 2.0, 2.0]]).T, bootstrap) == (2.0, 2.0)
    assert interval(np.array([[nan, nan, nan, nan, nan, 3.0]]).T, bootstrap) == (3.0, 3.0)
    with pytest.raises(UserError, match="Received: 6 forecast times, all without"):
        interval(np.full((6, 1), nan), bootstrap)


def test_intervals_are_empty_with_too_few_forecasts_and_do_not_fall_below_0() -> None:
    assert np.isnan(interval(np.ones((5, 1)), make_bootstrap(5, 1, 1))).all()
    low, high = interval(np.array([[0.0, 0.0, 0.0, 0.0, 0.0, 9.0]]).T, make_bootstrap(6, 1, 1))
    assert low == 0
    assert high > 1.5


def test_a_time_has_the_mean_of_its_series() -> None:
    losses = np.array([[1.0, 3.0], [nan, 5.0], [nan, nan]])
    np.testing.assert_array_equal(mean_over_series(losses, None), [[2.0, 5.0, nan]])
    assert mean_loss(losses) == 3.5
