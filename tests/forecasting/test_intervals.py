"""Half widths of prediction intervals: order statistics of residuals, and their coverage over time."""

from collections.abc import Callable
from math import ceil, inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from seqframe.forecasting import intervals
from seqframe.forecasting.intervals import (
    Residuals,
    calibrate,
    calibrate_newest,
    coverage,
    join_residuals,
    min_calibration_origins,
    rolling_half_widths,
)

SIZES = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])  # scale of the noise, (horizon, targets)
PAST, TEST, HORIZON = 40, 200, 6

some_residuals = arrays.arrays(
    np.float64,
    st.tuples(st.integers(0, 12), st.integers(1, 4), st.integers(1, 2)),
    elements=st.one_of(st.floats(-10, 10), st.just(nan)),
)


def test_half_width_is_an_order_statistic_of_the_residuals() -> None:
    residuals = np.array([3.0, -1.0, 2.0, -9.0, 5.0, 4.0, -6.0, 7.0, 8.0, nan]).reshape(10, 1, 1)
    assert calibrate(residuals, 0.5).tolist() == [[5.0]]  # the 5th of 9
    assert calibrate(residuals, 0.9).tolist() == [[9.0]]  # the 9th
    assert calibrate(residuals, 0.91).tolist() == [[9.0]], "there is no 10th: the largest"


def test_steps_with_enough_residuals_are_independent_of_other_steps_and_targets() -> None:
    residuals = np.arange(1.0, 10.0)[:, None, None] * SIZES
    assert calibrate(residuals, 0.9).tolist() == (9 * SIZES).tolist()
    levels = np.array([0.5, 0.9])
    assert calibrate(residuals, levels).tolist() == (np.array([5, 9]) * SIZES).tolist(), "a level for each target"


def test_steps_with_too_few_residuals_add_neighboring_steps() -> None:
    residuals = np.arange(1.0, 21.0)[:, None, None] * np.array([1.0, 10.0, 100.0, 1000.0])[:, None]
    residuals[3:, 1] = nan  # 10, 20, 30, with 20 residuals on either side
    assert calibrate(residuals, 0.9)[:, 0].tolist() == [19, 1700, 1900, 19000], "the 40th of 43, and all others alone"
    residuals[0, 1] = 5000
    assert calibrate(residuals, 0.9)[1, 0] == 5000, "at least the largest of the residuals that were too few"


def test_without_residuals_intervals_are_infinite() -> None:
    assert np.isinf(calibrate(np.empty((0, 3, 2)), 0.9)).all()
    residuals = np.full((5, 3, 2), nan)
    residuals[2, 1, 1] = -4.0
    assert calibrate(residuals, 0.9).tolist() == [[inf, 4.0]] * 3, "of the other target there is none"


@given(some_residuals, st.floats(0, 1))
def test_one_residual_is_enough_for_a_finite_interval(residuals: np.ndarray, level: float) -> None:
    """It is one of the residuals of its target."""
    half_widths, sizes = calibrate(residuals, level), np.abs(residuals)
    for target in range(sizes.shape[2]):
        valid = sizes[..., target][~np.isnan(sizes[..., target])]
        assert np.isin(half_widths[:, target], valid if len(valid) else [inf]).all()


@given(some_residuals, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_level_never_gives_a_narrower_interval(residuals: np.ndarray, one: float, other: float) -> None:
    low, high = sorted([one, other])
    assert (calibrate(residuals, low) <= calibrate(residuals, high)).all()


@given(st.floats(0.01, 0.99))
def test_min_calibration_origins(interval_level: float) -> None:
    origins = min_calibration_origins(interval_level)
    rank = (origins + 1) * interval_level
    assert rank <= origins + 1e-6
    assert rank - interval_level > origins - 1 - 1e-6, "one less is too few"


@pytest.mark.parametrize("interval_level", [0.5, 0.9])
def test_coverage_equals_the_interval_level(interval_level: float) -> None:
    random = np.random.default_rng(0)
    calibrating, testing = (SIZES * random.standard_t(3, size=(2000, 3, 2)) for _ in range(2))
    shares, whole = coverage(testing, np.zeros(testing.shape), calibrate(calibrating, interval_level))
    assert shares.shape == (3, 2)
    assert np.abs(shares - interval_level).max() < 0.05
    assert whole == pytest.approx(interval_level, abs=0.02)


def test_coverage_is_exact_on_average_with_few_origins() -> None:
    """Of 20 exchangeable values the new one is among the 18 smallest with probability 18 / 20."""
    noise = np.random.default_rng(1).normal(size=(19, 4000, 1))
    new = np.random.default_rng(2).normal(size=(1, 4000, 1))
    _, whole = coverage(new, np.zeros(new.shape), calibrate(noise, 0.9))
    assert whole == pytest.approx(0.9, abs=0.02)


def forecast_errors(shocks: np.ndarray, horizon: int = HORIZON) -> np.ndarray:
    """Errors of the last value as the forecast of an AR(1) process: (origins, horizon, 1)."""
    values = np.zeros(len(shocks))
    for row in range(1, len(shocks)):
        values[row] = 0.7 * values[row - 1] + shocks[row]
    steps = np.arange(1, horizon + 1)
    forecasts = values[: -horizon or None, None] * 0.7**steps
    actuals = values[np.arange(len(values) - horizon)[:, None] + steps]
    return (forecasts - actuals)[..., None]


def rolling_coverage(errors: np.ndarray) -> tuple[float, float]:
    """Coverage of rolling and of fixed half widths; the first errors belong to a validation split."""
    times = np.arange(len(errors))
    past, new = Residuals(errors[: PAST - HORIZON], times[: PAST - HORIZON]), Residuals(errors[PAST:], times[PAST:])
    actuals = np.zeros(new.values.shape)
    rolling = rolling_half_widths(past, new, 0.9)
    return coverage(actuals, new.values, rolling)[1], coverage(actuals, new.values, calibrate(past.values, 0.9))[1]


def normal(random: np.random.Generator) -> np.ndarray:
    return random.standard_normal(PAST + TEST + HORIZON)


PROCESSES: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "stationary": normal,
    "growing variance": lambda random: normal(random) * np.linspace(1, 4, PAST + TEST + HORIZON),
    "falling variance": lambda random: normal(random) * np.linspace(4, 1, PAST + TEST + HORIZON),
    "changing variance": lambda random: normal(random) * np.repeat([1, 3, 1, 3], PAST)[np.arange(246) % (4 * PAST)],
    "heavy tails": lambda random: random.standard_t(2, PAST + TEST + HORIZON),
}


@pytest.mark.parametrize("name", PROCESSES)
def test_rolling_intervals_have_their_coverage_under_distribution_shift(name: str) -> None:
    """Of each of 20 series; intervals that are calibrated once miss it by far."""
    errors = [forecast_errors(PROCESSES[name](np.random.default_rng(seed))) for seed in range(20)]
    rolling, fixed = np.array([rolling_coverage(each) for each in errors]).T
    assert rolling.mean() == pytest.approx(0.9, abs=0.05 if "ing variance" in name else 0.02)
    assert (rolling > 0.85).all()
    assert (rolling < 0.97).all()
    assert np.abs(fixed - 0.9).max() > np.abs(rolling - 0.9).max() + 0.02


def test_few_overlapping_forecasts_have_at_least_the_coverage() -> None:
    """Nine validation forecasts of 12 rows, which all overlap."""
    shares = []
    for seed in range(80):
        errors = forecast_errors(np.random.default_rng(seed).standard_normal(46), horizon=12)
        times = np.arange(len(errors))
        past, new = Residuals(errors[:9], times[:9]), Residuals(errors[20:], times[20:])
        half_widths = rolling_half_widths(past, new, 0.9)
        assert np.isfinite(half_widths).all()
        shares.append(coverage(np.zeros(new.values.shape), new.values, half_widths)[1])
    assert 0.9 <= np.mean(shares) <= 0.97


def test_few_forecast_times_widen_intervals() -> None:
    """The level of 9 times, each with 100 series, is 0.915; of 900 times it is 0.90015."""
    values = np.arange(1.0, 901.0).reshape(-1, 1, 1)
    half_widths = [calibrate_newest([Residuals(values, np.arange(900) // size)], 0.9) for size in (100, 1)]
    assert [float(each[0, 0]) for each in half_widths] == [ceil(901 * 0.915), 400 + ceil(501 * 0.90015)]


@settings(max_examples=25, deadline=None)
@given(st.floats(-8, 8), st.integers(0, TEST - 1), st.integers(0, 99))
def test_the_coverage_recovers_from_a_level_shift(shift: float, row: int, seed: int) -> None:
    """A bias of several standard deviations from some row on, which the model never learns."""
    errors = forecast_errors(normal(np.random.default_rng(seed)))
    errors[PAST + row :] += shift
    rolling, _ = rolling_coverage(errors)
    assert 0.84 <= rolling <= 0.96


def test_residuals_after_the_origin_do_not_matter() -> None:
    """Each half width depends on the residuals whose actual value is known at its origin, and on no other."""
    random, gap = np.random.default_rng(0), 2
    past = Residuals(random.standard_normal((15, 3, 2)), np.arange(-20, -5))
    new = Residuals(random.standard_normal((40, 3, 2)), np.arange(40))
    expected = rolling_half_widths(past, new, 0.8, gap)
    target_rows = new.times[:, None] + gap + 1 + np.arange(3)
    for origin in (0, 5, 17, 39):
        changed = np.where((target_rows > origin)[..., None], 1e9, new.values)
        np.testing.assert_array_equal(
            rolling_half_widths(past, Residuals(changed, new.times), 0.8, gap)[: origin + 1], expected[: origin + 1]
        )
        known = np.where((target_rows == origin)[..., None], 1e9, new.values)
        after = rolling_half_widths(past, Residuals(known, new.times), 0.8, gap)
        assert (after[origin:] != expected[origin:]).any() or origin <= gap, "known residuals do matter"


def test_the_order_of_origins_does_not_matter() -> None:
    """Origins of several series at the same times."""
    random = np.random.default_rng(3)
    past = Residuals(random.standard_normal((30, 2, 1)), np.repeat(np.arange(-10, 0), 3))
    values, times = random.standard_normal((60, 2, 1)), np.tile(np.arange(20), 3)
    expected = rolling_half_widths(past, Residuals(values, times), 0.9)
    order = random.permutation(60)
    shuffled = rolling_half_widths(past, Residuals(values[order], times[order]), 0.9)
    np.testing.assert_array_equal(shuffled, expected[order])
    by_series = expected.reshape(3, 20, 2, 1)
    np.testing.assert_array_equal(by_series, np.broadcast_to(by_series[:1], by_series.shape))


def test_joined_residuals_are_sorted_by_time() -> None:
    parts = [Residuals(np.array([[[1.0]], [[2.0]]]), np.array([5, 3])), Residuals(np.array([[[3.0]]]), np.array([3]))]
    joined = join_residuals(parts)
    assert joined.times.tolist() == [3, 3, 5]
    assert joined.values.ravel().tolist() == [2.0, 3.0, 1.0]


def test_missing_actual_values_are_neither_hits_nor_misses() -> None:
    past = Residuals(np.arange(1.0, 36.0).reshape(-1, 1, 1), np.arange(-35, 0))
    values = np.full((50, 1, 1), nan)
    half_widths = rolling_half_widths(past, Residuals(values, np.arange(50)), 0.9)
    assert set(half_widths.ravel().tolist()) == {33.0}


def test_with_many_origins_updates_and_residuals_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(4)
    past = Residuals(random.standard_normal((50, 2, 1)), np.arange(-50, 0))
    new = Residuals(random.standard_normal((400, 2, 1)), np.arange(400))
    assert len(np.unique(rolling_half_widths(past, new, 0.9), axis=0)) > 50
    monkeypatch.setattr(intervals, "MAX_TIMES", 20)
    old = Residuals(past.values * 1e6, past.times)
    assert rolling_half_widths(old, new, 0.9)[:20].min() > 1e3
    assert rolling_half_widths(old, new, 0.9)[22:].max() < 1e3, "old residuals are forgotten"
    monkeypatch.setattr(intervals, "MIN_UPDATES", 1)
    monkeypatch.setattr(intervals, "MAX_SORTED", 8 * 40)
    assert len(np.unique(rolling_half_widths(past, new, 0.9), axis=0)) <= 8
