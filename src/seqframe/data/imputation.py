"""Missing values are filled in within runs of rows, so that none is learnt from another part or series."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.windows import Floats

CHUNK = 1 << 18  # rows looked at at once


def fill_missing(rows: pd.DataFrame, runs: Sequence[range], policy: str) -> tuple[pd.DataFrame, tuple[range, ...]]:
    """Fill in the NaN of every run from its own values: (rows, columns), and what is left of the runs.

    `interpolate` draws a straight line between neighbours, `ffill` repeats the last value. A run loses the rows before
    the first value of any column, and for `interpolate` those after the last; one without values is lost. With nothing
    missing in the runs it is the same frame. Runs must not overlap.

    >>> rows = pd.DataFrame({"x": [np.nan, 1, np.nan, 3, np.nan]})
    >>> filled, runs = fill_missing(rows, [range(5)], "interpolate")
    >>> filled["x"].tolist(), runs
    ([nan, 1.0, 2.0, 3.0, nan], (range(1, 4),))
    """
    read = rows.to_numpy(np.float64)  # (rows, columns)
    if not any(_any_missing(read, run) for run in runs):
        return rows, tuple(runs)
    values = read.copy()
    left = []
    for run in runs:
        if _any_missing(read, run):
            part = values[run.start : run.stop]  # (rows of the run, columns)
            left.append(_keep(run, np.isnan(part), both_ends=policy == "interpolate"))
            for column in part.T:
                FILLERS[policy](column)
        else:
            left.append(run)
    return pd.DataFrame(values, rows.index, rows.columns, copy=False), tuple(run for run in left if run)


def _any_missing(values: Floats, run: range) -> bool:
    return any(np.isnan(values[start : min(start + CHUNK, run.stop)]).any() for start in run[::CHUNK])


def _keep(run: range, missing: NDArray[np.bool_], both_ends: bool) -> range:
    """What is left of a run, of which those values are missing: (rows of the run, columns)."""
    if missing.all(axis=0).any():
        return run[:0]
    first = int(missing.argmin(axis=0).max())
    after_last = int(missing[::-1].argmin(axis=0).max()) if both_ends else 0
    return run[first : max(first, len(run) - after_last)]


def _interpolate(column: Floats) -> None:
    """In place, between the first value and the last."""
    missing = np.isnan(column)
    there = np.flatnonzero(~missing)
    if there.size:
        column[missing] = np.interp(np.flatnonzero(missing), there, column[there], left=np.nan, right=np.nan)


def _repeat_last(column: Floats) -> None:
    """In place, from the first value on."""
    there = np.where(np.isnan(column), 0, np.arange(len(column)))
    column[:] = column[np.maximum.accumulate(there)]


FILLERS: dict[str, Callable[[Floats], None]] = {"interpolate": _interpolate, "ffill": _repeat_last}
