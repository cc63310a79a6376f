"""The names of rows as numbers that can be subtracted."""

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.problems.series import ROW, series_starts

Unit = Literal["number", "nanoseconds", "months", "month ends"]
Numbers = NDArray[np.int64] | NDArray[np.float64]
NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}  # of a tick of timestamps of that resolution


def is_plain_order(index: pd.Index) -> bool:
    """Whether rows are named by their place alone: a row number, or the label of a step of an unfolded line."""
    names = index.levels[-1] if index.nlevels > 1 else index
    return isinstance(names.dtype, pd.CategoricalDtype) or (
        index.names[-1] == ROW and pd.api.types.is_integer_dtype(names)
    )


def places(index: pd.Index) -> NDArray[np.int64]:
    """The places of rows in plain order: (rows,)."""
    names = index.get_level_values(-1)
    found: NDArray[np.int64] = (names.codes if isinstance(names, pd.CategoricalIndex) else names.to_numpy()).astype(
        np.int64
    )
    return found


def unit_of(times: pd.Index, within_months: bool = True) -> Unit:
    """What times are counted in: in calendar months where all share a day of the month, or its end, and time of day."""
    if not isinstance(times, pd.DatetimeIndex):
        return "number"
    wall = times.tz_localize(None)
    day = 86_400 * 10**9 // NANOSECONDS[times.unit]
    if within_months and len(wall) and (wall.asi8 % day == wall.asi8[0] % day).all():
        if (wall.day == wall.day[0]).all():
            return "months"
        if wall.is_month_end.all():
            return "month ends"
    return "nanoseconds"


def to_ticks(times: pd.Index, unit: Unit) -> Numbers:
    """Times as numbers: (rows,), months, ticks of the timestamps' resolution, or the numbers that they are."""
    if unit == "number":
        numbers: Numbers = times.to_numpy()
        return numbers
    if unit == "nanoseconds":
        ticks: Numbers = times.asi8
        return ticks
    months: Numbers = times.tz_localize(None).to_numpy().astype("M8[M]").astype(np.int64)
    return months


def nanoseconds_in(times: pd.Index, unit: Unit) -> int:
    """What a tick is worth in the unit of a step: nanoseconds where it counts in them, else 1."""
    return NANOSECONDS[times.unit] if unit == "nanoseconds" else 1


def differences_in(index: pd.Index, unit: Unit) -> tuple[Numbers, NDArray[np.intp]]:
    """The ticks from each row to the next of its series, and the numbers of the latter rows: both (differences,).

    >>> differences_in(pd.MultiIndex.from_arrays([["a", "a", "b", "b"], [1, 3, 2, 7]]), "number")
    (array([2, 5]), array([1, 3]))
    """
    inside = np.ones(len(index), bool)
    inside[series_starts(index)] = False
    rows = np.flatnonzero(inside)
    ticks = to_ticks(index.get_level_values(-1), unit)
    return ticks[rows] - ticks[rows - 1], rows
