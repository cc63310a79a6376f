"""Parsing of a time column: dates, dates written as whole numbers, and plain numbers such as years."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.errors import UserError

MIN_DATE, MAX_DATE = 1000_01_01, 9999_12_31  # whole numbers in this range may be dates


def parse_timestamps(column: pd.Series, file: str) -> pd.Index:
    """Parse a time column: (rows,), timestamps or numbers; the name of the column is kept.

    Raises:
        UserError: A time is missing, or is neither a date nor a number.
    """
    _raise_where(column.isna().to_numpy(), column, file, "must have a time in every row")
    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.DatetimeIndex(column, name=column.name)
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return _parse_numbers(column, file)
    return _parse_text(column, file)


def as_dates(numbers: NDArray[np.int64]) -> pd.DatetimeIndex | None:
    """Convert whole numbers of the form YYYYMMDD to dates; None if any of them is not a date.

    >>> as_dates(np.array([19580329, 20000229]))
    DatetimeIndex(['1958-03-29', '2000-02-29'], dtype='datetime64[us]', freq=None)
    >>> as_dates(np.array([19580329, 20010229]))
    """
    if not numbers.size or numbers.min() < MIN_DATE or numbers.max() > MAX_DATE:
        return None
    year, month, day = numbers // 10_000, numbers // 100 % 100, numbers % 100
    months = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    dates = months.astype("M8[D]") + (day - 1)
    if month.min() < 1 or month.max() > 12 or day.min() < 1 or (dates.astype("M8[M]") != months).any():
        return None
    return pd.DatetimeIndex(dates.astype("M8[us]"))


def _parse_numbers(column: pd.Series, file: str) -> pd.Index:
    if pd.api.types.is_integer_dtype(column):
        numbers = column.to_numpy(np.int64)
        dates = as_dates(numbers)
        return pd.Index(numbers, name=column.name) if dates is None else dates.rename(column.name)
    numbers = column.to_numpy(np.float64)
    _raise_where(~np.isfinite(numbers), column, file, "must hold finite numbers")
    return pd.Index(numbers, name=column.name)


def _parse_text(column: pd.Series, file: str) -> pd.Index:
    text = column.astype(str)
    try:
        dates = pd.to_datetime(text, format="ISO8601", errors="coerce")
    except ValueError:  # the UTC offsets differ, for example around the start of daylight saving time
        dates = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
    _raise_where(
        dates.isna().to_numpy(),
        column,
        file,
        "must hold numbers, or dates such as 2001-12-31 or 20011231, with or without a time",
    )
    return pd.DatetimeIndex(dates, name=column.name)


def _raise_where(bad: NDArray[np.bool_], column: pd.Series, file: str, rule: str) -> None:
    if bad.any():
        first = int(bad.argmax())
        received = "an empty cell" if pd.isna(column.iloc[first]) else repr(str(column.iloc[first]))
        raise UserError(
            f"Column {column.name} of {file} {rule}. "
            f"Received: {received} in row {first + 1} ({bad.sum()} such rows). Fix the table."
        )
