"""Where rows come from: a generator or a table. Every source gives the same thing, a frame of finite numbers.

Rows are a `pandas.DataFrame` of float64, one row a time step, one column a feature or target, in physical units; the
index names the rows in the results, and has a level `sequence` where there are several sequences one below the other.
"""

import hashlib

import numpy as np
import pandas as pd

from seqframe.config import Problem
from seqframe.errors import UserError
from seqframe.problems.columns import feature_columns, target_columns
from seqframe.problems.generators import GENERATORS
from seqframe.problems.table import read_rows

__all__ = ["SEQUENCE", "feature_columns", "fingerprint", "make_rows", "target_columns"]

SEQUENCE = "sequence"  # the level of the index that numbers sequences, from 0


def make_rows(problem: Problem) -> pd.DataFrame:
    """Generate or read the rows of a problem: (rows, columns), float64, finite.

    Raises:
        UserError: The table cannot be read, or holds something other than finite numbers; or a generator cannot do
            what the settings ask for.
    """
    if problem.source == "table":
        return read_rows(problem)
    return generate_rows(problem)


def generate_rows(problem: Problem) -> pd.DataFrame:
    """The sequences of a generator, those to be trained on first: (sequences * length, columns), without unit.

    A sequence is drawn from the seed and its number, whatever else is drawn.
    """
    sequences = [
        pd.DataFrame(GENERATORS[problem.source].make(np.random.default_rng((problem.seed, number)), problem, number))
        for number in range(problem.sequences + problem.unseen)
    ]
    for name in [*feature_columns(problem, []), *target_columns(problem, [])]:
        if name not in sequences[0]:
            columns = ", ".join(sequences[0])
            raise UserError(f"{problem.source} has no column {name}. Its columns: {columns}.")
    return pd.concat(sequences, keys=range(len(sequences)), names=[SEQUENCE, "row"])


def fingerprint(rows: pd.DataFrame) -> str:
    """A name for the data that changes with any value, row name or column name: 16 hexadecimal digits."""
    digest = hashlib.sha256("\x1f".join([*map(str, rows.columns), *map(str, rows.index)]).encode())
    digest.update(np.ascontiguousarray(rows.to_numpy(np.float64)).tobytes())
    return digest.hexdigest()[:16]
