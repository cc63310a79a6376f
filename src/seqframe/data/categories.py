"""Text columns as numbers: a column of 0 and 1 for each category, and columns that are joined to one."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from seqframe.data.cells import MISSING
from seqframe.data.columns import encoded_name
from seqframe.errors import UserError


def encode_categories(columns: pd.DataFrame, categories: dict[str, list[str]], file: str) -> pd.DataFrame:
    """The table with a column of 0 and 1 for each category, NaN where the cell is empty: `weather=rain`.

    Raises:
        UserError: A cell holds a category that the training table does not have.
    """
    encoded = {}
    for name, levels in categories.items():
        if name not in columns:
            continue
        text = columns[name].astype("str").where(columns[name].notna())
        text = text.where(text.isin(levels) | ~text.str.lower().isin(MISSING))
        unknown = text.notna() & ~text.isin(levels)
        for row in np.flatnonzero(unknown)[:1]:
            raise UserError(
                f"Column {name} of {file} must hold a category of the training table: {', '.join(levels)}. "
                f"Received: {text.iloc[row]!r} in row {row + 1} ({unknown.sum()} such rows)."
            )
        for level in levels:
            encoded[encoded_name(name, level)] = (text == level).astype(float).where(text.notna())
    return columns.assign(**encoded) if encoded else columns


def decode_categories(columns: pd.DataFrame, categories: dict[str, list[str]]) -> pd.DataFrame:
    """Inverse of `encode_categories`: text columns in place of their columns of 0 and 1, at the end of the table."""
    for name, levels in categories.items():
        encoded = [encoded_name(name, level) for level in levels]
        if set(encoded) <= set(columns):
            codes = columns[encoded].fillna(0).to_numpy().argmax(axis=1)
            text = pd.Series(np.array(levels, object)[codes], columns.index).where(columns[encoded].notna().all(axis=1))
            columns = columns.drop(columns=encoded).assign(**{name: text})
    return columns


def join_columns(columns: Sequence[pd.Series]) -> pd.Series:
    """The text of several columns as one: `1/p` from 1 and p."""
    first, *others = (column.astype("str") for column in columns)
    joined: pd.Series = first.str.cat(others, sep="/")
    return joined
