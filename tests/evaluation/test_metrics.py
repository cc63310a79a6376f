import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqframe.evaluation.metrics import METRICS, compute_metrics, wilson_interval


def test_metrics_of_a_prediction() -> None:
    metrics = compute_metrics(np.array([0.0, 1.0, 2.0]), np.array([0.03, 1.0, 1.6]))
    assert metrics == pytest.approx(
        {"mse": (0.0009 + 0.16) / 3, "mae": 0.43 / 3, "max_error": 0.4, "all_within_0.05": 0}
    )


@pytest.mark.parametrize(("error", "expected"), [(0.0, 1.0), (0.049, 1.0), (-0.049, 1.0), (0.051, 0.0), (-0.051, 0.0)])
def test_all_within_tolerance(error: float, expected: float) -> None:
    actuals = np.array([[0.0, 0.2], [0.4, 0.6]])
    assert compute_metrics(actuals, actuals + np.array([[0.0, 0.0], [error, 0.0]]))["all_within_0.05"] == expected


def test_wilson_interval_matches_published_values() -> None:
    # Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson_interval(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


@given(count=st.integers(1, 500), data=st.data())
def test_wilson_interval_contains_the_share(count: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, count))
    low, high = wilson_interval(successes, count)
    assert 0 <= low <= successes / count <= high <= 1


def test_a_diverged_prediction_has_metrics_that_are_not_finite() -> None:
    metrics = compute_metrics(np.array([0.0, np.nan]), np.array([np.nan, 1.0]))
    assert np.isnan([metrics["mse"], metrics["mae"], metrics["max_error"]]).all()
    assert metrics["all_within_0.05"] == 0
    assert np.isnan(list(compute_metrics(np.array([np.nan]), np.array([1.0])).values())).all()


def test_metric_names_and_titles_are_unique() -> None:
    assert len({metric.name for metric in METRICS}) == len({metric.title for metric in METRICS}) == len(METRICS)
    assert all(metric.caption.endswith(".") and metric.used_in for metric in METRICS)
