"""From a wide table, in which a line holds many steps, to a long one."""

import numpy as np
import pandas as pd

from seqframe.data.time_index import ROW, is_plain_order, join_levels, number_rows, series_lengths

MONTHS = 12
NUMBER = r"-?\d+(\.\d+)?"
FIRST_YEAR, LAST_YEAR = 1000, 9999  # of the whole numbers that are years


def wide_to_long(lines: pd.DataFrame, name: str) -> pd.DataFrame:
    """Read the columns of every line one after the other: (lines, columns) -> (lines * columns, 1), called `name`.

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
    times = _name_steps(index, [str(column) for column in lines.columns])
    if index.nlevels > 1:
        times = join_levels(index.get_level_values(0).repeat(lines.shape[1]), times)
    return pd.DataFrame(values, times, [name])


def long_to_wide(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Undo `unfold_lines`, of one series: (rows, 1) -> (lines, columns); NaN where a step is not there.

    >>> wide = pd.DataFrame({"JAN": [1, 3], "FEB": [2, 4]}, pd.Index([2001, 2002], name="year"))
    >>> long_to_wide(wide_to_long(wide, "x"), ["JAN", "FEB"]).to_dict()
    {'JAN': {2001: 1, 2002: 3}, 'FEB': {2001: 2, 2002: 4}}
    """
    index = rows.index.droplevel(0) if rows.index.nlevels > 1 else rows.index
    if isinstance(index, pd.DatetimeIndex):
        lines, steps = index.year, index.month - 1
    elif index.name == ROW:
        lines, steps = index // len(columns), index % len(columns)
    else:
        steps = pd.Index([next(n for n, c in enumerate(columns) if label.endswith(f".{c}")) for label in index])
        lines = pd.Index([label[: -len(columns[n]) - 1] for label, n in zip(index, steps, strict=True)])
        lines = pd.to_numeric(lines) if lines.str.fullmatch(NUMBER).all() else lines
    cells = pd.Series(rows.to_numpy()[:, 0], [lines, steps]).unstack()
    folded = cells.reindex(lines.unique()).reindex(columns=range(len(columns))).set_axis(columns, axis=1)
    return folded.rename_axis(index.name)


def _name_steps(index: pd.Index, columns: list[str]) -> pd.Index:
    """Months where a line is a year of twelve; else `<line>.<column>`, in the order of lines; or row numbers."""
    if is_plain_order(index):
        if index.nlevels == 1:
            return pd.RangeIndex(len(index) * len(columns), name=ROW)
        return number_rows(series_lengths(index) * len(columns))
    lines = index.get_level_values(-1)
    if len(columns) == MONTHS and lines.dtype.kind == "i" and FIRST_YEAR <= lines.min() <= lines.max() <= LAST_YEAR:
        months = (lines.to_numpy()[:, None] - 1970) * MONTHS + np.arange(MONTHS)  # (lines, 12)
        return pd.DatetimeIndex(months.reshape(-1).astype("M8[M]").astype("M8[us]"), name=lines.name)
    there = lines.unique().sort_values()
    labels = [f"{line}.{column}" for line in there.astype(str) for column in columns]
    codes = there.get_indexer(lines)[:, None] * len(columns) + np.arange(len(columns))  # (lines, columns)
    return pd.CategoricalIndex(pd.Categorical.from_codes(codes.reshape(-1), labels), name=lines.name)
