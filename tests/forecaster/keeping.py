"""Forecasters of untrained networks, with what the fold that they come from forecasts."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seqframe.backtest.keeping import write_recipe
from seqframe.config import Model, Problem, Task
from seqframe.forecaster.forecaster import Forecaster
from seqframe.forecasting import forecast
from seqframe.framings import FRAMINGS, Framing
from seqframe.network import draw_network, predict
from seqframe.posing import Posed, pose_split
from seqframe.problems.table import read_rows
from seqframe.splits import cut_folds, find_timeline

MODEL = Model(units=3)


def framing_of(name: str) -> Framing:
    return next(framing for framing in FRAMINGS if framing.name == name)


@dataclass(frozen=True)
class Case:
    """A table in a file, and the fold that its last rows are hidden from."""

    table: pd.DataFrame
    posed: Posed

    @property
    def last(self) -> Any:
        """The last test window of every series."""
        windows = self.posed.unseen
        series = self.posed.rows.index.get_level_values(0)[windows.starts()] if self.nested else np.zeros(len(windows))
        numbers = pd.Series(np.arange(len(windows))).groupby(series, sort=False).last().to_numpy()
        return windows.select(numbers)

    @property
    def nested(self) -> bool:
        return self.posed.rows.index.nlevels > 1

    def forecaster(self, name: str, seeds: int = 1, half_width: float = 0.5) -> Forecaster:
        framing = framing_of(name)
        trained_on = self.posed.for_training(framing)
        plan = framing.plan(*trained_on.framed(framing, trained_on.windows).take(slice(1)), MODEL)
        networks = tuple(draw_network(plan, seed) for seed in range(seeds))
        half_widths = np.full((self.posed.task.horizon, len(self.posed.targets)), half_width)
        return Forecaster(write_recipe(self.posed, framing, MODEL, seeds, half_widths, 0.9), networks)

    def expected(self, forecaster: Forecaster) -> np.ndarray:
        """What the backtest would forecast for the last windows: (series, leads, targets)."""
        framing = framing_of(forecaster.recipe.framing)
        runs = [forecast(partial(predict, net), framing, self.posed, self.last) for net in forecaster.networks]
        return np.mean(runs, axis=0)

    def hidden(self) -> pd.DataFrame:
        """The rows that are to be predicted."""
        return self.posed.rows.iloc[self.last.targets.reshape(-1)]


def make_case(
    table: pd.DataFrame, folder: Path, lookback: int, horizon: int, gap: int = 0, hide: int = 12, **problem: Any
) -> Case:
    """Pose a table as a backtest does, the last `hide` rows its test part."""
    normalise = problem.pop("normalise", "mean")
    table.to_csv(folder / "table.csv", index=False)
    asked = Problem.model_validate(
        {"length": 5, "table": str(folder / "table.csv"), "scaling": "standard", "scale_by_series": True} | problem
    )
    task = Task(kind="forecast", lookback=lookback, horizon=horizon, gap=gap, normalise=normalise)
    rows = read_rows(asked)
    (split,) = cut_folds(find_timeline(rows), 1, hide, hide)
    return Case(table, pose_split(rows, split, asked, task))


def wave(rows: int, phase: float = 0.0) -> np.ndarray:
    steps = np.arange(rows)
    return np.round(50 + phase + 10 * np.sin(steps / 3 + phase) + steps % 5, 3)
