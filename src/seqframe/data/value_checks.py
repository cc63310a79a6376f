"""Missing and infinite values of a table, and rows after the last value of the targets."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.time_gaps import MISSING_HINT
from seqframe.data.time_index import SourceRow, series_lengths, series_starts
from seqframe.errors import UserError, list_names

CHUNK = 1 << 18  # rows checked at a time, so that a check needs little memory

CellTest = Callable[[NDArray[Any]], NDArray[np.bool_]]


def check_finite(df: pd.DataFrame, missing: str, source: SourceRow) -> None:
    """Check that no value is infinite, and that none is missing if `missing` is `raise`.

    Raises:
        UserError: A value is infinite or missing; one line about the first such column.
    """
    tests: list[tuple[CellTest, str, str]] = [(np.isinf, "infinite values", "Fix the table.")]
    if missing == "raise":
        tests.insert(0, (np.isnan, "missing values", MISSING_HINT))
    for name in df.columns:
        for test, what, hint in tests:
            count, first = _count(df[name].to_numpy(), test)
            if count:
                raise UserError(
                    f"Column {name} of {source.file} must hold finite numbers. Received: {what} in {count} of "
                    f"{len(df)} rows, the first in {source.describe(first, df.index)}. {hint}"
                )


def check_not_empty(df: pd.DataFrame, file: str) -> None:
    """Check that every column has at least one value.

    Raises:
        UserError: A column has none.
    """
    for name in df.columns:
        values = df[name].to_numpy()
        if all(np.isnan(values[start : start + CHUNK]).all() for start in range(0, len(values), CHUNK)):
            raise UserError(
                f"Column {name} of {file} must hold numbers. Received: missing values in all {len(df)} rows. "
                "Remove the column, or fix the table."
            )


def drop_missing(df: pd.DataFrame, file: str) -> pd.DataFrame:
    """Drop the rows with a missing value; if there are none, the same data frame is returned.

    Raises:
        UserError: No row remains.
    """
    chunks = (df.iloc[start : start + CHUNK] for start in range(0, len(df), CHUNK))
    complete = np.concatenate([chunk.notna().to_numpy().all(axis=1) for chunk in chunks])
    if not complete.any():
        raise UserError(
            f"`data.missing=drop` must keep some rows. Received: {file} with a missing value in each of its {len(df)} "
            f"rows (columns {list_names([*map(str, df.columns)])}). Set it to interpolate or ffill."
        )
    return df if complete.all() else df[complete]


def _count(values: NDArray[np.float64], test: CellTest) -> tuple[int, int]:
    """Number of values that are not finite and for which a test holds, and the position of the first."""
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(values.sum()):  # a sum is not finite if a value is not; it is fast, and mostly enough
            return 0, -1
    count, first = 0, -1
    for start in range(0, len(values), CHUNK):
        bad = test(values[start : start + CHUNK])
        if count == 0 and bad.any():
            first = start + int(bad.argmax())
        count += int(bad.sum())
    return count, first


def rows_ahead(known: NDArray[np.bool_], series: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether a row lies after the last known row of its series: (rows,); all rows of a series without a known one.

    `series` has the number of the series of each row: (rows,).

    >>> rows_ahead(np.array([True, False, False, True]), np.array([0, 0, 1, 1])).tolist()
    [False, True, False, False]
    """
    rows = np.flatnonzero(known)
    last = np.full(int(series.max(initial=0)) + 1, -1)
    last[series[rows]] = rows  # the last one of each series remains
    return np.asarray(np.arange(len(known)) > last[series])


def drop_rows_ahead(
    df: pd.DataFrame, targets: list[str], source: SourceRow, notes: list[str]
) -> tuple[pd.DataFrame, SourceRow]:
    """Drop the rows after the last value of a target in each series, which are its future; a note says how many.

    A series without any value remains.
    """
    known = df[targets].notna().to_numpy().any(axis=1)
    if not len(df) or known[series_starts(df.index) + series_lengths(df.index) - 1].all():
        return df, source
    starts, lengths = series_starts(df.index), series_lengths(df.index)
    series = np.repeat(np.arange(len(starts)), lengths)
    ahead = rows_ahead(known, series) & np.logical_or.reduceat(known, starts)[series]
    if ahead.any():
        of = list_names(targets)
        notes.append(f"{ahead.sum()} rows after the last value of {of} are its future: they are not trained on.")
    return df[~ahead], source.select(np.flatnonzero(~ahead))
