"""The leaderboard: all models on the same forecast origins, ranked so that only significant differences count."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from math import inf, nan
from typing import Any

import numpy as np
import pandas as pd

from seqframe.data.time_index import series_starts
from seqframe.data.windows import Floats
from seqframe.evaluation.backtest import ModelForecasts
from seqframe.evaluation.bootstrap import Bootstrap, SampleSize, make_bootstrap
from seqframe.evaluation.calibration import half_widths
from seqframe.evaluation.comparisons import Ranking, Selection, rank_by_comparisons, select_models
from seqframe.evaluation.folds import Folds
from seqframe.evaluation.metrics import MASE, Metric, MetricInputs, metrics_of, per_origin, scaled_errors
from seqframe.evaluation.significance import Pair, interval
from seqframe.forecasting.baselines import BACKTEST


class MisalignedForecastsError(RuntimeError):
    """Forecasts differ from the actual values in their origins, horizon or targets."""


@dataclass(frozen=True)
class BacktestResult:
    """Result of a backtest.

    Attributes:
        leaderboard: One row per model, the smallest test error first; models that diverged are last.
        pairs: One row per comparison: the difference of two errors, its interval, its p-values, and whether it is
            significant.
        errors_by_horizon: One row per model and forecast step.
        ranking: The comparisons and the ranks of the models that did not diverge.
        selection: These models by their kind, and the choice among them on validation rows.
        diverged: Names of the models that diverged.
        size: Number of forecasts in the test splits that count as independent.
        constant: Whether every series is constant, so that there is nothing to compare.
    """

    leaderboard: pd.DataFrame
    pairs: pd.DataFrame
    errors_by_horizon: pd.DataFrame
    ranking: Ranking
    selection: Selection
    diverged: tuple[str, ...]
    size: SampleSize
    constant: bool = False


def score_models(
    models: Sequence[ModelForecasts], folds: Folds, metrics: Mapping[str, Mapping[str, float]] | None = None
) -> BacktestResult:
    """Score all models, select one on validation rows, and compare and rank them on test rows.

    A model with a forecast that is not finite has diverged: its errors are infinite, and it is last, without a rank.

    Args:
        models: The forecasts of each model.
        folds: What they are scored on.
        metrics: The results of `forecast_metrics` that are known already, by the name of the model.

    Raises:
        MisalignedForecastsError: Forecasts of a model have other origins, horizon or targets than the actual values.
    """
    check_alignment(models, folds)
    y_true = folds.actuals()  # (origins, horizon, targets)
    diverged = [model for model in models if has_diverged(model, y_true)]
    converged = [model for model in models if model not in diverged]
    losses = {model.name: mase_matrix(model, folds) for model in converged}
    n_times, n_series = next(iter(losses.values())).shape
    bootstrap = make_bootstrap(n_times, n_series, folds.count_overlap(folds.origins))
    selection = select_models(converged, folds)
    ranking = rank_by_comparisons(losses, selection, bootstrap)
    by_name = {model.name: model for model in models}
    known = metrics or {}
    scores = {name: known.get(name) or forecast_metrics(model, folds) for name, model in by_name.items()}
    rows = [_row(by_name[name], ranking, selection, losses[name], bootstrap, scores[name]) for name in ranking.loss]
    rows += [_diverged_row(model, scores[model.name]) for model in diverged]
    return BacktestResult(
        pd.DataFrame(rows).astype({"rank": "Int64"}),
        pd.DataFrame([asdict(pair) for pair in ranking.pairs], columns=[field.name for field in fields(Pair)]),
        errors_by_horizon(models, folds),
        ranking,
        selection,
        tuple(model.name for model in diverged),
        bootstrap.size,
        is_constant(folds),
    )


def is_constant(folds: Folds) -> bool:
    """Whether every target is constant in every series, also in the test splits."""
    df = folds.newest.df
    values, starts = df[folds.newest.targets].to_numpy(np.float64), series_starts(df.index)
    low, high = (function.reduceat(values, starts, axis=0) for function in (np.fmin, np.fmax))
    return bool((low == high).all())


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


def _row(
    model: ModelForecasts,
    ranking: Ranking,
    selection: Selection,
    losses: Floats,
    bootstrap: Bootstrap,
    metrics: Mapping[str, float],
) -> dict[str, Any]:
    low, high = interval(losses, bootstrap)
    naive = ranking.loss.get(ranking.best_naive, 0.0)
    about = {
        "mase_low": low,
        "mase_high": high,
        "skill": 1 - ranking.loss[model.name] / naive if naive else nan,
        "val_mase": selection.validation[model.name],
        "selected": model.name == selection.model,
    }
    return _head(model, ranking.ranks.get(model.name)) | dict(metrics) | about | dict(model.costs)


def _diverged_row(model: ModelForecasts, metrics: Mapping[str, float]) -> dict[str, Any]:
    about = {"mase_low": inf, "mase_high": inf, "skill": -inf, "val_mase": nan, "selected": False}
    return _head(model, None) | dict(metrics) | about | dict(model.costs)


def _head(model: ModelForecasts, rank: int | None) -> dict[str, Any]:
    return {"rank": rank, "model": model.name, "framing": model.framing}


def has_diverged(model: ModelForecasts, y_true: Floats) -> bool:
    """Whether a forecast of a value that is not missing is not finite; `y_true` is (origins, horizon, targets)."""
    return not all(MetricInputs(y_true, run).finite for run in model.test)


def mase_matrix(model: ModelForecasts, folds: Folds) -> Floats:
    """Mean scaled error of each forecast, averaged over horizon, targets and runs: (times, series).

    NaN where a series has no forecast at a time, or every actual value is missing.
    """
    y_true = folds.actuals()
    errors = np.mean([per_origin(scaled_errors(y_true, run, folds.scale)) for run in model.test], axis=0)
    times, time = np.unique(folds.origins["time"], return_inverse=True)
    series, column = np.unique(folds.origins["sequence"], return_inverse=True)
    valid = ~np.isnan(errors)
    total, count = (np.zeros((len(times), len(series))) for _ in range(2))
    np.add.at(total, (time[valid], column[valid]), errors[valid])
    np.add.at(count, (time[valid], column[valid]), 1)
    losses: Floats = np.where(count > 0, total / np.maximum(count, 1), nan)
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
