from math import inf, isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqframe.forecasting.intervals import calibrate, coverage, min_calibration_origins

SIZES = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])  # of the noise, (leads, targets)


def test_it_is_the_right_one_of_the_sorted_residuals() -> None:
    residuals = np.array([3.0, -1.0, 2.0, -9.0, 5.0, 4.0, -6.0, 7.0, 8.0, nan]).reshape(10, 1, 1)
    assert calibrate(residuals, 0.5).tolist() == [[5.0]]  # the 5th of 9
    assert calibrate(residuals, 0.9).tolist() == [[9.0]]  # the 9th
    assert calibrate(residuals, 0.91).tolist() == [[inf]]  # the 10th


def test_leads_and_targets_stand_alone() -> None:
    residuals = np.arange(1.0, 10.0)[:, None, None] * SIZES
    residuals[0, 1, 0] = nan
    expected = 9 * SIZES
    expected[1, 0] = inf  # 8 origins are too few for 90 %
    assert calibrate(residuals, 0.9).tolist() == expected.tolist()


@given(st.floats(0.01, 0.99))
def test_the_fewest_origins_are_enough_and_one_less_is_not(confidence: float) -> None:
    origins = min_calibration_origins(confidence)
    assert np.isfinite(calibrate(np.ones((origins, 1, 1)), confidence)).all()
    assert np.isinf(calibrate(np.ones((origins - 1, 1, 1)), confidence)).all()


@pytest.mark.parametrize("confidence", [0.5, 0.9])
def test_intervals_hold_as_many_truths_as_they_say(confidence: float) -> None:
    random = np.random.default_rng(0)
    calibrating, testing = (SIZES * random.standard_t(3, size=(2000, 3, 2)) for _ in range(2))
    shares, whole = coverage(testing, np.zeros(testing.shape), calibrate(calibrating, confidence))
    assert shares.shape == (3, 2)
    assert np.abs(shares - confidence).max() < 0.05
    assert whole == pytest.approx(confidence, abs=0.02)


def test_the_promise_is_exact_on_average_also_for_few_origins() -> None:
    """Of 20 values that could have come in any order, the new one is among the 18 smallest 18 times out of 20."""
    noise = np.random.default_rng(1).normal(size=(19, 4000, 1))
    new = np.random.default_rng(2).normal(size=(1, 4000, 1))
    _, whole = coverage(new, np.zeros(new.shape), calibrate(noise, 0.9))
    assert whole == pytest.approx(0.9, abs=0.02)


def test_coverage_counts_what_was_measured_and_takes_widths_of_origins() -> None:
    actuals = np.array([[[1.0], [2.0]], [[-3.0], [nan]], [[4.0], [nan]]])  # 3 origins, 2 leads, 1 target
    prediction = np.zeros(actuals.shape)
    shares, whole = coverage(actuals, prediction, np.array([[3.0], [1.0]]))
    assert (shares.tolist(), whole) == ([[2 / 3], [0.0]], 0.5)
    widths = np.array([1.0, 2.0, 4.0])[:, None, None] * np.array([[1.0], [2.0]])
    shares, whole = coverage(actuals, prediction, widths)
    assert (shares.tolist(), whole) == ([[2 / 3], [1.0]], 0.75)
    shares, whole = coverage(np.full((3, 2, 1), nan), prediction, widths)
    assert np.isnan(shares).all()
    assert isnan(whole)
