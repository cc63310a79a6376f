"""The folds of a backtest as JSON for workers of other libraries, and the forecasts that they return.

A worker gets the rows up to the last test origin of each fold, and the row numbers of all origins.
"""

import json
from typing import Any

import numpy as np
import pandas as pd

from seqframe.data.dataset import SequenceDataset
from seqframe.data.splits import find_segments
from seqframe.data.time_index import has_row_numbers
from seqframe.evaluation.backtest import ModelForecasts
from seqframe.evaluation.folds import Folds

YEAR_DAYS = 365.25


def export_folds(folds: Folds) -> str:
    """The folds of one series with one target, as JSON: `Problem` in `benchmarks.workers.forecasts` describes the keys.

    Raises:
        ValueError: There are several series, several targets, gaps in time, or rows between the splits.
    """
    design, task = folds.design, folds.design.task
    if len(find_segments(folds.newest.df).ranges) != 1 or len(folds.newest.targets) != 1 or design.embargo:
        raise ValueError("Exported folds hold one series with one target, without gaps in time and without embargo.")
    record = {
        "season": design.season,
        "lookback": task.lookback,
        "horizon": task.horizon,
        "gap": task.gap,
        "phase": season_phase(folds.newest.df.index, design.season),
        "folds": [_export_fold(dataset) for dataset in folds.datasets],
    }
    return json.dumps(record)


def _export_fold(dataset: SequenceDataset) -> dict[str, Any]:
    """Missing values are imputed as in the dataset; the last value is repeated where the dataset leaves one."""
    origins = dataset.test.origins
    values = dataset.filled[dataset.targets[0]].ffill().to_numpy(np.float64)[: origins[-1] + 1]
    train, validation = dataset.split.train, dataset.split.validation
    bounds = [train[0].start, validation[0].start, validation[-1].stop]
    return {
        "values": [None if np.isnan(value) else value for value in values.tolist()],
        "train": bounds[:2],
        "validation": bounds[1:],
        "validation_origins": dataset.validation.origins.tolist(),
        "test_origins": origins.tolist(),
    }


def season_phase(index: pd.Index, season: int) -> list[list[float]] | None:
    """Sine and cosine of the phase of the season at every row, (rows, 2); None without a season.

    The phase follows the day of the year where a season is a year of dated rows; elsewhere it follows the row number.
    """
    if season == 1:
        return None
    phase = np.arange(len(index)) / season
    if not has_row_numbers(index) and isinstance(index, pd.DatetimeIndex):
        days = (index[-1] - index[0]).days / (len(index) - 1) * season
        if abs(days / YEAR_DAYS - 1) < 0.02:
            phase = (index.day_of_year.to_numpy() - 1) / YEAR_DAYS
    angle = 2 * np.pi * phase
    table: list[list[float]] = np.column_stack([np.sin(angle), np.cos(angle)]).tolist()
    return table


def read_forecasts(arrays: Any, name: str, folds: Folds) -> ModelForecasts:
    """Forecasts of a worker as a model of the leaderboard; `arrays` hold `test_1`, `validation_1`, and so on.

    Raises:
        ValueError: An array has another shape than (seeds, origins, horizon).
    """
    numbers = range(1, len(folds.datasets) + 1)
    test = [arrays[f"test_{number}"] for number in numbers]
    validation = [arrays[f"validation_{number}"] for number in numbers]
    for dataset, fold_test, fold_validation in zip(folds.datasets, test, validation, strict=True):
        for windows, forecasts in ((dataset.test, fold_test), (dataset.validation, fold_validation)):
            expected = (len(windows), windows.steps)
            if forecasts.shape[1:] != expected:
                raise ValueError(f"{name} forecasts {forecasts.shape[1:]} values; the fold has {expected}.")
    return ModelForecasts(name, np.concatenate(test, axis=1)[..., None], tuple(each[..., None] for each in validation))
