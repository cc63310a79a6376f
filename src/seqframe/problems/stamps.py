"""Times as they stand in a table: dates, dates written as one number, and plain numbers such as years."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.errors import UserError

FIRST_DATE, LAST_DATE = 1000_01_01, 9999_12_31  # of the whole numbers that may be dates


def read_stamps(column: pd.Series, file: str) -> pd.Index:
    """Read a column of times: (rows,), timestamps or numbers, named by the column.

    Raises:
        UserError: A time is missing, or is neither.
    """
    _refuse_where(column.isna().to_numpy(), column, file, "must have a time in every row")
    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.DatetimeIndex(column, name=column.name)
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return _numbers(column, file)
    return _dates_in_text(column, file)


def as_dates(numbers: NDArray[np.int64]) -> pd.DatetimeIndex | None:
    """Whole numbers as the dates that they spell as YYYYMMDD, or None where one of them spells none.

    >>> as_dates(np.array([19580329, 20000229]))
    DatetimeIndex(['1958-03-29', '2000-02-29'], dtype='datetime64[us]', freq=None)
    >>> as_dates(np.array([19580329, 20010229]))
    """
    if not numbers.size or numbers.min() < FIRST_DATE or numbers.max() > LAST_DATE:
        return None
    year, month, day = numbers // 10_000, numbers // 100 % 100, numbers % 100
    months = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    dates = months.astype("M8[D]") + (day - 1)
    if month.min() < 1 or month.max() > 12 or day.min() < 1 or (dates.astype("M8[M]") != months).any():
        return None
    return pd.DatetimeIndex(dates.astype("M8[us]"))


def _numbers(column: pd.Series, file: str) -> pd.Index:
    if pd.api.types.is_integer_dtype(column):
        numbers = column.to_numpy(np.int64)
        dates = as_dates(numbers)
        return pd.Index(numbers, name=column.name) if dates is None else dates.rename(column.name)
    numbers = column.to_numpy(np.float64)
    _refuse_where(~np.isfinite(numbers), column, file, "must hold finite numbers")
    return pd.Index(numbers, name=column.name)


def _dates_in_text(column: pd.Series, file: str) -> pd.Index:
    text = column.astype(str)
    try:
        dates = pd.to_datetime(text, format="ISO8601", errors="coerce")
    except ValueError:  # offsets from UTC differ, as where summer time begins
        dates = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
    _refuse_where(
        dates.isna().to_numpy(),
        column,
        file,
        "must hold dates as 2001-12-31 or 20011231, with a time or not, or numbers",
    )
    return pd.DatetimeIndex(dates, name=column.name)


def _refuse_where(bad: NDArray[np.bool_], column: pd.Series, file: str, rule: str) -> None:
    if bad.any():
        first = int(bad.argmax())
        received = "nothing" if pd.isna(column.iloc[first]) else repr(str(column.iloc[first]))
        raise UserError(
            f"Column {column.name} of {file} {rule}. "
            f"Received: {received} in row {first + 1} ({bad.sum()} such rows). Mend the table."
        )
