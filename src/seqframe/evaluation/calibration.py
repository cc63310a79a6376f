"""Prediction intervals of a backtest: half widths from the residuals that are known when a forecast is made."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
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
    target_chunks,
)

RowTimes = NDArray[np.int64]
ALL = slice(None)


@dataclass(frozen=True)
class WindowForecasts:
    """Forecasts of some windows, whose residuals are relative to the scale of each forecast.

    Attributes:
        dataset: The dataset of the windows.
        windows: The windows.
        values: Their forecasts: (windows, horizon, targets), physical units.
        tails: The tails of the forecasts, (2, windows, horizon, targets), if there are any.
        row_times: Time of every row of the data, in steps: (rows,).
    """

    dataset: SequenceDataset
    windows: Windows
    values: Floats
    tails: Floats | None
    row_times: RowTimes

    def residuals(self, targets: slice = ALL) -> Residuals:
        """Residuals of some targets.

        A forecast that is not finite counts as an infinite error; only missing actual values are excluded.
        """
        y_true, forecasts = self.dataset.actuals(self.windows, targets), self.values[..., targets]
        residuals = forecasts - y_true
        residuals /= np.where(forecasts > y_true, *self.scales(targets))
        residuals[~(np.isfinite(forecasts) | np.isnan(y_true))] = inf
        return Residuals(residuals, self.row_times[self.windows.origins])

    def scales(self, targets: slice = ALL) -> Floats:
        """Scale of the errors of some targets, above the actual value and below it: see `residual_scales`."""
        return residual_scales(
            self._window_scale[..., targets], None if self.tails is None else self.tails[..., targets]
        )

    @cached_property
    def _window_scale(self) -> Floats:
        return self.dataset.window_scale(self.windows)


def half_widths(model: ModelForecasts, folds: Folds) -> Iterator[Floats]:
    """Widths of the prediction intervals below and above the forecast, one run at a time.

    They are (2, origins, horizon, targets), in physical units; without tails, both are the same memory. They are
    calibrated on the residuals of the run that are known at the forecast origin, relative to the scale of each
    forecast: of the validation splits of the fold and of earlier folds, of the test splits of earlier folds, and of
    earlier forecasts of the same test split. Residuals of all series are pooled.
    """
    return (_half_widths_of_run(model, folds, run) for run in range(len(model.test)))


def _half_widths_of_run(model: ModelForecasts, folds: Folds, run: int) -> Floats:
    forecasts, tails = model.test[run], None if model.test_tails is None else model.test_tails[run]
    widths = np.empty((1 if tails is None else 2, *forecasts.shape))
    validation, tests = _validation_forecasts(model, folds, run), _test_forecasts(forecasts, folds, tails)
    level, gap, n_targets = folds.design.interval_level, folds.design.task.gap, forecasts.shape[-1]
    for chosen in target_chunks(forecasts.shape):  # so that the residuals of few targets are in memory at once
        known, before = ([each.residuals(chosen) for each in parts] for parts in (tests, validation))
        for number, rows in enumerate(folds.fold_slices):
            past = join_residuals([*before[: number + 1], *known[:number]])
            relative = rolling_half_widths(past, known[number], level, gap, n_targets)
            widths[:, rows, :, chosen] = relative * tests[number].scales(chosen)[: len(widths)]
    return np.broadcast_to(widths, (2, *forecasts.shape))


def _validation_forecasts(model: ModelForecasts, folds: Folds, run: int) -> list[WindowForecasts]:
    """The forecasts of the validation split of each fold, of one run."""
    all_tails = [each[run] for each in model.validation_tails] or [None] * len(folds.datasets)
    return [
        WindowForecasts(dataset, dataset.validation, values[run], tails, folds.row_times)
        for dataset, values, tails in zip(folds.datasets, model.validation, all_tails, strict=True)
    ]


def _test_forecasts(forecasts: Floats, folds: Folds, tails: Floats | None = None) -> list[WindowForecasts]:
    """The forecasts of the test split of each fold; `forecasts` (origins, horizon, targets) are of all folds."""
    return [
        WindowForecasts(
            dataset, dataset.test, forecasts[rows], None if tails is None else tails[:, rows], folds.row_times
        )
        for dataset, rows in zip(folds.datasets, folds.fold_slices, strict=True)
    ]


def backtest_residuals(model: ModelForecasts, folds: Folds) -> Residuals:
    """Residuals of the test splits of all folds, of the mean forecast of all runs."""
    tails = None if model.test_tails is None else model.test_tails.mean(axis=0)
    return join_residuals([each.residuals() for each in _test_forecasts(model.test.mean(axis=0), folds, tails)])


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
    own = WindowForecasts(dataset, dataset.validation, forecasts, tails, row_steps(dataset.df.index)).residuals()
    return calibrate_newest([own] if past is None else [past, own], level, dataset.task.gap)
