"""The series of each row of a table, and tables that look like several series although no id column is set."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype
from pyarrow import compute

from seqframe.config import DataSettings
from seqframe.config.params import format_value
from seqframe.data.columns import as_list
from seqframe.errors import UserError, join_words

MIN_ROWS_PER_SERIES = 4  # of a likely id column
MAX_ID_COLUMNS = 3
ID_NAMES = frozenset(
    {"id", "unique_id", "series", "store", "shop", "item", "product", "sku", "sensor", "station", "region", "country"}
)


def check_one_series(columns: pd.DataFrame, time: list[str], settings: DataSettings, file: str) -> None:
    """Check that the rows are one series.

    Raises:
        UserError: Times repeat, and other columns tell the rows apart.
    """
    others = [name for name in columns.columns if name not in {*time, *as_list(settings.target)}]
    likely = _likely_ids(columns, time, others) if time else []
    likely = likely or _likely_blocks(columns, others, named=bool(time))
    if likely:
        named = format_value(likely[0] if len(likely) == 1 else likely)
        count = len(columns[likely].drop_duplicates())
        repeated = bool(time) and columns.duplicated(time).any()
        received = (
            f"each time of {' + '.join(time)} several times" if repeated else f"blocks of rows with one {likely[0]}"
        )
        raise UserError(
            f"A table with several series needs `data.id_column`. Received: {file} with {received}; "
            f"{join_words(likely, 'and')} would make {count} series. "
            f"Set data.id_column={named}, or none for one series."
        )


def series_numbers(columns: pd.DataFrame, ids: Sequence[str]) -> NDArray[np.intp]:
    """Number of the series of each row: (rows,); 0 without id columns."""
    if not ids:
        return np.zeros(len(columns), np.intp)
    numbers: NDArray[np.intp] = columns.groupby(list(ids), sort=False, dropna=False).ngroup().to_numpy(np.intp)
    return numbers


def _likely_ids(columns: pd.DataFrame, time: list[str], others: list[str]) -> list[str]:
    """The fewest columns that make the times unique; none if the times are unique, or no columns do."""
    if len(time) == 1 and _increases(columns[time[0]]):
        return []
    columns = columns.drop_duplicates()
    repeated = int(columns.duplicated(time).sum())
    if not repeated:
        return []
    often = 4 * repeated >= len(columns)
    counts = {
        name: columns[name].nunique(dropna=False) for name in others if not pd.api.types.is_float_dtype(columns[name])
    }
    likely = [name for name, count in counts.items() if 1 < count <= len(columns) / MIN_ROWS_PER_SERIES]
    likely = sorted(likely, key=lambda name: (name.lower() not in ID_NAMES, is_numeric_dtype(columns[name])))
    likely = [name for name in likely if often or not is_numeric_dtype(columns[name]) or name.lower() in ID_NAMES]
    for size in range(1, MAX_ID_COLUMNS + 1):
        for chosen in combinations(likely, size):
            if columns.duplicated([*time, *chosen]).sum() <= repeated / 100:
                return [name for name in columns.columns if name in chosen]
    return []


def _likely_blocks(columns: pd.DataFrame, others: list[str], named: bool) -> list[str]:
    """A text column that is constant in blocks of rows, one block for each value; `named`: with the name of an id."""
    for name in others:
        if not (name.lower() in ID_NAMES or not (named or is_numeric_dtype(columns[name]))):
            continue
        codes, levels = pd.factorize(columns[name])
        blocks = 1 + int((np.diff(codes) != 0).sum())
        if 1 < len(levels) == blocks <= len(columns) / MIN_ROWS_PER_SERIES:
            return [name]
    return []


def _increases(column: pd.Series) -> bool:
    """Whether every value is larger than the one before it, text by its letters, so that none repeats."""
    try:
        values = pa.array(getattr(column.array, "asi8", column), from_pandas=True)  # times and periods as integers
        later = compute.greater(values[1:], values[:-1])
    except pa.ArrowException:  # objects of several types
        return False
    return bool(compute.all(later.fill_null(False)).as_py()) if len(later) else True
