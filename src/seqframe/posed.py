"""A problem, posed: rows with all that is needed to frame them, and to read answers back onto them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import Problem, Task
from seqframe.errors import UserError
from seqframe.framed import FramedWindows, ScaledRows
from seqframe.framings import Framing
from seqframe.scaling import Scaler
from seqframe.splits import Split
from seqframe.windows import Windows, cut_unseen, cut_windows, take_rows

TRAINING, UNSEEN = "training", "unseen"
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Posed:
    """What every framing starts from.

    Attributes:
        rows: (rows, columns), physical units; NaN where a value is missing.
        read: The same, with what is missing filled in as `problem.missing` says.
        scaler: Fitted on the rows that are trained on.
        split: The runs of rows of each part that windows are cut from.
        problem: Where they come from.
        task: What is asked of the windows.
        windows: Those that are trained on.
        unseen: Those of rows that are kept from training; there may be none.
        validation: Those that training is stopped by; there may be none.
        features: The columns that are read, those known in advance last.
        targets: The columns that are predicted.
        known: How many of the features are known in advance.
    """

    rows: pd.DataFrame
    read: pd.DataFrame
    scaler: Scaler
    split: Split
    problem: Problem
    task: Task
    windows: Windows
    unseen: Windows
    validation: Windows
    features: list[str]
    targets: list[str]
    known: int

    def parts(self) -> Iterator[tuple[str, Windows]]:
        """The windows that are scored, by their part's name, without a part that has none."""
        yield TRAINING, self.windows
        if len(self.unseen):
            yield UNSEEN, self.unseen

    def shapes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Of one window: (lookback, features) and (steps, targets)."""
        return (self.windows.lookback, len(self.features)), (self.windows.steps, len(self.targets))

    def cut(self, task: Task) -> "Posed":
        """The same with the windows of a task.

        Windows whose last row read was interpolated are left out: rows after it were looked at.

        Raises:
            UserError: Not even one window fits into the part that is trained on, or none that is not left out.
        """
        windows = cut_windows(self.split.training, task)
        parts = [windows, *(cut_unseen(part, task, windows) for part in (self.split.unseen, self.split.validation))]
        if self.rows is not self.read:
            guessed = self.rows.isna().any(axis=1).to_numpy() & (self.problem.missing == "interpolate")
            parts = [part.select(np.flatnonzero(~guessed[part.origins])) for part in parts]
            if not len(parts[0]):
                raise UserError(
                    "A window must end in a row of which nothing was interpolated. Received: none in the rows trained "
                    "on that does. Set problem.missing to ffill, or task.stride to 1."
                )
        return replace(self, task=task, windows=parts[0], unseen=parts[1], validation=parts[2])

    def for_training(self, framing: Framing) -> "Posed":
        """The same with the windows that a framing is trained on, which to forecast a table may be others."""
        if not (framing.feeds_back and self.problem.source == "table" and self.task.kind == "forecast"):
            return self
        return self.cut(framing.trained_on(self.task))

    def frame(self, framing: Framing, windows: Windows) -> tuple[NDArray[Any], NDArray[Any]]:
        """X (samples, timesteps, features) and y as the framing poses them: scaled, float32."""
        return self.framed(framing, windows).take(slice(None))

    def framed(self, framing: Framing, windows: Windows) -> FramedWindows:
        """The same, made a few windows at a time, when they are asked for."""
        return FramedWindows(self.scaled, framing, windows)

    @cached_property
    def scaled(self) -> ScaledRows:
        """The rows without unit: once for all parts and framings."""
        scaled = self.scaler.scale(self.read)
        columns = {name: place for place, name in enumerate(self.scaler.columns)}
        features, targets = (
            _columns(scaled, [columns[name] for name in each]) for each in (self.features, self.targets)
        )
        places = tuple(self.features.index(name) if name in self.features else None for name in self.targets)
        return ScaledRows(features, targets, self.known, places, self.task.normalise)

    def read_back(self, answer: NDArray[Any], framing: Framing, windows: Windows) -> Values:
        """A network's answer, shaped like y and scaled -> (windows, steps, targets), physical units."""
        relative = framing.unframe(answer, (len(windows), windows.steps, len(self.targets)))
        return self.restore(relative, windows)

    def restore(self, relative: NDArray[Any], windows: Windows) -> Values:
        """(windows, steps, targets) relative to the windows' levels -> the same in physical units."""
        if self.task.normalise != "none":
            _, levels = self.scaled.read(windows)
            relative = levels.of(self.scaled.places).restore(relative)
        return self.scaler.unscale(relative, self.targets, self._groups(windows))

    def spread(self, windows: Windows) -> Values:
        """In what unit the errors of each window count alike: (windows, 1, targets), physical units."""
        levels = [self.scaled.read(some)[1].of(self.scaled.places) for some in windows.in_parts()]
        spread = np.concatenate([each.spread for each in levels])
        origin = np.zeros_like(spread)
        groups = self._groups(windows)
        return self.scaler.unscale(spread, self.targets, groups) - self.scaler.unscale(origin, self.targets, groups)

    def truth(self, windows: Windows) -> Values:
        """What was to be predicted: (windows, steps, targets), physical units; NaN where it is not known."""
        return take_rows(self._targets(self.rows), windows.starts() + windows.first_target, windows.steps)

    def history(self, windows: Windows) -> Values:
        """The targets in the rows that are read: (windows, lookback, targets), physical units."""
        return take_rows(self._targets(self.read), windows.starts(), windows.lookback)

    def _targets(self, rows: pd.DataFrame) -> Values:
        values: Values = rows[self.targets].to_numpy(np.float64)
        return values

    def _groups(self, windows: Windows) -> NDArray[np.intp]:
        return self.scaler.groups(self.rows.index)[windows.starts()]


def _columns(values: NDArray[np.float32], chosen: list[int]) -> NDArray[np.float32]:
    """Some columns; the array itself, and no copy of it, where all are chosen in their order."""
    return values if chosen == list(range(values.shape[1])) else np.ascontiguousarray(values[:, chosen])
