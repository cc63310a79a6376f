"""Prediction intervals of a backtest, calibrated on the forecasts of each fold."""

from math import inf

import numpy as np

from seqframe.data.dataset import SequenceDataset
from seqframe.data.windows import Floats
from seqframe.evaluation.backtest import ModelForecasts
from seqframe.evaluation.folds import Folds
from seqframe.forecasting.intervals import calibrate


def half_widths(model: ModelForecasts, folds: Folds) -> Floats:
    """Half the width of the prediction interval of every forecast: (runs, origins, horizon, targets), physical units.

    Calibrated for each run in each fold on its validation split, relative to the scale of each window.
    """
    by_fold = []
    for dataset, validation in zip(folds.datasets, model.validation, strict=True):
        runs = [calibrate_on_validation(dataset, run, folds.design.interval_level) for run in validation]
        widths = np.stack(runs)  # (runs, horizon, targets)
        by_fold.append(widths[:, None] * dataset.window_scale(dataset.test))
    return np.concatenate(by_fold, axis=1)


def calibrate_on_validation(dataset: SequenceDataset, forecasts: Floats, level: float) -> Floats:
    """Half widths relative to the scale of a window, (horizon, targets), from forecasts of the validation split.

    A forecast that is not finite counts as an infinite error; only missing actual values are excluded.
    """
    y_true, scale = dataset.actuals(dataset.validation), dataset.window_scale(dataset.validation)
    residuals = np.where(np.isfinite(forecasts) | np.isnan(y_true), (forecasts - y_true) / scale, inf)
    return calibrate(residuals, level)
