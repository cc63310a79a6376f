"""Prediction intervals of a backtest: half widths from the residuals that are known when a forecast is made."""

from math import inf

import numpy as np
from numpy.typing import NDArray

from seqframe.data.dataset import SequenceDataset
from seqframe.data.time_index import row_steps
from seqframe.data.windows import Floats, Windows
from seqframe.evaluation.backtest import ModelForecasts
from seqframe.evaluation.folds import Folds
from seqframe.forecasting.intervals import Residuals, calibrate_newest, join_residuals, rolling_half_widths

RowTimes = NDArray[np.int64]


def half_widths(model: ModelForecasts, folds: Folds) -> Floats:
    """Half width of the prediction interval of every forecast: (runs, origins, horizon, targets), physical units.

    For each run, they are calibrated on its residuals that are known at the forecast origin, relative to the scale of
    each window: of the validation split of the fold, of the test splits of earlier folds, and of earlier forecasts of
    the same test split. Residuals of all series are pooled.
    """
    runs = [_half_widths_of_run(model, folds, run) for run in range(len(model.test))]
    return np.stack(runs)


def _half_widths_of_run(model: ModelForecasts, folds: Folds, run: int) -> Floats:
    level, gap, by_fold = folds.design.interval_level, folds.design.task.gap, []
    tests = residuals_by_fold(model.test[run], folds)
    for number, (dataset, validation) in enumerate(zip(folds.datasets, model.validation, strict=True)):
        calibration = window_residuals(dataset, dataset.validation, validation[run], folds.row_times)
        past = join_residuals([calibration, *tests[:number]])
        widths = rolling_half_widths(past, tests[number], level, gap)
        by_fold.append(widths * dataset.window_scale(dataset.test))
    return np.concatenate(by_fold)


def residuals_by_fold(forecasts: Floats, folds: Folds) -> list[Residuals]:
    """Residuals of the test split of each fold; `forecasts` (origins, horizon, targets) are of all folds."""
    ends = np.cumsum([len(dataset.test) for dataset in folds.datasets])[:-1]
    return [
        window_residuals(dataset, dataset.test, part, folds.row_times)
        for dataset, part in zip(folds.datasets, np.split(forecasts, ends), strict=True)
    ]


def window_residuals(dataset: SequenceDataset, windows: Windows, forecasts: Floats, times: RowTimes) -> Residuals:
    """Residuals of the forecasts of some windows, relative to the scale of each window; `times` are of all rows.

    A forecast that is not finite counts as an infinite error; only missing actual values are excluded.
    """
    y_true, scale = dataset.actuals(windows), dataset.window_scale(windows)
    values = np.where(np.isfinite(forecasts) | np.isnan(y_true), (forecasts - y_true) / scale, inf)
    return Residuals(values, times[windows.origins])


def backtest_residuals(model: ModelForecasts, folds: Folds) -> Residuals:
    """Residuals of the test splits of all folds, of the mean forecast of all runs."""
    return join_residuals(residuals_by_fold(model.test.mean(axis=0), folds))


def calibrate_refitted(dataset: SequenceDataset, forecasts: Floats, level: float, past: Residuals | None) -> Floats:
    """Half widths relative to the scale of a window, (horizon, targets), for the rows after the last row.

    They are calibrated on `forecasts` of the validation split, and on the residuals of a backtest, `past`, if any.
    """
    residuals = window_residuals(dataset, dataset.validation, forecasts, row_steps(dataset.df.index))
    return calibrate_newest([residuals] if past is None else [past, residuals], level, dataset.task.gap)
