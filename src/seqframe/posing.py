"""A problem, posed: rows with all that is needed to frame them, and to read answers back onto them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import Problem, Task
from seqframe.framings import Framing
from seqframe.problems import feature_columns, make_rows, target_columns
from seqframe.scaling import Scaler, fit_scaler
from seqframe.splits import split_rows
from seqframe.windows import Windows, cut_unseen, cut_windows

TRAINING, UNSEEN = "training", "unseen"


@dataclass(frozen=True)
class Posed:
    """What every framing starts from.

    Attributes:
        rows: (rows, columns), physical units.
        scaler: Fitted on the rows that are trained on.
        windows: Those that are trained on, by row number.
        unseen: Those of rows that are kept from training; there may be none.
        features: The columns that are read.
        targets: The columns that are predicted.
    """

    rows: pd.DataFrame
    scaler: Scaler
    windows: Windows
    unseen: Windows
    features: list[str]
    targets: list[str]

    def parts(self) -> Iterator[tuple[str, Windows]]:
        """The windows of both parts by their names, without a part that has none."""
        yield TRAINING, self.windows
        if len(self.unseen):
            yield UNSEEN, self.unseen

    def shapes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Of one window: (lookback, features) and (steps, targets)."""
        return (
            (self.windows.inputs.shape[1], len(self.features)),
            (self.windows.targets.shape[1], len(self.targets)),
        )

    def frame(self, framing: Framing, windows: Windows) -> tuple[NDArray[Any], NDArray[Any]]:
        """X (samples, timesteps, features) and y as the framing poses them: scaled, float32."""
        features = self._scaled[self.features].to_numpy(np.float32)[windows.inputs]  # (windows, lookback, features)
        targets = self._scaled[self.targets].to_numpy(np.float32)[windows.targets]  # (windows, steps, targets)
        return framing.frame_inputs(features), framing.frame_targets(targets)

    @cached_property
    def _scaled(self) -> pd.DataFrame:
        """The rows without unit: once for all parts and framings."""
        return self.scaler.scale(self.rows)

    def read_back(self, answer: NDArray[Any], framing: Framing, windows: Windows) -> NDArray[np.float64]:
        """A network's answer, shaped like y and scaled -> (windows, steps, targets), physical units."""
        shape = (*windows.targets.shape, len(self.targets))
        return self.scaler.unscale(framing.unframe(answer, shape), self.targets)

    def truth(self, windows: Windows) -> NDArray[np.float64]:
        """What was to be predicted: (windows, steps, targets), physical units."""
        values: NDArray[np.float64] = self.rows[self.targets].to_numpy(np.float64)  # (rows, targets)
        return values[windows.targets]


def gather(rows: pd.DataFrame, scaler: Scaler, windows: Windows, unseen: Windows, problem: Problem) -> Posed:
    """Put together what a problem was made into."""
    available = list(rows.columns)
    features, targets = feature_columns(problem, available), target_columns(problem, available)
    return Posed(rows, scaler, windows, unseen, features, targets)


def pose(problem: Problem, task: Task) -> Posed:
    """Go all the way from the settings: rows, split, scaler, windows."""
    rows = make_rows(problem)
    split = split_rows(rows, problem)
    windows = cut_windows(split.training, task)
    scaler = fit_scaler(split.training_rows(rows), problem)
    return gather(rows, scaler, windows, cut_unseen(split.unseen, task, windows), problem)
