"""Coverage of the intervals of a backtest."""

from collections.abc import Callable
from dataclasses import replace
from math import ceil

import numpy as np
import pytest

from helpers.backtests import (
    TINY,
    a_design,
    a_problem,
    a_task,
    a_walk,
    model_forecasts,
    number,
    series_of,
    walking_folds,
)
from seqframe.data.dataset import dataset_from_split
from seqframe.evaluation import calibration
from seqframe.evaluation.backtest import ModelForecasts, forecast_baselines
from seqframe.evaluation.calibration import backtest_residuals
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.evaluation.leaderboard import forecast_metrics
from seqframe.evaluation.leaderboard import score_models as score
from seqframe.evaluation.refit import _newest_split, refit_baseline
from seqframe.forecasting.baselines import find_baseline
from seqframe.forecasting.intervals import SMALL_SAMPLE_CORRECTION
from seqframe.reporting.tables import tabulate_forecasts


@pytest.fixture(scope="module")
def folds() -> Folds:
    return walking_folds(400, n_folds=3, test_size=45, val_size=60)


def half_widths(model: ModelForecasts, folds: Folds) -> np.ndarray:
    """Half widths of the intervals: (runs, origins, horizon, targets); they are the same below and above."""
    below, above = np.stack([*calibration.half_widths(model, folds)], axis=1)
    np.testing.assert_array_equal(below, above)
    return below


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
    """In their fold and in later ones; the earlier fold is not affected."""
    model = model_forecasts(folds, "x", 1.0)
    validation = [each.copy() for each in model.validation]
    validation[1][0] = np.nan
    widths, expected = (half_widths(each, folds)[0] for each in (replace(model, validation=tuple(validation)), model))
    first, second, third = (folds.origins["fold"].to_numpy() == fold for fold in (1, 2, 3))
    np.testing.assert_array_equal(widths[first], expected[first])
    assert (widths[second] > expected[second]).all()
    assert np.isinf(widths[second][0]).all()
    assert (widths[third] >= expected[third]).all()
    assert (widths[third] > expected[third]).any()


def test_a_validation_split_with_few_forecasts_gives_finite_intervals() -> None:
    """Also before any actual value of the test split is known."""
    folds = walking_folds(200, val_size=3, test_size=60)
    assert [len(dataset.validation) for dataset in folds.datasets] == [2]
    assert np.isfinite(half_widths(model_forecasts(folds, "x", 1.0), folds)).all()


def panel() -> Folds:
    rows = series_of([160, 120], [160, 160])
    return make_folds(rows, a_design(a_task(gap=1), 2, 30, 30), a_problem(id_column="id", time_column="day"))


@pytest.mark.parametrize("make", [panel, lambda: walking_folds(300, n_folds=2, val_size=30, test_size=40)])
def test_actual_values_after_the_origin_do_not_matter(make: Callable[[], Folds]) -> None:
    """Changed forecasts of later rows change no earlier interval, in any fold, of any series."""
    folds = make()
    model = model_forecasts(folds, "x", [1.0, 2.0])
    expected, origins = half_widths(model, folds), folds.origins["time"].to_numpy()
    delays = folds.design.task.gap + 1 + np.arange(2)
    for time in np.unique(origins)[[0, 7, 30, -1]]:
        later = (origins[:, None] + delays > time)[..., None]
        changed = half_widths(replace(model, test=np.where(later, 1e9, model.test)), folds)
        np.testing.assert_array_equal(changed[:, origins <= time], expected[:, origins <= time])
    known = (origins[:, None] + delays <= np.median(origins))[..., None]
    changed = half_widths(replace(model, test=np.where(known, 1e9, model.test)), folds)
    assert (changed[:, origins > np.median(origins)] > expected[:, origins > np.median(origins)]).all()


def test_residuals_of_earlier_folds_and_of_other_series_count() -> None:
    folds = panel()
    model = model_forecasts(folds, "x", 0.1)
    first = folds.origins["fold"].to_numpy() == 1
    other = folds.origins["sequence"].to_numpy() == "b"
    expected = half_widths(model, folds)
    for chosen, affected in ((first, ~first), (other, ~other)):
        changed = half_widths(replace(model, test=np.where(chosen[:, None, None], 1e6, model.test)), folds)
        assert (changed[:, affected] > expected[:, affected]).any()


def test_forecasts_and_interval_ends_are_clipped_to_the_bounds() -> None:
    """Also forecasts of baselines; the coverage stays the same."""
    values = np.random.default_rng(0).normal(0, 1, 300).clip(0, 2.5)
    task = a_task(horizon=3)
    plain, bounded = (
        make_folds(number(x=values), a_design(task, 2, 40, 40), a_problem(**bounds))
        for bounds in ({}, {"lower_bound": 0, "upper_bound": 2.5})
    )
    for one, other in zip(forecast_baselines(plain), forecast_baselines(bounded), strict=True):
        np.testing.assert_array_equal(other.test, np.clip(one.test, 0, 2.5))
        table = tabulate_forecasts(other, bounded)
        assert table[["prediction", "low", "high"]].min().min() >= 0
        assert table[["prediction", "low", "high"]].max().max() <= 2.5
        inside = table["actual"].between(table["low"], table["high"])
        assert inside.mean() == pytest.approx(forecast_metrics(other, bounded)["coverage"])
    drift = next(model for model in forecast_baselines(plain) if model.name == "drift")
    assert drift.test.min() < 0
    assert tabulate_forecasts(drift, plain)["low"].min() < 0


@pytest.mark.parametrize("val_size", [7, 40])
def test_residuals_of_the_backtest_calibrate_the_refitted_forecaster(val_size: int) -> None:
    """Together with the residuals of its own validation split; by hand for the last value as the forecast."""
    values, settings = a_walk(200), a_problem(scaler="none")
    rows, design = number(x=values), a_design(a_task(), 2, val_size, 40)
    folds, baseline = make_folds(rows, design, settings), find_baseline("persistence")
    model = next(model for model in forecast_baselines(folds) if model.name == baseline.name)
    past = backtest_residuals(model, folds)
    own = dataset_from_split(rows, _newest_split(rows, design), settings, design.task).validation.origins
    for used, origins in ((past, np.concatenate([folds.origins["row_number"], own])), (None, own)):
        refitted = refit_baseline(rows, design, baseline, settings, TINY, used)
        for step, (width,) in enumerate(refitted.forecaster.config.half_widths, start=1):
            errors = np.sort(np.abs(values[origins + step] - values[origins]))
            rank = ceil((len(errors) + 1) * 0.9 * (1 + SMALL_SAMPLE_CORRECTION * 2 / len(np.unique(origins))))
            assert width == pytest.approx(errors[rank - 1]) if rank <= len(errors) else width >= errors[-1]
            assert np.isfinite(width)
