"""How good the forecasts of an entry are, in numbers; one that is not finite is wrong without end, not left out."""

from collections.abc import Callable, Sequence
from math import inf, nan

import numpy as np
import pandas as pd

from seqframe.backtest.entries import Entry
from seqframe.backtest.folds import Folds
from seqframe.forecasts import measures
from seqframe.forecasts.conformal import calibrate, coverage
from seqframe.posing import Posed, Values


def has_diverged(entry: Entry, truth: Values) -> bool:
    """Whether a forecast is not finite where there is a truth (origins, leads, targets) to hold it against."""
    return not all(_is_finite(truth, run) for run in entry.test)


def find_losses(entry: Entry, folds: Folds) -> Values:
    """The scaled error at every time, the mean over series, leads, targets and runs: (times,); NaN without a truth."""
    truth = folds.truth()
    losses: Values = np.mean([_losses(truth, run, folds) for run in entry.test], axis=0)
    return losses


def half_widths(entry: Entry, folds: Folds) -> Values:
    """Half the width of the interval around every forecast: (runs, origins, leads, targets), physical units.

    Calibrated for each run in each fold on its validation part, in units of the spread of each window.
    """
    parts = []
    for posed, validation in zip(folds.posed, entry.validation, strict=True):
        runs = [calibrate_on(posed, run, folds.design.confidence) for run in validation]
        widths = np.stack(runs)  # (runs, leads, targets)
        parts.append(widths[:, None] * posed.spread(posed.unseen))
    return np.concatenate(parts, axis=1)


def calibrate_on(posed: Posed, forecasts: Values, confidence: float) -> Values:
    """Half widths in units of the spread of a window: (leads, targets), from forecasts of the validation part.

    One that is not finite is wrong without end, and does not pass for a truth that is not known.
    """
    truth, spread = posed.truth(posed.validation), posed.spread(posed.validation)  # spread (origins, 1, targets)
    residuals = np.where(np.isfinite(forecasts) | np.isnan(truth), (forecasts - truth) / spread, inf)
    return calibrate(residuals, confidence)


def measure(entry: Entry, folds: Folds) -> dict[str, float]:
    """Errors on the test parts, in physical units of each target where there are several; how good intervals are."""
    truth, targets = folds.truth(), folds.newest.targets
    seeds = [_scaled_error(truth, run, folds) for run in entry.test]
    scores = {"mase": float(np.mean(seeds))}
    for place, target in enumerate(targets):
        of_target = f"_{target}" if len(targets) > 1 else ""
        known, runs = truth[..., place], entry.test[..., place]
        for name, error in (("mae", measures.mae), ("rmse", measures.rmse), ("smape", measures.smape)):
            scores[f"{name}{of_target}"] = float(np.mean([_error(error, known, run) for run in runs]))
    widths = half_widths(entry, folds)
    covered = [coverage(truth, run, width)[1] for run, width in zip(entry.test, widths, strict=True)]
    if len(seeds) > 1:
        scores |= {"best_seed": min(seeds), "worst_seed": max(seeds)}
    return scores | {"coverage": float(np.mean(covered)), "interval_width": float(2 * widths.mean())}


def tabulate_leads(entries: Sequence[Entry], folds: Folds) -> pd.DataFrame:
    """The scaled error of every entry at every lead, from 1, the mean over its runs, with the smallest and the largest.

    NaN where no truth is known at a lead.
    """
    truth, lines = folds.truth(), []
    for entry in entries:
        for lead in range(truth.shape[1]):
            chosen = np.s_[:, lead : lead + 1]
            errors = [_scaled_error(truth[chosen], run[chosen], folds) for run in entry.test]
            of_runs = {"mase": float(np.mean(errors)), "smallest": min(errors), "largest": max(errors)}
            lines.append({"entry": entry.name, "lead": lead + 1} | of_runs)
    return pd.DataFrame(lines)


def _losses(truth: Values, run: Values, folds: Folds) -> Values:
    """The scaled error of one run (origins, leads, targets) at every time: (times,)."""
    return folds.by_time(measures.per_origin(measures.scaled_errors(truth, run, folds.scale)))


def _scaled_error(truth: Values, run: Values, folds: Folds) -> float:
    """The mean over times; NaN where no truth is known."""
    if np.isnan(truth).all():
        return nan
    return _error(lambda truth, run: float(np.nanmean(_losses(truth, run, folds))), truth, run)


def _error(error: Callable[[Values, Values], float], truth: Values, run: Values) -> float:
    return error(truth, run) if _is_finite(truth, run) else inf


def _is_finite(truth: Values, run: Values) -> bool:
    return bool((np.isfinite(run) | np.isnan(truth)).all())
