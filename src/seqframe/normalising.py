"""Windows relative to their own rows, so that a network need not know at what level a series stands today.

Reversible instance normalisation: a window is read in units of its own mean and standard deviation, and the answer is
taken back out of them. Nothing is fitted. Source: Kim et al., "Reversible instance normalization for accurate
time-series forecasting against distribution shift", ICLR 2022; here without the affine layer.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FAINTEST = 1e-5  # added to the variance, in scaled units, as in the source: a window may be constant

Array = NDArray[Any]


@dataclass(frozen=True)
class Levels:
    """Where some windows stand: `level` and `spread` (windows, 1, columns), scaled units."""

    level: Array
    spread: Array

    def remove(self, values: Array) -> Array:
        """(windows, steps, columns) -> the same, relative."""
        return (values - self.level) / self.spread

    def restore(self, values: Array) -> Array:
        """Undo `remove`."""
        return values * self.spread + self.level

    def of(self, columns: tuple[int | None, ...]) -> "Levels":
        """The levels of some of the columns; of one that is not there, None, such as change nothing."""
        windows = len(self.level)
        level, spread = (
            np.zeros((windows, 1, len(columns)), np.float32),
            np.ones((windows, 1, len(columns)), np.float32),
        )
        for place, column in enumerate(columns):
            if column is not None:
                level[..., place], spread[..., place] = self.level[..., column], self.spread[..., column]
        return Levels(level, spread)


def find_levels(read: Array, kind: str, without: int = 0) -> Levels:
    """The levels of windows (windows, lookback, columns); the last `without` columns are left as they are.

    >>> find_levels(np.array([[[1.0], [3.0]]]), "mean").remove(np.array([[[5.0]]])).round(3).tolist()
    [[[3.0]]]
    """
    windows, _, columns = read.shape
    level, spread = np.zeros((windows, 1, columns), np.float32), np.ones((windows, 1, columns), np.float32)
    own = columns - without
    if kind == "mean":
        level[..., :own] = read[..., :own].mean(axis=1, keepdims=True)
        spread[..., :own] = np.sqrt(read[..., :own].var(axis=1, keepdims=True) + FAINTEST)
    return Levels(level, spread)
