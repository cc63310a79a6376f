"""Where rows come from: a generator or a table. Every source gives the same thing, a frame of finite numbers.

Rows are a `pandas.DataFrame` of float64, one row a time step, one column a feature or target, in physical units; the
index names the rows in the results.
"""

import hashlib

import numpy as np
import pandas as pd

from seqframe.config import Problem
from seqframe.problems.columns import feature_columns, target_columns
from seqframe.problems.ramp import make_ramp
from seqframe.problems.table import read_rows

__all__ = ["feature_columns", "fingerprint", "make_rows", "target_columns"]


def make_rows(problem: Problem) -> pd.DataFrame:
    """Generate or read the rows of a problem: (rows, columns), float64, finite.

    Raises:
        UserError: The table cannot be read, or holds something other than finite numbers.
    """
    if problem.table is not None and problem.kind != "ramp":
        return read_rows(problem)
    return make_ramp(problem.length)


def fingerprint(rows: pd.DataFrame) -> str:
    """A name for the data that changes with any value, row name or column name: 16 hexadecimal digits."""
    digest = hashlib.sha256("\x1f".join([*map(str, rows.columns), *map(str, rows.index)]).encode())
    digest.update(np.ascontiguousarray(rows.to_numpy(np.float64)).tobytes())
    return digest.hexdigest()[:16]
