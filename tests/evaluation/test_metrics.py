import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqframe.evaluation.metrics import compute_metrics, wilson_interval


def test_scores() -> None:
    scores = compute_metrics(np.array([0.0, 1.0, 2.0]), np.array([0.03, 1.0, 1.6]))
    assert scores == pytest.approx(
        {"mse": (0.0009 + 0.16) / 3, "mae": 0.43 / 3, "max_error": 0.4, "all_within_0.05": 0}
    )


@pytest.mark.parametrize(("error", "right"), [(0.0, 1.0), (0.049, 1.0), (-0.049, 1.0), (0.051, 0.0), (-0.051, 0.0)])
def test_all_within_tolerance(error: float, right: float) -> None:
    actuals = np.array([[0.0, 0.2], [0.4, 0.6]])
    assert compute_metrics(actuals, actuals + np.array([[0.0, 0.0], [error, 0.0]]))["all_within_0.05"] == right


def test_wilsons_interval_is_the_published_one() -> None:
    # Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson_interval(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


@given(trials=st.integers(1, 500), data=st.data())
def test_the_interval_holds_the_share(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    low, high = wilson_interval(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
