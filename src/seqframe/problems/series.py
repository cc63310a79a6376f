"""The names of rows: which series of a table they belong to, and when they are."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.errors import UserError
from seqframe.problems.stamps import read_stamps

SEQUENCE = "sequence"  # the level of the index that tells sequences apart: numbers from 0, or the ids of a table
ROW = "row"  # the level that numbers rows which have no time


@dataclass(frozen=True)
class Place:
    """Where rows stand in the file that they come from; `order` is None where they kept its order."""

    file: str
    order: NDArray[np.intp] | None = None

    def row(self, number: int, index: pd.Index) -> str:
        """A row in words, as `row 4 of series b`, counted from 1 as in the file."""
        line = int(number if self.order is None else self.order[number]) + 1
        return f"row {line}" + (f" of series {index[number][0]}" if index.nlevels > 1 else "")


def name_rows(keys: pd.DataFrame, time: str | None, series: str | None, file: str) -> tuple[pd.Index, Place]:
    """Put the rows of a series together, in the order in which series appear, and name them.

    Raises:
        UserError: A row has no id, or no time that can be read.
    """
    times = read_stamps(keys[time], file) if time else pd.RangeIndex(len(keys), name=ROW)
    if series is None:
        return times, Place(file)
    missing = keys[series].isna().to_numpy()
    if missing.any():
        raise UserError(
            f"Column {series} of {file} must name a series in every row. "
            f"Received: nothing in row {missing.argmax() + 1} ({missing.sum()} such rows). Fill it in."
        )
    codes, ids = pd.factorize(_plain(keys[series]))
    order = None if (codes[1:] >= codes[:-1]).all() else np.argsort(codes, kind="stable")
    codes = codes if order is None else codes[order]
    if time is None:
        times = number_rows(np.bincount(codes))
    elif order is not None:
        times = times[order]
    return join_levels(pd.Index(ids)[codes], times), Place(file, order)


def join_levels(ids: pd.Index, times: pd.Index) -> pd.MultiIndex:
    """The names of rows of many series: (rows,), (rows,) -> (rows,) with two levels."""
    return pd.MultiIndex.from_arrays([ids, times], names=[SEQUENCE, times.name])


def number_rows(lengths: NDArray[np.intp]) -> pd.Index:
    """Row numbers that begin at 0 in every series.

    >>> number_rows(np.array([2, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    starts = np.cumsum(lengths) - lengths
    return pd.Index(np.arange(lengths.sum()) - np.repeat(starts, lengths), name=ROW)


def series_starts(index: pd.Index) -> NDArray[np.intp]:
    """The numbers of the rows with which the series begin.

    >>> series_starts(pd.MultiIndex.from_product([["a", "b"], range(3)])).tolist()
    [0, 3]
    """
    if index.nlevels == 1:
        return np.zeros(min(1, len(index)), np.intp)
    codes = index.codes[0]
    return np.concatenate([np.zeros(min(1, len(codes)), np.intp), np.flatnonzero(codes[1:] != codes[:-1]) + 1])


def series_lengths(index: pd.Index) -> NDArray[np.intp]:
    """How many rows every series has, in the order of the rows."""
    return np.diff(series_starts(index), append=len(index))


def check_lengths(index: pd.Index, file: str) -> None:
    """Hold every series to two rows, those included that had rows and lost them.

    Raises:
        UserError: A series is shorter.
    """
    if index.nlevels == 1:
        return
    ids = index.levels[0]
    lengths = np.bincount(index.codes[0], minlength=len(ids))
    short = np.flatnonzero(lengths < 2)
    if short.size:
        raise UserError(
            f"A series needs at least two rows. Received: series {ids[short[0]]} of {file} with {lengths[short[0]]} "
            f"({short.size} such series of {len(ids)}). Leave it out, or name another column in problem.series."
        )


def _plain(ids: pd.Series) -> pd.Series:
    """Ids as they are, without the list of categories that a file may keep them by."""
    return ids.astype(ids.cat.categories.dtype) if isinstance(ids.dtype, pd.CategoricalDtype) else ids
