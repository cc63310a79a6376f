"""Coverage of the intervals of a backtest."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.backtests import a_design, a_problem, a_task, model_forecasts, number, walking_folds
from seqframe.evaluation.backtest import forecast_baselines
from seqframe.evaluation.calibration import half_widths
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.evaluation.leaderboard import score_models as score


@pytest.fixture(scope="module")
def folds() -> Folds:
    return walking_folds(400, n_folds=3, test_size=45, val_size=60)


@pytest.mark.parametrize("instance_norm", ["none", "mean"])
@pytest.mark.parametrize("runs", [1, 3])
def test_intervals_have_their_nominal_coverage(instance_norm: str, runs: int) -> None:
    """For known noise, calibrated in each fold and for each run."""
    noise = np.random.default_rng(0).standard_normal(6000)
    task = a_task(instance_norm=instance_norm, lookback=12)
    folds = make_folds(number(x=noise), a_design(task, 2, 1200, 1200), a_problem())
    sizes = [1.0, 2.0, 5.0][:runs]
    result = score([*forecast_baselines(folds), model_forecasts(folds, "x", sizes)], folds).leaderboard.set_index(
        "model"
    )
    assert result["coverage"].between(0.85, 0.95).all()
    if instance_norm == "none":
        assert result.loc["x", "interval_width"] == pytest.approx(2 * 1.645 * np.mean(sizes), rel=0.1)
    assert half_widths(model_forecasts(folds, "x", sizes), folds).shape == (runs, *folds.actuals().shape)


def test_validation_forecasts_that_are_not_finite_widen_intervals(folds: Folds) -> None:
    model = model_forecasts(folds, "x", 1.0)
    validation = model.validation[0].copy()
    validation[0, :20] = np.nan
    widths = half_widths(replace(model, validation=(validation, *model.validation[1:])), folds)
    assert np.isinf(widths[0, :40]).all()
    assert np.isfinite(widths[0, 40:]).all()
