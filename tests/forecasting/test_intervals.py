from math import inf, isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqframe.forecasting.intervals import calibrate, coverage, min_calibration_origins

SIZES = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])  # scale of the noise, (horizon, targets)


def test_half_width_is_an_order_statistic_of_the_residuals() -> None:
    residuals = np.array([3.0, -1.0, 2.0, -9.0, 5.0, 4.0, -6.0, 7.0, 8.0, nan]).reshape(10, 1, 1)
    assert calibrate(residuals, 0.5).tolist() == [[5.0]]  # the 5th of 9
    assert calibrate(residuals, 0.9).tolist() == [[9.0]]  # the 9th
    assert calibrate(residuals, 0.91).tolist() == [[inf]]  # the 10th


def test_horizon_steps_and_targets_are_independent() -> None:
    residuals = np.arange(1.0, 10.0)[:, None, None] * SIZES
    residuals[0, 1, 0] = nan
    expected = 9 * SIZES
    expected[1, 0] = inf  # 8 origins are too few for 90 %
    assert calibrate(residuals, 0.9).tolist() == expected.tolist()


@given(st.floats(0.01, 0.99))
def test_min_calibration_origins(interval_level: float) -> None:
    origins = min_calibration_origins(interval_level)
    assert np.isfinite(calibrate(np.ones((origins, 1, 1)), interval_level)).all()
    assert np.isinf(calibrate(np.ones((origins - 1, 1, 1)), interval_level)).all()


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


def test_coverage_ignores_missing_values_and_supports_widths_by_origin() -> None:
    actuals = np.array([[[1.0], [2.0]], [[-3.0], [nan]], [[4.0], [nan]]])  # (3 origins, horizon 2, 1 target)
    forecasts = np.zeros(actuals.shape)
    shares, whole = coverage(actuals, forecasts, np.array([[3.0], [1.0]]))
    assert (shares.tolist(), whole) == ([[2 / 3], [0.0]], 0.5)
    widths = np.array([1.0, 2.0, 4.0])[:, None, None] * np.array([[1.0], [2.0]])
    shares, whole = coverage(actuals, forecasts, widths)
    assert (shares.tolist(), whole) == ([[2 / 3], [1.0]], 0.75)
    shares, whole = coverage(np.full((3, 2, 1), nan), forecasts, widths)
    assert np.isnan(shares).all()
    assert isnan(whole)
