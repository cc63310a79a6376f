"""Windows as a framing poses them, made when they are asked for: what is kept is the rows, once."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.framings import Framing
from seqframe.normalising import Levels, find_levels
from seqframe.plan import Shape
from seqframe.windows import RowNumbers, Windows, take_rows

Array = NDArray[Any]


@dataclass(frozen=True)
class ScaledRows:
    """Rows without unit.

    Attributes:
        features: Those that are read: (rows, features); the columns that are known in advance stand last.
        targets: Those that are predicted: (rows, targets).
        known: How many of the features are known in advance.
        places: By target, its place among the features; None where it is not read.
        normalise: What windows are read relative to, as `task.normalise`.
    """

    features: NDArray[np.float32]
    targets: NDArray[np.float32]
    known: int
    places: tuple[int | None, ...]
    normalise: str

    def read(self, windows: Windows) -> tuple[Array, Levels]:
        """What is read of some windows: (windows, lookback, features), relative to the levels, which are those read.

        Columns that are known in advance are read ahead: the last of a window's rows has those of the last row to be
        predicted.
        """
        starts, own = windows.starts(), self.features.shape[1] - self.known
        read = take_rows(self.features, starts, windows.lookback)
        if self.known:
            ahead = windows.first_target + windows.steps - windows.lookback
            read[..., own:] = take_rows(self.features, starts + ahead, windows.lookback)[..., own:]
        levels = find_levels(read, self.normalise, without=self.known)
        return (read if self.normalise == "none" else levels.remove(read)), levels

    def ask(self, windows: Windows, levels: Levels) -> Array:
        """What is to be answered to some windows: (windows, steps, targets), relative to the levels read."""
        asked = take_rows(self.targets, windows.starts() + windows.first_target, windows.steps)
        return asked if self.normalise == "none" else levels.of(self.places).remove(asked)


@dataclass(frozen=True)
class FramedWindows:
    """The samples that a framing makes of some windows of rows."""

    rows: ScaledRows
    framing: Framing
    windows: Windows

    def __len__(self) -> int:
        """How many windows there are."""
        return len(self.windows)

    @property
    def samples_per_window(self) -> int:
        """How many samples the framing makes of one window."""
        return self._of_one_window[0][0]

    @property
    def X_shape(self) -> Shape:  # noqa: N802
        """The shape of X of all windows: (samples, timesteps, features)."""
        samples, *of_one = self._of_one_window[0]
        return (samples * len(self), *of_one)

    @property
    def y_shape(self) -> Shape:
        """The shape of y of all windows: (samples, …)."""
        samples, *of_one = self._of_one_window[1]
        return (samples * len(self), *of_one)

    def take(self, numbers: slice | RowNumbers) -> tuple[Array, Array]:
        """X (samples, timesteps, features) and y of windows by their numbers."""
        windows = self.windows.select(numbers)
        read, levels = self.rows.read(windows)
        return self.framing.frame_inputs(read), self.framing.frame_targets(self.rows.ask(windows, levels))

    def sign(self, digest: "hashlib._Hash") -> None:
        """Add to a digest all that the samples follow from."""
        begins, rows = self.windows.begins, self.rows
        digest.update(f"{self.framing.name} {len(self)} {self.X_shape} {self.windows.first_target}".encode())
        digest.update(f"{rows.known} {rows.places} {rows.normalise}".encode())
        digest.update(repr(begins).encode() if isinstance(begins, tuple) else begins.tobytes())
        for values in (rows.features, rows.targets):
            digest.update(f"{values.dtype} {values.shape}".encode())
            digest.update(np.ascontiguousarray(values).data)

    @cached_property
    def _of_one_window(self) -> tuple[Shape, Shape]:
        """The shapes of X and of y of one window."""
        read = np.empty((1, self.windows.lookback, self.rows.features.shape[1]), np.float32)
        asked = np.empty((1, self.windows.steps, self.rows.targets.shape[1]), np.float32)
        return self.framing.frame_inputs(read).shape, self.framing.frame_targets(asked).shape
