"""Small tables that are forecast, and what forecasts them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from seqframe.backtest import Design, Entry, Folds, pose_folds
from seqframe.config import Model, Problem, Settings, Task, Training
from seqframe.framings import FRAMINGS, Framing
from seqframe.plan import Plan

TINY = Model(units=3, cell="simple_rnn")
DIRECT = [framing for framing in FRAMINGS if not framing.feeds_back]
FEEDING_BACK = [framing for framing in FRAMINGS if framing.feeds_back]


def a_problem(**settings: Any) -> Problem:
    return Problem.model_validate({"length": 5, "table": "x.csv", "scaling": "standard", **settings})


def a_task(**settings: Any) -> Task:
    return Task.model_validate({"kind": "forecast", "lookback": 4, "horizon": 2, **settings})


def a_training(**settings: Any) -> Training:
    given = {"epochs": 2, "batch_size": "all", "learning_rate": 0.01, "seed": 0, "seeds": 1}
    return Training.model_validate(given | settings)


def a_design(task: Task, folds: int = 1, validation: int = 20, test: int = 20, **numbers: Any) -> Design:
    given = {"season": 1, "embargo": 0, "confidence": 0.9, "reasons": ()} | numbers
    return Design(task=task, folds=folds, validation=validation, test=test, **given)


def number(**columns: Any) -> pd.DataFrame:
    """Rows without time."""
    length = len(next(iter(columns.values())))
    return pd.DataFrame(columns, pd.RangeIndex(length, name="row"), dtype=np.float64)


def a_walk(rows: int, seed: int = 0) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).standard_normal(rows))


def a_season(rows: int, period: int = 8) -> np.ndarray:
    return np.sin(2 * np.pi * np.arange(rows) / period) + 0.3 * np.cos(4 * np.pi * np.arange(rows) / period)


def series_of(lengths: Sequence[int], ends: Sequence[int], first: str = "a") -> pd.DataFrame:
    """Several series of walks by day; each ends on such a day."""
    parts = []
    for place, (length, end) in enumerate(zip(lengths, ends, strict=True)):
        days = pd.date_range("2001-01-01", periods=end, name="day")[end - length :]
        index = pd.MultiIndex.from_product([[chr(ord(first) + place)], days], names=["sequence", "day"])
        parts.append(pd.DataFrame({"x": a_walk(length, place) + 100 * place}, index))
    return pd.concat(parts)


def refusal(framing: Framing, problem: Problem, task: Task) -> str | None:
    return framing.refusal(Settings(problem=problem, task=task, model=TINY, training=a_training()))


def plan_for(framing: Framing, folds: Folds, model: Model = TINY) -> Plan:
    posed = folds.newest.for_training(framing)
    return framing.plan(*posed.framed(framing, posed.windows).take(slice(1)), model)


def an_entry(folds: Folds, name: str, error: float | Sequence[float], framing: str = "", seed: int = 0) -> Entry:
    """Forecasts that are off by normal errors of such a size: a run for each."""
    random, sizes = np.random.default_rng(seed), np.atleast_1d(error)

    def miss(truth: np.ndarray) -> np.ndarray:
        return np.stack([truth + size * random.standard_normal(truth.shape) for size in sizes])

    test = miss(folds.truth())
    return Entry(name, test, tuple(miss(posed.truth(posed.validation)) for posed in folds.posed), {}, framing)


def walking_folds(rows: int = 400, **design: Any) -> Folds:
    task = design.pop("task", a_task())
    return pose_folds(number(x=a_walk(rows)), a_design(task, **design), a_problem())
