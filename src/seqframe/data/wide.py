"""Conversion of a wide table, with several consecutive steps in a line, to a long table, and back."""

import numpy as np
import pandas as pd

from seqframe.data.time_index import ROW, has_row_numbers, join_levels, number_rows, series_lengths

MONTHS = 12
NUMBER = r"-?\d+(\.\d+)?"
MIN_YEAR, MAX_YEAR = 1000, 9999  # whole numbers in this range are years


def wide_to_long(lines: pd.DataFrame, name: str) -> pd.DataFrame:
    """Read the columns of every line one after the other: (lines, columns) -> (lines * columns, 1), named `name`.

    >>> wide_to_long(pd.DataFrame({"JAN": [1, 3], "FEB": [2, 4]}, pd.Index([2001, 2002], name="year")), "x")["x"]
    year
    2001.JAN    1
    2001.FEB    2
    2002.JAN    3
    2002.FEB    4
    Name: x, dtype: int64
    """
    values = lines.to_numpy().reshape(-1, 1)
    index = lines.index
    times = _index_steps(index, [str(column) for column in lines.columns])
    if index.nlevels > 1:
        times = join_levels(index.get_level_values(0).repeat(lines.shape[1]), times)
    return pd.DataFrame(values, times, [name])


def long_to_wide(df: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Inverse of `wide_to_long` for one series: (rows, 1) -> (lines, columns); NaN for missing steps.

    >>> wide = pd.DataFrame({"JAN": [1, 3], "FEB": [2, 4]}, pd.Index([2001, 2002], name="year"))
    >>> long_to_wide(wide_to_long(wide, "x"), ["JAN", "FEB"]).to_dict()
    {'JAN': {2001: 1, 2002: 3}, 'FEB': {2001: 2, 2002: 4}}
    """
    index = df.index.droplevel(0) if df.index.nlevels > 1 else df.index
    if isinstance(index, pd.DatetimeIndex):
        lines, steps = index.year, index.month - 1
    elif index.name == ROW:
        lines, steps = index // len(columns), index % len(columns)
    else:
        steps = pd.Index([next(n for n, c in enumerate(columns) if label.endswith(f".{c}")) for label in index])
        lines = pd.Index([label[: -len(columns[n]) - 1] for label, n in zip(index, steps, strict=True)])
        lines = pd.to_numeric(lines) if lines.str.fullmatch(NUMBER).all() else lines
    cells = pd.Series(df.to_numpy()[:, 0], [lines, steps]).unstack()
    wide = cells.reindex(lines.unique()).reindex(columns=range(len(columns))).set_axis(columns, axis=1)
    return wide.rename_axis(index.name)


def _index_steps(index: pd.Index, columns: list[str]) -> pd.Index:
    """Times of all steps: months if a line is a year with twelve columns, else labels `<line>.<column>` or numbers."""
    if has_row_numbers(index):
        if index.nlevels == 1:
            return pd.RangeIndex(len(index) * len(columns), name=ROW)
        return number_rows(series_lengths(index) * len(columns))
    lines = index.get_level_values(-1)
    if len(columns) == MONTHS and lines.dtype.kind == "i" and MIN_YEAR <= lines.min() <= lines.max() <= MAX_YEAR:
        months = (lines.to_numpy()[:, None] - 1970) * MONTHS + np.arange(MONTHS)  # (lines, 12)
        return pd.DatetimeIndex(months.reshape(-1).astype("M8[M]").astype("M8[us]"), name=lines.name)
    ordered = lines.unique().sort_values()
    labels = [f"{line}.{column}" for line in ordered.astype(str) for column in columns]
    codes = ordered.get_indexer(lines)[:, None] * len(columns) + np.arange(len(columns))  # (lines, columns)
    return pd.CategoricalIndex(pd.Categorical.from_codes(codes.reshape(-1), labels), name=lines.name)
