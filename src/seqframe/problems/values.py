"""The cells of a table: what is no number is refused, and what is missing is refused or left to be filled in."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.errors import UserError
from seqframe.problems.gaps import HINT

CHUNK = 1 << 18  # rows looked at at once, so that a check needs no memory to speak of

Test = Callable[[NDArray[Any]], NDArray[np.bool_]]


def to_numbers(column: pd.Series, file: str) -> NDArray[np.float64]:
    """The values of a column: (rows,), NaN where a cell is empty.

    Raises:
        UserError: A cell holds something other than a number; the first is named, counted from 1.
    """
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in ("boolean", "datetime64", "timedelta64"):
        text = column.notna().to_numpy()
        numbers = np.empty(0)
    else:
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        text = np.isnan(numbers) & column.notna().to_numpy()
    if text.any():
        first = int(text.argmax())
        raise UserError(
            f"Column {column.name} of {file} must hold numbers. "
            f"Received: {str(column.iloc[first])!r} in row {first + 1} ({text.sum()} such rows)."
        )
    return numbers


def check_finite(rows: pd.DataFrame, missing: str, file: str) -> None:
    """Refuse infinities, and missing values where `missing` is to refuse them.

    Raises:
        UserError: One line on the first column that has any.
    """
    tests: list[tuple[Test, str, str]] = [(np.isinf, "infinite values", "Mend the table.")]
    if missing == "refuse":
        tests.insert(0, (np.isnan, "missing values", HINT))
    for name in rows.columns:
        for test, what, hint in tests:
            count, first = _count(rows[name].to_numpy(), test)
            if count:
                raise UserError(
                    f"Column {name} of {file} must hold finite numbers. "
                    f"Received: {what} in {count} of {len(rows)} rows, the first in row {first + 1}. {hint}"
                )


def check_not_empty(rows: pd.DataFrame, file: str) -> None:
    """Hold every column to one number at least.

    Raises:
        UserError: A column has none.
    """
    for name in rows.columns:
        if _count(rows[name].to_numpy(), np.isnan)[0] == len(rows):
            raise UserError(
                f"Column {name} of {file} must hold numbers. Received: missing values in all {len(rows)} rows. "
                "Leave the column out, or mend the table."
            )


def drop_missing(rows: pd.DataFrame, file: str) -> pd.DataFrame:
    """Leave out the rows in which a value is missing; with none the same frame.

    Raises:
        UserError: No row is left.
    """
    chunks = (rows.iloc[start : start + CHUNK] for start in range(0, len(rows), CHUNK))
    complete = np.concatenate([chunk.notna().to_numpy().all(axis=1) for chunk in chunks])
    if not complete.any():
        raise UserError(
            f"`problem.missing=drop` must leave rows. Received: {file}, of which each of the {len(rows)} rows misses "
            f"a value in one of {', '.join(map(str, rows.columns))}. Set it to interpolate or ffill."
        )
    return rows if complete.all() else rows[complete]


def _count(values: NDArray[np.float64], test: Test) -> tuple[int, int]:
    """How many values are such, and the number of the first."""
    count, first = 0, -1
    for start in range(0, len(values), CHUNK):
        bad = test(values[start : start + CHUNK])
        if count == 0 and bad.any():
            first = start + int(bad.argmax())
        count += int(bad.sum())
    return count, first
