"""Small backtests: tables, designs, and forecasts with known errors."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from seqframe.config import DataSettings, ModelSettings, Settings, TaskSettings, TrainingSettings
from seqframe.evaluation.backtest import ModelForecasts
from seqframe.evaluation.design import BacktestConfig
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.framings import FRAMINGS, Framing
from seqframe.framings.dataset import frame_samples, training_view
from seqframe.networks.spec import NetworkSpec

TINY = ModelSettings(units=3, cell="simple_rnn")
DIRECT = [framing for framing in FRAMINGS if not framing.recursive]
RECURSIVE = [framing for framing in FRAMINGS if framing.recursive]


def a_problem(**settings: Any) -> DataSettings:
    return DataSettings.model_validate({"sequence_length": 5, "path": "x.csv", "scaler": "standard", **settings})


def a_task(**settings: Any) -> TaskSettings:
    return TaskSettings.model_validate({"kind": "forecast", "lookback": 4, "horizon": 2, **settings})


def a_training(**settings: Any) -> TrainingSettings:
    given = {"epochs": 2, "batch_size": "full", "learning_rate": 0.01, "seed": 0, "n_seeds": 1}
    return TrainingSettings.model_validate(given | settings)


def a_design(
    task: TaskSettings, n_folds: int = 1, val_size: int = 20, test_size: int = 20, **numbers: Any
) -> BacktestConfig:
    given = {"season": 1, "embargo": 0, "interval_level": 0.9, "reasons": ()} | numbers
    given.setdefault("seasons", (given["season"],) if given["season"] > 1 else ())
    return BacktestConfig(task=task, n_folds=n_folds, val_size=val_size, test_size=test_size, **given)


def number(**columns: Any) -> pd.DataFrame:
    """A table without time."""
    length = len(next(iter(columns.values())))
    return pd.DataFrame(columns, pd.RangeIndex(length, name="row"), dtype=np.float64)


def a_walk(rows: int, seed: int = 0) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).standard_normal(rows))


def a_season(rows: int, period: int = 8) -> np.ndarray:
    return np.sin(2 * np.pi * np.arange(rows) / period) + 0.3 * np.cos(4 * np.pi * np.arange(rows) / period)


def series_of(lengths: Sequence[int], ends: Sequence[int], first: str = "a") -> pd.DataFrame:
    """Several daily series of random walks; `ends` are the numbers of their last days."""
    parts = []
    for place, (length, end) in enumerate(zip(lengths, ends, strict=True)):
        days = pd.date_range("2001-01-01", periods=end, name="day")[end - length :]
        index = pd.MultiIndex.from_product([[chr(ord(first) + place)], days], names=["sequence", "day"])
        parts.append(pd.DataFrame({"x": a_walk(length, place) + 100 * place}, index))
    return pd.concat(parts)


def unsupported_reason(framing: Framing, data_settings: DataSettings, task: TaskSettings) -> str | None:
    return framing.unsupported_reason(Settings(data=data_settings, task=task, model=TINY, training=a_training()))


def spec_for(framing: Framing, folds: Folds, model: ModelSettings = TINY) -> NetworkSpec:
    dataset = training_view(folds.newest, framing)
    return framing.make_spec(*frame_samples(dataset, framing, dataset.train).batch(slice(1)), model)


def model_forecasts(
    folds: Folds, name: str, error: float | Sequence[float], framing: str = "", seed: int = 0
) -> ModelForecasts:
    """Forecasts with normal errors of the given sizes, one run for each size."""
    random, sizes = np.random.default_rng(seed), np.atleast_1d(error)

    def with_errors(actuals: np.ndarray) -> np.ndarray:
        return np.stack([actuals + size * random.standard_normal(actuals.shape) for size in sizes])

    test = with_errors(folds.actuals())
    return ModelForecasts(
        name, test, tuple(with_errors(dataset.actuals(dataset.validation)) for dataset in folds.datasets), {}, framing
    )


def walking_folds(rows: int = 400, **design: Any) -> Folds:
    task = design.pop("task", a_task())
    return make_folds(number(x=a_walk(rows)), a_design(task, **design), a_problem())
