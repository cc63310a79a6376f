"""The leaderboard: all models on the same forecast origins, ranked so that only significant differences count."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from math import inf, nan
from typing import Any

import numpy as np
import pandas as pd

from seqframe.data.time_index import series_starts
from seqframe.data.windows import Floats
from seqframe.evaluation.backtest import ModelForecasts
from seqframe.evaluation.bootstrap import Bootstrap, SampleSize, make_bootstrap
from seqframe.evaluation.calibration import half_widths
from seqframe.evaluation.comparisons import (
    ModelScores,
    Ranking,
    Selection,
    rank_by_comparisons,
    select_models,
    validation_errors,
    validation_mase,
)
from seqframe.evaluation.folds import Folds
from seqframe.evaluation.metrics import MASE, Metric, MetricInputs, errors_of_origins, metrics_of
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
    models: Iterable[ModelForecasts], folds: Folds, metrics: Mapping[str, Mapping[str, float]] | None = None
) -> BacktestResult:
    """Score all models, select one on validation rows, and compare and rank them on test rows.

    A model with a forecast that is not finite has diverged: its errors are infinite, and it is last, without a rank.

    Args:
        models: The forecasts of each model. Forecasts from an iterator are released once they are scored.
        folds: What they are scored on.
        metrics: The results of `forecast_metrics` that are known already, by the name of the model.

    Raises:
        MisalignedForecastsError: Forecasts of a model have other origins, horizon or targets than the actual values.
    """
    scores = list(map(partial(score_model, folds=folds, metrics=metrics), models))  # no variable holds a model
    losses = {model.name: model.losses for model in scores if model.losses is not None}
    n_times, n_series = next(iter(losses.values())).shape
    bootstrap = make_bootstrap(n_times, n_series, folds.count_overlap(folds.origins))
    selection = select_models([model for model in scores if model.losses is not None], folds)
    ranking = rank_by_comparisons(losses, selection, bootstrap)
    by_name = {model.name: model for model in scores}
    diverged = [model for model in scores if model.losses is None]
    rows = [_row(by_name[name], ranking, selection, losses[name], bootstrap) for name in ranking.loss]
    return BacktestResult(
        pd.DataFrame([*rows, *map(_diverged_row, diverged)]).astype({"rank": "Int64"}),
        pd.DataFrame([asdict(pair) for pair in ranking.pairs], columns=[field.name for field in fields(Pair)]),
        pd.DataFrame([row for model in scores for row in model.by_horizon]),
        ranking,
        selection,
        tuple(model.name for model in diverged),
        bootstrap.size,
        is_constant(folds),
    )


def score_model(
    model: ModelForecasts, folds: Folds, metrics: Mapping[str, Mapping[str, float]] | None = None
) -> ModelScores:
    """All scores of a model; `metrics` are as in `score_models`.

    Raises:
        MisalignedForecastsError: Its forecasts have other origins, horizon or targets than the actual values.
    """
    check_alignment(model, folds)
    mase = validation_mase(model, folds)
    return ModelScores(
        model.name,
        model.framing,
        model.linear_skip,
        model.recurrent,
        model.costs,
        mase,
        validation_errors(model, folds, mase),
        (metrics or {}).get(model.name) or forecast_metrics(model, folds),
        errors_by_horizon(model, folds),
        None if has_diverged(model, folds.actuals()) else mase_matrix(model, folds),
    )


def is_constant(folds: Folds) -> bool:
    """Whether every target is constant in every series, also in the test splits."""
    df = folds.newest.df
    values, starts = df[folds.newest.targets].to_numpy(np.float64), series_starts(df.index)
    low, high = (function.reduceat(values, starts, axis=0) for function in (np.fmin, np.fmax))
    return bool((low == high).all())


def check_alignment(model: ModelForecasts, folds: Folds) -> None:
    """Check that the forecasts of a model have the origins, horizon and targets of the actual values.

    Raises:
        MisalignedForecastsError: They have others, in a test or a validation split.
    """
    steps, targets = folds.newest.test.steps, len(folds.newest.targets)
    test = [(sum(len(dataset.test) for dataset in folds.datasets), steps, targets)]
    validation = [(len(dataset.validation), steps, targets) for dataset in folds.datasets]
    for forecasts, expected in (((model.test,), test), (model.validation, validation)):
        shapes = [each.shape[1:] for each in forecasts]
        if shapes != expected:
            raise MisalignedForecastsError(
                f"{model.name} forecasts arrays of shape {shapes}; actual values are {expected}."
            )


def _row(
    model: ModelScores, ranking: Ranking, selection: Selection, losses: Floats, bootstrap: Bootstrap
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
    return _head(model, ranking.ranks.get(model.name)) | dict(model.metrics) | about | dict(model.costs)


def _diverged_row(model: ModelScores) -> dict[str, Any]:
    about = {"mase_low": inf, "mase_high": inf, "skill": -inf, "val_mase": nan, "selected": False}
    return _head(model, None) | dict(model.metrics) | about | dict(model.costs)


def _head(model: ModelScores, rank: int | None) -> dict[str, Any]:
    return {"rank": rank, "model": model.name, "framing": model.framing}


def has_diverged(model: ModelForecasts, y_true: Floats) -> bool:
    """Whether a forecast of a value that is not missing is not finite; `y_true` is (origins, horizon, targets)."""
    return not all(MetricInputs(y_true, run).finite for run in model.test)


def mase_matrix(model: ModelForecasts, folds: Folds) -> Floats:
    """Mean scaled error of each forecast, averaged over horizon, targets and runs: (times, series).

    NaN where a series has no forecast at a time, or every actual value is missing.
    """
    errors = errors_of_origins(folds.actuals(), model.test, folds.scale)
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
    parts = list(_parts(folds.newest.targets))
    runs = zip(_inputs(model, folds), half_widths(model, folds), strict=True)
    scored = [_score(parts, replace(run, half_widths=widths)) for run, widths in runs]
    found = dict[str, float]()
    for (name, metric, _), values in zip(parts, zip(*scored, strict=True), strict=True):
        found[name] = float(np.mean(values))
        if metric.over_seeds and len(values) > 1:
            found |= {f"{name}_min": min(values), f"{name}_max": max(values)}
    return found


def _parts(targets: Sequence[str]) -> Iterator[tuple[str, Metric, int | None]]:
    """Name, metric and position of the target of every metric; None for a metric of all targets together."""
    for metric in metrics_of(BACKTEST):
        if metric.per_target and len(targets) > 1:
            yield from ((f"{metric.name}_{target}", metric, position) for position, target in enumerate(targets))
        else:
            yield metric.name, metric, 0 if metric.per_target else None


def _score(parts: Sequence[tuple[str, Metric, int | None]], run: MetricInputs) -> list[float]:
    """The metrics of one run, in the order of the parts."""
    return [metric.of_backtest(run if position is None else run.target(position)) for _, metric, position in parts]


def errors_by_horizon(model: ModelForecasts, folds: Folds) -> list[dict[str, Any]]:
    """MASE of a model at every forecast step, from 1: mean, minimum and maximum over its runs; one row per step.

    NaN where every actual value of a step is missing.
    """
    rows, inputs = list[dict[str, Any]](), list(_inputs(model, folds))
    for step in range(folds.newest.test.steps):
        chosen = np.s_[:, step : step + 1]
        runs = [replace(each, y_true=each.y_true[chosen], y_pred=each.y_pred[chosen]) for each in inputs]
        errors = [MASE.of_backtest(run) for run in runs]
        over_runs = {"mase": float(np.mean(errors)), "mase_min": min(errors), "mase_max": max(errors)}
        rows.append({"model": model.name, "horizon_step": step + 1} | over_runs)
    return rows


def _inputs(model: ModelForecasts, folds: Folds) -> Iterator[MetricInputs]:
    """Metric inputs of each run, without prediction intervals."""
    y_true, times = folds.actuals(), folds.origins["time"].to_numpy()
    return (MetricInputs(y_true, run, folds.scale, None, times) for run in model.test)
