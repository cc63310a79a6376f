"""Prediction intervals of a backtest: half widths from the residuals that are known when a forecast is made."""

from collections.abc import Sequence
from math import inf

import numpy as np
from numpy.typing import NDArray

from seqframe.data.dataset import SequenceDataset
from seqframe.data.time_index import row_steps
from seqframe.data.windows import Floats, Windows
from seqframe.evaluation.backtest import ModelForecasts
from seqframe.evaluation.folds import Folds
from seqframe.forecasting.intervals import (
    Residuals,
    calibrate_newest,
    join_residuals,
    residual_scales,
    rolling_half_widths,
)

RowTimes = NDArray[np.int64]


def half_widths(model: ModelForecasts, folds: Folds) -> Floats:
    """Width of every prediction interval below and above the forecast: (runs, 2, origins, horizon, targets).

    For each run, they are calibrated on its residuals that are known at the forecast origin, relative to the scale of
    each forecast: of the validation split of the fold, of the test splits of earlier folds, and of earlier forecasts of
    the same test split. Residuals of all series are pooled. Widths are in physical units.
    """
    runs = [_half_widths_of_run(model, folds, run) for run in range(len(model.test))]
    return np.stack(runs)


def _half_widths_of_run(model: ModelForecasts, folds: Folds, run: int) -> Floats:
    level, gap, by_fold = folds.design.interval_level, folds.design.task.gap, []
    tails = None if model.test_tails is None else model.test_tails[run]
    tests, all_tails = residuals_by_fold(model.test[run], folds, tails), split_tails(tails, folds)
    for number, (dataset, validation) in enumerate(zip(folds.datasets, model.validation, strict=True)):
        val_tails = model.validation_tails[number][run] if model.validation_tails else None
        calibration = window_residuals(dataset, dataset.validation, validation[run], folds.row_times, val_tails)
        past = join_residuals([calibration, *tests[:number]])
        widths = rolling_half_widths(past, tests[number], level, gap)
        by_fold.append(widths * residual_scales(dataset, dataset.test, all_tails[number]))
    return np.concatenate(by_fold, axis=1)


def residuals_by_fold(forecasts: Floats, folds: Folds, tails: Floats | None = None) -> list[Residuals]:
    """Residuals of the test split of each fold; `forecasts` (origins, horizon, targets) are of all folds."""
    parts = np.split(forecasts, _fold_ends(folds))
    return [
        window_residuals(dataset, dataset.test, part, folds.row_times, of_fold)
        for dataset, part, of_fold in zip(folds.datasets, parts, split_tails(tails, folds), strict=True)
    ]


def split_tails(tails: Floats | None, folds: Folds) -> Sequence[Floats | None]:
    """The tails of the forecasts of each fold, if there are any: (2, origins, horizon, targets) each."""
    return [None] * len(folds.datasets) if tails is None else np.split(tails, _fold_ends(folds), axis=1)


def _fold_ends(folds: Folds) -> NDArray[np.intp]:
    return np.cumsum([len(dataset.test) for dataset in folds.datasets])[:-1]


def window_residuals(
    dataset: SequenceDataset, windows: Windows, forecasts: Floats, times: RowTimes, tails: Floats | None = None
) -> Residuals:
    """Residuals of the forecasts of some windows, relative to the scale of each forecast; `times` are of all rows.

    A forecast that is not finite counts as an infinite error; only missing actual values are excluded.
    """
    y_true, (below, above) = dataset.actuals(windows), residual_scales(dataset, windows, tails)
    scale = np.where(forecasts > y_true, below, above)
    values = np.where(np.isfinite(forecasts) | np.isnan(y_true), (forecasts - y_true) / scale, inf)
    return Residuals(values, times[windows.origins])


def backtest_residuals(model: ModelForecasts, folds: Folds) -> Residuals:
    """Residuals of the test splits of all folds, of the mean forecast of all runs."""
    tails = None if model.test_tails is None else model.test_tails.mean(axis=0)
    return join_residuals(residuals_by_fold(model.test.mean(axis=0), folds, tails))


def calibrate_refitted(
    dataset: SequenceDataset,
    forecasts: Floats,
    level: float,
    past: Residuals | None,
    tails: Floats | None = None,
) -> Floats:
    """Half widths relative to the scale of a forecast, (horizon, targets), for the rows after the last row.

    They are calibrated on `forecasts` of the validation split, and on the residuals of a backtest, `past`, if any.
    """
    residuals = window_residuals(dataset, dataset.validation, forecasts, row_steps(dataset.df.index), tails)
    return calibrate_newest([residuals] if past is None else [past, residuals], level, dataset.task.gap)
