from math import inf, isnan, nan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqframe.errors import UserError
from seqframe.evaluation.metrics import (
    MAE,
    MASE,
    RMSE,
    SMAPE,
    Metric,
    MetricInputs,
    mean_per_time,
    per_origin,
    scaled_errors,
)

SHAPE = (4, 3, 2)  # origins, horizon, targets
values = arrays(
    np.float64, SHAPE, elements=st.floats(-1e6, 1e6).map(lambda value: round(value, 6))
)  # none whose square is 0
Y_TRUE = np.array([[[1.0], [2.0]], [[nan], [4.0]], [[5.0], [nan]]])  # 3 origins, 2 steps, 1 target
Y_PRED = np.array([[[2.0], [2.0]], [[9.0], [1.0]], [[3.0], [9.0]]])  # errors 1, 0, -, 3, 2, -


def compute(metric: Metric, y_true: np.ndarray, y_pred: np.ndarray) -> float:
    return metric.compute(MetricInputs(y_true, y_pred))


def by_step(metric: Metric, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    return np.array([compute(metric, y_true[:, step], y_pred[:, step]) for step in range(y_true.shape[1])])


def test_missing_actual_values_are_excluded() -> None:
    assert compute(MAE, Y_TRUE, Y_PRED) == 6 / 4
    assert compute(RMSE, Y_TRUE, Y_PRED) == sqrt(14 / 4)
    assert compute(SMAPE, Y_TRUE, Y_PRED) == pytest.approx(200 * (1 / 3 + 0 + 3 / 5 + 2 / 8) / 4)
    assert by_step(MAE, Y_TRUE, Y_PRED).tolist() == [1.5, 1.5]
    assert by_step(RMSE, Y_TRUE, Y_PRED).tolist() == pytest.approx([sqrt(5 / 2), sqrt(9 / 2)])
    assert per_origin(scaled_errors(Y_TRUE, Y_PRED, np.array([2.0]))).tolist() == [0.25, 1.5, 1.0]


def test_metrics_without_any_actual_value_are_nan() -> None:
    missing = np.full(SHAPE, nan)
    assert all(isnan(compute(metric, missing, np.zeros(SHAPE))) for metric in (MAE, RMSE, SMAPE))
    assert np.isnan(per_origin(missing)).all()
    y_true = np.zeros(SHAPE)
    y_true[:, 1] = nan
    assert np.isnan(by_step(MAE, y_true, np.ones(SHAPE))).tolist() == [False, True, False]


def test_smape_is_0_where_actual_value_and_prediction_are_0() -> None:
    assert compute(SMAPE, np.array([1.0, 0.0, 2.0]), np.array([3.0, 0.0, 2.0])) == pytest.approx(200 * 2 / 4 / 3)


def test_the_mase_averages_over_times_first() -> None:
    inputs = MetricInputs(Y_TRUE, Y_PRED, scale=np.full((3, 1, 1), 2.0), times=np.array([7, 7, 8]))
    assert MASE.compute(inputs) == ((0.25 + 1.5) / 2 + 1.0) / 2
    assert mean_per_time(np.array([1.0, 3.0, nan]), np.array([5, 5, 2])).tolist() == pytest.approx(
        [nan, 2.0], nan_ok=True
    )


@pytest.mark.parametrize("wrong", [nan, np.inf])
def test_forecasts_that_are_not_finite_raise_and_are_not_excluded(wrong: float) -> None:
    y_pred = np.zeros(SHAPE)
    y_pred[2, 1, 0] = wrong
    with pytest.raises(UserError, match=r"must be finite to be scored\. Received: 1 of 24 values") as raised:
        scaled_errors(np.zeros(SHAPE), y_pred, np.ones(2))
    assert "\n" not in str(raised.value)
    assert MAE.of_backtest(MetricInputs(np.zeros(SHAPE), y_pred)) == inf
    y_true = np.zeros(SHAPE)
    y_true[2, 1, 0] = nan
    assert compute(MAE, y_true, y_pred) == MAE.of_backtest(MetricInputs(y_true, y_pred)) == 0


@given(values, values)
def test_smape_is_symmetric_and_at_most_200(y_true: np.ndarray, y_pred: np.ndarray) -> None:
    assert 0 <= compute(SMAPE, y_true, y_pred) <= 200 * (1 + 1e-12)
    assert compute(SMAPE, y_true, y_pred) == compute(SMAPE, y_pred, y_true)
    assert compute(MAE, y_true, y_pred) <= compute(RMSE, y_true, y_pred) * (1 + 1e-9)


@given(values, values)
def test_the_mean_over_steps_is_the_mean_of_all(y_true: np.ndarray, y_pred: np.ndarray) -> None:
    assert by_step(MAE, y_true, y_pred).shape == (3,)
    assert by_step(MAE, y_true, y_pred).mean() == pytest.approx(compute(MAE, y_true, y_pred))


def test_the_inputs_of_one_target() -> None:
    widths = np.full((2, *SHAPE), 5.0)
    inputs = MetricInputs(np.zeros(SHAPE), np.ones(SHAPE), np.full((4, 1, 2), 3.0), widths, np.arange(4))
    one = inputs.target(1)
    assert (one.y_true.shape, one.scale.shape, one.half_widths.shape) == ((4, 3), (4, 1), (2, 4, 3))
    assert MASE.compute(one) == MASE.compute(inputs) == pytest.approx(1 / 3)
