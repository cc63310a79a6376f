"""The matrix of information flow: one line an answered step, one column a step of the window."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Flow:
    """What was measured of one network.

    Attributes:
        framing: Whose network it is.
        steps: The answered steps of a window that were looked at, from 0: (answers,); all of them, or some of many.
        strength: How much each depends on each step read: (answers, lookback), mean absolute gradient, scaled units.
        sees: Whether it depends on it at all: (answers, lookback).
    """

    framing: str
    steps: NDArray[np.intp]
    strength: NDArray[np.float64]
    sees: NDArray[np.bool_]

    def table(self) -> pd.DataFrame:
        """The strengths, steps counted from 1."""
        columns = [f"reads_{step}" for step in range(1, self.strength.shape[1] + 1)]
        table = pd.DataFrame(self.strength, columns=columns)
        table.insert(0, "answers", self.steps + 1)
        return table
