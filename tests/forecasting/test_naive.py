import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqframe.errors import UserError
from seqframe.forecasting.baselines import drift, persistence, seasonal_naive

HISTORY = np.arange(24.0).reshape(3, 4, 2)  # 3 origins, lookback 4, 2 targets


def test_persistence_repeats_the_last_value() -> None:
    prediction = persistence(HISTORY, 5)
    assert prediction.shape == (3, 5, 2)
    assert (prediction == HISTORY[:, -1:]).all()


@given(st.integers(1, 9), st.integers(0, 6), st.integers(1, 12), st.integers(0, 12))
def test_a_periodic_series_is_forecast_without_error(season: int, more: int, horizon: int, gap: int) -> None:
    lookback = season + more
    rows = np.arange(40)
    series = np.random.default_rng(0).normal(size=(season, 2))[rows % season]  # (rows, targets)
    origins = np.arange(lookback - 1, lookback + 2)
    history = series[origins[:, None] + np.arange(1 - lookback, 1)]
    actuals = series[(origins[:, None] + gap + 1 + np.arange(horizon)) % season]
    assert (seasonal_naive(history, season, horizon, gap) == actuals).all()


def test_the_last_of_several_seasons_is_repeated() -> None:
    history = np.array([1.0, 2.0, 10.0, 20.0, 100.0]).reshape(1, 5, 1)
    assert seasonal_naive(history, 2, 3)[0, :, 0].tolist() == [20, 100, 20]


def test_drift_extrapolates_a_line_without_error() -> None:
    slopes = np.array([0.5, -3.0])
    history = np.arange(4.0)[None, :, None] * slopes + np.arange(3.0)[:, None, None]
    actuals = (3 + 3 + np.arange(5.0))[None, :, None] * slopes + np.arange(3.0)[:, None, None]
    assert drift(history, horizon=5, gap=2) == pytest.approx(actuals)


def test_too_short_histories_raise() -> None:
    with pytest.raises(UserError, match="Received: lookback=4, season=5. Raise `task.lookback`"):
        seasonal_naive(HISTORY, 5, 2)
    with pytest.raises(UserError, match="Received: lookback=1"):
        drift(HISTORY[:, :1], 2)
