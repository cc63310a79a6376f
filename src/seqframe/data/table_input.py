"""The user's data, in memory or in a file, as a table whose columns have no role yet."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import CsvSettings
from seqframe.data.files import find_table, read_raw_table
from seqframe.data.raw_table import RawTable, make_raw_table
from seqframe.errors import UserError

SERIES, VALUE = "series", "value"  # columns of a table that is made of series
ACCEPTED = "a DataFrame, the path of a table, a Series, an array, or a dict of series by name"


def to_raw_table(data: Any, csv: CsvSettings) -> RawTable:
    """A path, a data frame, a series, an array (rows,) or (rows, columns), or several series by name, as a raw table.

    Raises:
        UserError: It is of another type, or the file cannot be read.

    >>> to_raw_table({"a": [1.0, 2.0], "b": [3.0]}, CsvSettings()).columns
       value series
    0    1.0      a
    1    2.0      a
    2    3.0      b
    """
    if isinstance(data, RawTable):
        return data
    if isinstance(data, str | Path):
        return read_raw_table(find_table(str(data)), csv)
    if isinstance(data, Mapping):
        return make_raw_table(_join_series(data), csv)
    return make_raw_table(data if isinstance(data, pd.DataFrame) else _series_frame(data), csv)


def _join_series(data: Mapping[Any, Any]) -> pd.DataFrame:
    """Several series, one below the other, with their names in the column `series`."""
    if not data:
        raise UserError(f"The data must be {ACCEPTED}. Received: an empty dict.")
    names = {each.name for each in data.values() if isinstance(each, pd.Series)}
    tables = []
    for name, series in data.items():
        table = series if isinstance(series, pd.DataFrame) else _series_frame(series)
        if isinstance(series, pd.Series) and len(names) > 1:  # such as the columns of a wide table
            table = table.set_axis([VALUE], axis=1)
        has_times = table.index.name is not None or isinstance(table.index, pd.DatetimeIndex | pd.PeriodIndex)
        table = table.rename_axis(table.index.name or "time").reset_index() if has_times else table
        tables.append(table.assign(**{SERIES: name if pd.api.types.is_scalar(name) else str(name)}))
    return pd.concat(tables, ignore_index=True)


def _series_frame(data: Any) -> pd.DataFrame:
    """A series or an array as a table: of one column `value`, or of columns `x0`, `x1`, ..."""
    if isinstance(data, pd.Series):
        return data.to_frame(VALUE if data.name is None else data.name)
    array = read_array(data) if isinstance(data, np.ndarray | list | tuple) else np.empty(())
    if array.ndim not in (1, 2) or array.dtype.kind not in "fiubO":
        shape = f" of shape {array.shape} and type {array.dtype}" if isinstance(data, np.ndarray) else ""
        raise UserError(f"The data must be {ACCEPTED}. Received: {type(data).__name__}{shape}.")
    if array.ndim == 1:
        return pd.DataFrame({VALUE: array})
    return pd.DataFrame(array, columns=[f"x{number}" for number in range(array.shape[1])])


def read_array(data: Any) -> NDArray[Any]:
    """An array or a list as an array, NaN where it is masked; lists of different lengths have no dimensions."""
    if isinstance(data, np.ma.MaskedArray) and data.dtype.kind in "fiub":
        return np.ma.filled(data.astype(np.float64), np.nan)
    try:
        return np.asarray(data)
    except ValueError:  # the lengths differ
        return np.empty(())
