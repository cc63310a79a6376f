"""The leaderboard: all models on the same forecast origins, ranked so that only significant differences count."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, inf, nan
from typing import Any

import numpy as np
import pandas as pd

from seqframe.data.windows import Floats
from seqframe.evaluation.backtest import ModelForecasts
from seqframe.evaluation.calibration import half_widths
from seqframe.evaluation.folds import Folds
from seqframe.evaluation.metrics import MASE, Metric, MetricInputs, metrics_of, scaled_error_per_time
from seqframe.evaluation.significance import (
    Ranking,
    Resamples,
    interval,
    min_replicates,
    rank_models,
    resample_origins,
)
from seqframe.forecasting.baselines import BACKTEST, baseline_names

REPLICATES = 2000  # of the bootstrap; more where the number of models requires it
MIN_BLOCKS = 3
SIGNIFICANCE_LEVEL = 0.05  # probability of at least one false difference among all pairs


class MisalignedForecastsError(RuntimeError):
    """Forecasts differ from the actual values in their origins, horizon or targets."""


@dataclass(frozen=True)
class BacktestResult:
    """Result of a backtest.

    Attributes:
        leaderboard: One row per model, the best first; models that diverged are last.
        pairs: One row per pair of models: the difference of their errors, its p-values, and whether it is significant.
        errors_by_horizon: One row per model and forecast step.
        ranking: The same order, with all pairs, of the models that did not diverge.
        diverged: Names of the models that diverged.
        independent_forecasts: Number of forecasts in the test splits that do not overlap.
    """

    leaderboard: pd.DataFrame
    pairs: pd.DataFrame
    errors_by_horizon: pd.DataFrame
    ranking: Ranking
    diverged: tuple[str, ...]
    independent_forecasts: int


def score_models(models: Sequence[ModelForecasts], folds: Folds) -> BacktestResult:
    """Score and rank models.

    A model with a forecast that is not finite has diverged: its errors are infinite, and it is last.

    Raises:
        MisalignedForecastsError: Forecasts of a model have other origins, horizon or targets than the actual values.
    """
    check_alignment(models, folds)
    y_true = folds.actuals()  # (origins, horizon, targets)
    diverged = [model for model in models if has_diverged(model, y_true)]
    losses = {model.name: mase_per_time(model, folds) for model in models if model not in diverged}
    block, times = _overlap(folds), len(np.unique(folds.origins["time"]))
    resamples, independent = _resample_times(times, block, len(losses)), times // block
    ranking = rank_models(losses, resamples, SIGNIFICANCE_LEVEL, smallest=0.5 ** max(0, independent - 1))
    naive = min(model.loss for model in ranking.models if model.name in baseline_names(learned=False))
    by_name = {model.name: model for model in models}
    rows = []
    for ranked in ranking.models:
        low, high = interval(losses[ranked.name], resamples)
        errors = {"mase_low": low, "mase_high": high, "skill": 1 - ranked.loss / naive if naive else nan}
        rows.append(_row(by_name[ranked.name], ranked.rank, errors, folds))
    for model in diverged:
        rows.append(_row(model, 1 + len(losses), {"mase_low": inf, "mase_high": inf, "skill": -inf}, folds))
    return BacktestResult(
        pd.DataFrame(rows),
        pd.DataFrame(ranking.pairs),
        errors_by_horizon(models, folds),
        ranking,
        tuple(model.name for model in diverged),
        independent,
    )


def check_alignment(models: Sequence[ModelForecasts], folds: Folds) -> None:
    """Check that the forecasts of all models have the origins, horizon and targets of the actual values.

    Raises:
        MisalignedForecastsError: Forecasts of a model have others, in a test or a validation split.
    """
    test = [folds.actuals().shape]
    validation = [dataset.actuals(dataset.validation).shape for dataset in folds.datasets]
    for model in models:
        for forecasts, expected in (((model.test,), test), (model.validation, validation)):
            shapes = [each.shape[1:] for each in forecasts]
            if shapes != expected:
                raise MisalignedForecastsError(
                    f"{model.name} forecasts arrays of shape {shapes}; actual values are {expected}."
                )


def _row(model: ModelForecasts, rank: int, errors: dict[str, float], folds: Folds) -> dict[str, Any]:
    head = {"rank": rank, "model": model.name, "framing": model.framing}
    return head | forecast_metrics(model, folds) | errors | dict(model.costs)


def has_diverged(model: ModelForecasts, y_true: Floats) -> bool:
    """Whether a forecast of a value that is not missing is not finite; `y_true` is (origins, horizon, targets)."""
    return not all(MetricInputs(y_true, run).finite for run in model.test)


def mase_per_time(model: ModelForecasts, folds: Folds) -> Floats:
    """Mean scaled error at each forecast time, averaged over series, horizon, targets and runs: (times,).

    NaN where every actual value is missing.
    """
    losses: Floats = np.mean([scaled_error_per_time(inputs) for inputs in _inputs(model, folds)], axis=0)
    return losses


def forecast_metrics(model: ModelForecasts, folds: Folds) -> dict[str, float]:
    """All metrics of a backtest on the test splits, averaged over the runs of a model, by name.

    With several targets, metrics in physical units are given for each of them, as `<metric>_<target>`.
    """
    widths = half_widths(model, folds)
    inputs = [replace(run, half_widths=width) for run, width in zip(_inputs(model, folds), widths, strict=True)]
    return dict(item for metric in metrics_of(BACKTEST) for item in _score(metric, inputs, folds.newest.targets))


def _score(metric: Metric, inputs: Sequence[MetricInputs], targets: Sequence[str]) -> Iterator[tuple[str, float]]:
    """A metric of several runs, by name: for all targets together, or for each of them."""
    if metric.per_target:
        selected = [[each.target(position) for each in inputs] for position in range(len(targets))]
        names = [f"{metric.name}_{target}" for target in targets] if len(targets) > 1 else [metric.name]
    else:
        selected, names = [list(inputs)], [metric.name]
    for name, runs in zip(names, selected, strict=True):
        values = [metric.of_backtest(run) for run in runs]
        yield name, float(np.mean(values))
        if metric.over_seeds and len(values) > 1:
            yield from ((f"{name}_min", min(values)), (f"{name}_max", max(values)))


def errors_by_horizon(models: Sequence[ModelForecasts], folds: Folds) -> pd.DataFrame:
    """MASE of every model at every forecast step, from 1: mean, minimum and maximum over its runs.

    NaN where every actual value of a step is missing.
    """
    rows = []
    for model in models:
        inputs = _inputs(model, folds)
        for step in range(inputs[0].y_true.shape[1]):
            chosen = np.s_[:, step : step + 1]
            runs = [replace(each, y_true=each.y_true[chosen], y_pred=each.y_pred[chosen]) for each in inputs]
            errors = [MASE.of_backtest(run) for run in runs]
            over_runs = {"mase": float(np.mean(errors)), "mase_min": min(errors), "mase_max": max(errors)}
            rows.append({"model": model.name, "horizon_step": step + 1} | over_runs)
    return pd.DataFrame(rows)


def _inputs(model: ModelForecasts, folds: Folds) -> list[MetricInputs]:
    """Metric inputs of each run, without prediction intervals."""
    y_true, times = folds.actuals(), folds.origins["time"].to_numpy()
    return [MetricInputs(y_true, run, folds.scale, None, times) for run in model.test]


def _overlap(folds: Folds) -> int:
    """Number of neighboring forecast times that overlap: those within one forecast, gap and horizon together."""
    task, times = folds.design.task, np.unique(folds.origins["time"])
    stride = float(np.median(np.diff(times))) if len(times) > 1 else 1.0  # in steps
    return ceil((task.gap + (task.horizon or 0)) / stride)


def _resample_times(times: int, overlap: int, models: int) -> Resamples:
    """Resample forecast times in blocks of one forecast, or of a third of all times where there are few.

    All series of a time are resampled together, since their errors may be correlated. The times of all folds form one
    sequence, so that there are enough blocks.
    """
    block = min(overlap, max(1, times // MIN_BLOCKS))
    replicates = max(REPLICATES, min_replicates(models, SIGNIFICANCE_LEVEL))
    return resample_origins(np.zeros(times, np.intp), block, replicates, seed=0)
