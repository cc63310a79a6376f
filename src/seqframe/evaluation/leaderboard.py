"""The leaderboard: all entries on the same origins, leads and units, in an order in which luck counts for nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, inf, nan
from typing import Any

import numpy as np
import pandas as pd

from seqframe.data.dataset import SequenceDataset
from seqframe.data.windows import Floats
from seqframe.evaluation import metrics
from seqframe.evaluation.backtest import NAIVE, ModelForecasts
from seqframe.evaluation.folds import Folds
from seqframe.evaluation.significance import Draws, Ranking, interval, min_replicates, rank_models, resample_origins
from seqframe.forecasting.intervals import calibrate, coverage

# How good the forecasts of an entry are, in numbers; one that is not finite is wrong without end, not left out.


def has_diverged(entry: ModelForecasts, actuals: Floats) -> bool:
    """Whether a forecast is not finite where there is a truth (origins, leads, targets) to hold it against."""
    return not all(_is_finite(actuals, run) for run in entry.test)


def mase_per_time(entry: ModelForecasts, folds: Folds) -> Floats:
    """The scaled error at every time, the mean over series, leads, targets and runs: (times,); NaN without a truth."""
    actuals = folds.actuals()
    losses: Floats = np.mean([_losses(actuals, run, folds) for run in entry.test], axis=0)
    return losses


def half_widths(entry: ModelForecasts, folds: Folds) -> Floats:
    """Half the width of the interval around every forecast: (runs, origins, leads, targets), physical units.

    Calibrated for each run in each fold on its validation part, in units of the spread of each window.
    """
    parts = []
    for dataset, validation in zip(folds.datasets, entry.validation, strict=True):
        runs = [calibrate_on_validation(dataset, run, folds.design.interval_level) for run in validation]
        widths = np.stack(runs)  # (runs, leads, targets)
        parts.append(widths[:, None] * dataset.window_scale(dataset.test))
    return np.concatenate(parts, axis=1)


def calibrate_on_validation(dataset: SequenceDataset, forecasts: Floats, confidence: float) -> Floats:
    """Half widths in units of the spread of a window: (leads, targets), from forecasts of the validation part.

    One that is not finite is wrong without end, and does not pass for a truth that is not known.
    """
    actuals, spread = (
        dataset.actuals(dataset.validation),
        dataset.window_scale(dataset.validation),
    )  # spread (origins, 1, targets)
    residuals = np.where(np.isfinite(forecasts) | np.isnan(actuals), (forecasts - actuals) / spread, inf)
    return calibrate(residuals, confidence)


def forecast_metrics(entry: ModelForecasts, folds: Folds) -> dict[str, float]:
    """Errors on the test parts, in physical units of each target where there are several; how good intervals are."""
    actuals, targets = folds.actuals(), folds.newest.targets
    seeds = [_scaled_error(actuals, run, folds) for run in entry.test]
    scores = {"mase": float(np.mean(seeds))}
    for place, target in enumerate(targets):
        of_target = f"_{target}" if len(targets) > 1 else ""
        known, runs = actuals[..., place], entry.test[..., place]
        for name, error in (("mae", metrics.mae), ("rmse", metrics.rmse), ("smape", metrics.smape)):
            scores[f"{name}{of_target}"] = float(np.mean([_error(error, known, run) for run in runs]))
    widths = half_widths(entry, folds)
    covered = [coverage(actuals, run, width)[1] for run, width in zip(entry.test, widths, strict=True)]
    if len(seeds) > 1:
        scores |= {"mase_min": min(seeds), "mase_max": max(seeds)}
    return scores | {"coverage": float(np.mean(covered)), "interval_width": float(2 * widths.mean())}


def errors_by_horizon(entries: Sequence[ModelForecasts], folds: Folds) -> pd.DataFrame:
    """The scaled error of every entry at every lead, from 1, the mean over its runs, with the smallest and the largest.

    NaN where no truth is known at a lead.
    """
    actuals, lines = folds.actuals(), []
    for entry in entries:
        for lead in range(actuals.shape[1]):
            chosen = np.s_[:, lead : lead + 1]
            errors = [_scaled_error(actuals[chosen], run[chosen], folds) for run in entry.test]
            of_runs = {"mase": float(np.mean(errors)), "smallest": min(errors), "largest": max(errors)}
            lines.append({"model": entry.name, "horizon_step": lead + 1} | of_runs)
    return pd.DataFrame(lines)


def _losses(actuals: Floats, run: Floats, folds: Folds) -> Floats:
    """The scaled error of one run (origins, leads, targets) at every time: (times,)."""
    return folds.by_time(metrics.per_origin(metrics.scaled_errors(actuals, run, folds.scale)))


def _scaled_error(actuals: Floats, run: Floats, folds: Folds) -> float:
    """The mean over times; NaN where no truth is known."""
    if np.isnan(actuals).all():
        return nan
    return _error(lambda actuals, run: float(np.nanmean(_losses(actuals, run, folds))), actuals, run)


def _error(error: Callable[[Floats, Floats], float], actuals: Floats, run: Floats) -> float:
    return error(actuals, run) if _is_finite(actuals, run) else inf


def _is_finite(actuals: Floats, run: Floats) -> bool:
    return bool((np.isfinite(run) | np.isnan(actuals)).all())


REPLICATES = 2000  # of the bootstrap, or more where many entries ask for it
FEWEST_BLOCKS = 3
LEVEL = 0.05  # how often at most an order may be an accident


class MisalignedForecastsError(RuntimeError):
    """Entries were not scored on the same origins, leads and targets."""


@dataclass(frozen=True)
class BacktestResult:
    """What a backtest came to.

    Attributes:
        leaderboard: One line an entry, the best first; those that diverged are last.
        pairs: One line a pair of entries: the difference of their errors, and whether it is beyond noise.
        errors_by_horizon: One line an entry and lead.
        ranking: The same order, with all pairs, of the entries that did not diverge.
        diverged: The names of those that did.
        independent_forecasts: How many forecasts the test parts hold that do not overlap.
    """

    leaderboard: pd.DataFrame
    pairs: pd.DataFrame
    errors_by_horizon: pd.DataFrame
    ranking: Ranking
    diverged: tuple[str, ...]
    independent_forecasts: int


def score_models(entries: Sequence[ModelForecasts], folds: Folds) -> BacktestResult:
    """Score and rank.

    An entry of which a forecast is not finite has diverged: its errors are infinite, and it stands last.

    Raises:
        MisalignedForecastsError: An entry has forecasts of other origins, leads or targets than the truth.
    """
    check_alignment(entries, folds)
    actuals = folds.actuals()  # (origins, leads, targets)
    diverged = [entry for entry in entries if has_diverged(entry, actuals)]
    losses = {entry.name: mase_per_time(entry, folds) for entry in entries if entry not in diverged}
    span, times = _overlap(folds), len(np.unique(folds.origins["time"]))
    draws, apart = _draw_times(times, span, len(losses)), times // span
    ranking = rank_models(losses, draws, LEVEL, smallest=0.5 ** max(0, apart - 1))
    naive = min(each.loss for each in ranking.models if each.name in NAIVE)
    by_name = {entry.name: entry for entry in entries}
    lines = []
    for ranked in ranking.models:
        low, high = interval(losses[ranked.name], draws)
        errors = {"mase_low": low, "mase_high": high, "skill": 1 - ranked.loss / naive if naive else nan}
        lines.append(_line(by_name[ranked.name], ranked.rank, errors, folds))
    for entry in diverged:
        errors = {"mase_low": inf, "mase_high": inf, "skill": -inf}
        lines.append(_line(entry, 1 + len(losses), errors, folds))
    board, pairs, leads = pd.DataFrame(lines), pd.DataFrame(ranking.pairs), errors_by_horizon(entries, folds)
    return BacktestResult(board, pairs, leads, ranking, tuple(entry.name for entry in diverged), apart)


def check_alignment(entries: Sequence[ModelForecasts], folds: Folds) -> None:
    """Hold all entries to the same origins, leads and targets: those of the truth, in test and validation parts alike.

    Raises:
        MisalignedForecastsError: One has others.
    """
    test = [folds.actuals().shape]
    validation = [dataset.actuals(dataset.validation).shape for dataset in folds.datasets]
    for entry in entries:
        for forecasts, shapes in (((entry.test,), test), (entry.validation, validation)):
            found = [each.shape[1:] for each in forecasts]
            if found != shapes:
                raise MisalignedForecastsError(f"{entry.name} forecasts {found}, and the truth is {shapes}.")


def _line(entry: ModelForecasts, rank: int, errors: dict[str, float], folds: Folds) -> dict[str, Any]:
    head = {"rank": rank, "model": entry.name, "framing": entry.framing}
    return head | forecast_metrics(entry, folds) | errors | dict(entry.costs)


def _overlap(folds: Folds) -> int:
    """How many neighbouring forecast times overlap: as many as lie in a whole forecast, gap and horizon."""
    task, times = folds.design.task, np.unique(folds.origins["time"])
    apart = float(np.median(np.diff(times))) if len(times) > 1 else 1.0  # steps: a stride lies between two
    return ceil((task.gap + (task.horizon or 0)) / apart)


def _draw_times(times: int, span: int, entries: int) -> Draws:
    """Draw forecast times anew, in blocks of a whole forecast, or of a third of all where there are few.

    All series of a time are drawn together, since what befalls one may befall all; and the times of all folds are one
    row of times, so that there is something to draw from.
    """
    block = min(span, max(1, times // FEWEST_BLOCKS))
    replicates = max(REPLICATES, min_replicates(entries, LEVEL))
    return resample_origins(np.zeros(times, np.intp), block, replicates, seed=0)
