from math import isnan, nan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqframe.errors import UserError
from seqframe.evaluation.metrics import mae, per_lead, per_origin, rmse, scaled_errors, seasonal_scale, smape

SHAPE = (4, 3, 2)  # origins, leads, targets
values = arrays(
    np.float64, SHAPE, elements=st.floats(-1e6, 1e6).map(lambda value: round(value, 6))
)  # none whose square is 0
TRUTH = np.array([[[1.0], [2.0]], [[nan], [4.0]], [[5.0], [nan]]])  # 3 origins, 2 leads, 1 target
PREDICTION = np.array([[[2.0], [2.0]], [[9.0], [1.0]], [[3.0], [9.0]]])  # errors 1, 0, -, 3, 2, -


def test_what_was_not_measured_is_left_out_of_every_mean() -> None:
    assert mae(TRUTH, PREDICTION) == 6 / 4
    assert rmse(TRUTH, PREDICTION) == sqrt(14 / 4)
    assert smape(TRUTH, PREDICTION) == pytest.approx(200 * (1 / 3 + 0 + 3 / 5 + 2 / 8) / 4)
    assert per_lead(mae, TRUTH, PREDICTION).tolist() == [1.5, 1.5]
    assert per_lead(rmse, TRUTH, PREDICTION).tolist() == pytest.approx([sqrt(5 / 2), sqrt(9 / 2)])
    assert per_origin(scaled_errors(TRUTH, PREDICTION, np.array([2.0]))).tolist() == [0.25, 1.5, 1.0]


def test_where_nothing_was_measured_there_is_no_score() -> None:
    unmeasured = np.full(SHAPE, nan)
    assert all(isnan(measure(unmeasured, np.zeros(SHAPE))) for measure in (mae, rmse, smape))
    assert np.isnan(per_origin(unmeasured)).all()
    actuals = np.zeros(SHAPE)
    actuals[:, 1] = nan
    assert np.isnan(per_lead(mae, actuals, np.ones(SHAPE))).tolist() == [False, True, False]


@pytest.mark.parametrize("wrong", [nan, np.inf])
def test_a_forecast_that_is_no_number_is_refused_not_left_out(wrong: float) -> None:
    prediction = np.zeros(SHAPE)
    prediction[2, 1, 0] = wrong
    with pytest.raises(UserError, match="must be finite to be scored. Received: 1 of 24 values") as raised:
        mae(np.zeros(SHAPE), prediction)
    assert "\n" not in str(raised.value)
    actuals = np.zeros(SHAPE)
    actuals[2, 1, 0] = nan
    assert mae(actuals, prediction) == 0


@given(values, values)
def test_percentages_stay_within_200_and_take_no_side(actuals: np.ndarray, prediction: np.ndarray) -> None:
    assert 0 <= smape(actuals, prediction) <= 200 * (1 + 1e-12)
    assert smape(actuals, prediction) == smape(prediction, actuals)
    assert mae(actuals, prediction) <= rmse(actuals, prediction) * (1 + 1e-9)


@given(values, values)
def test_the_mean_of_the_leads_is_the_whole(actuals: np.ndarray, prediction: np.ndarray) -> None:
    assert per_lead(mae, actuals, prediction).shape == (3,)
    assert per_lead(mae, actuals, prediction).mean() == pytest.approx(mae(actuals, prediction))


def test_the_scale_is_the_mean_change_over_a_season_within_runs() -> None:
    first = np.array([[1.0, 0.0], [2.0, 5.0], [4.0, 0.0], [8.0, 1.0]])
    second = np.array([[100.0, nan], [100.0, 2.0], [101.0, 3.0]])
    scale = seasonal_scale([first, second], 2, ["a", "b"])
    assert scale.tolist() == [(3 + 6 + 1) / 3, (0 + 4) / 2]


def test_of_what_repeats_itself_to_the_last_digit_the_row_before_is_taken() -> None:
    rows = np.arange(60)
    run = np.stack([np.sin(2 * np.pi * rows / 20), rows.astype(float)], axis=1)
    scale = seasonal_scale([run], 20, ["wave", "line"])
    assert scale[0] == pytest.approx(np.abs(np.diff(run[:, 0])).mean())
    assert scale[1] == 20


def test_a_constant_target_and_a_season_too_long_are_refused_in_one_line() -> None:
    run = np.stack([np.arange(9.0), np.full(9, 3.0), np.full(9, nan)], axis=1)
    with pytest.raises(UserError, match="Received: flat, unknown, constant in the training part") as raised:
        seasonal_scale([run], 2, ["line", "flat", "unknown"])
    assert "\n" not in str(raised.value)
    with pytest.raises(UserError, match="Received: season=9, rows=9"):
        seasonal_scale([run, run[:4]], 9, ["line", "flat", "unknown"])
