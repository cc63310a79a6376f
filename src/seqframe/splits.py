"""Which rows are trained on, and which are kept for the scores on unseen ones. What is fitted sees the former alone."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from seqframe.config import Problem
from seqframe.problems import SEQUENCE


@dataclass(frozen=True)
class Split:
    """Row numbers, as runs of rows that follow each other in one sequence and part: no window crosses their ends."""

    training: tuple[range, ...]
    unseen: tuple[range, ...]

    def training_rows(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Those of the rows that are trained on."""
        return rows.iloc[np.concatenate(self.training)]


def split_rows(rows: pd.DataFrame, problem: Problem) -> Split:
    """Split generated rows by sequence: the first `problem.sequences` are trained on. Of a table all rows are.

    >>> index = pd.MultiIndex.from_product([range(3), range(2)], names=["sequence", "row"])
    >>> rows = pd.DataFrame({"x": range(6)}, index)
    >>> split_rows(rows, Problem(length=2, unseen=2))
    Split(training=(range(0, 2),), unseen=(range(2, 4), range(4, 6)))
    """
    if SEQUENCE not in rows.index.names:
        return Split((range(len(rows)),), ())
    numbers = rows.index.get_level_values(SEQUENCE).to_numpy()
    bounds = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(rows)]
    runs = tuple(range(start, stop) for start, stop in pairwise(bounds))
    return Split(runs[: problem.sequences], runs[problem.sequences :])
