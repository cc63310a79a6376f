"""Rows from a CSV or Parquet file of the user's. Nothing in it is repaired unasked: what is wrong is named."""

from collections import Counter
from difflib import get_close_matches

import pandas as pd

from seqframe.config import DataSettings
from seqframe.data.files import (
    check_finite,
    check_not_empty,
    column_names,
    drop_missing,
    find_table,
    read_columns,
    to_numeric,
)
from seqframe.data.generators import GENERATORS
from seqframe.data.time_index import (
    ROW,
    SEQUENCE,
    SourceRow,
    check_frequency,
    check_series_lengths,
    check_time_order,
    fill_time_gaps,
    index_rows,
    infer_frequency,
)
from seqframe.data.wide import wide_to_long
from seqframe.errors import UserError

# Which columns of the rows are read, which are known in advance, and which are to be predicted.


def feature_columns(data_settings: DataSettings, available: list[str]) -> list[str]:
    """The columns that the network reads; those that are known in advance come last."""
    known = future_covariate_columns(data_settings)
    return [name for name in _own_features(data_settings, available) if name not in known] + known


def future_covariate_columns(data_settings: DataSettings) -> list[str]:
    """The columns that are known in advance for the rows to be predicted: the last ones of the features."""
    return _as_list(data_settings.future_covariates)


def target_columns(data_settings: DataSettings, available: list[str]) -> list[str]:
    """The columns that the network predicts."""
    if data_settings.target is not None:
        return _as_list(data_settings.target)
    if data_settings.source in GENERATORS:
        return list(GENERATORS[data_settings.source].target)
    known = future_covariate_columns(data_settings)
    return [name for name in _own_features(data_settings, available) if name not in known]


def value_column(data_settings: DataSettings) -> str:
    """What the one column of an unfolded table is called."""
    return data_settings.target if isinstance(data_settings.target, str) else "value"


def check_column_roles(data_settings: DataSettings) -> None:
    """Hold every column of a table to one part.

    Raises:
        UserError: A column is named twice, as the time and the target, or twice in one list.
    """
    parts = {
        name: _as_list(getattr(data_settings, name))
        for name in ("time_column", "id_column", "features", "target", "future_covariates")
    }
    parts["wide_columns"] = _as_list(data_settings.wide_columns)
    for name, columns in parts.items():
        for column, count in Counter(columns).items():
            if count > 1:
                raise UserError(f"`data.{name}` must name a column once. Received: {column}, {count} times.")
    for one, other in _APART:
        for column in parts[one]:
            if column in parts[other]:
                raise UserError(
                    f"A column cannot be both `data.{one}` and `data.{other}`. Received: {column}. "
                    "Take it out of one of them."
                )


_APART = [
    *(("time_column", other) for other in ("id_column", "features", "target", "future_covariates", "wide_columns")),
    *(("id_column", other) for other in ("features", "target", "future_covariates", "wide_columns")),
    ("target", "future_covariates"),
]


def _own_features(data_settings: DataSettings, available: list[str]) -> list[str]:
    """The columns that are read and need not be known in advance, though some of them may be."""
    if data_settings.features is not None:
        return _as_list(data_settings.features)
    if data_settings.source in GENERATORS:
        return list(GENERATORS[data_settings.source].features)
    if data_settings.target is not None:
        return _as_list(data_settings.target)
    return [name for name in available if name not in (data_settings.time_column, data_settings.id_column)]


def _as_list(names: str | list[str] | None) -> list[str]:
    if names is None:
        return []
    return [names] if isinstance(names, str) else list(names)


def read_table(data_settings: DataSettings) -> pd.DataFrame:
    """Read the columns that the problem names: (rows, columns), float64, with NaN where they are to be filled in later.

    Raises:
        UserError: The file is missing, empty or of another kind; a column is missing, twice there or in two parts, or
            holds something other than finite numbers or times; or the times of a series break off or jump.
    """
    path = find_table(str(data_settings.path))
    columns, keys = _choose_columns(data_settings, column_names(path), path.name)
    return _name_rows(*read_columns(path, columns, keys), data_settings, path.name)


def read_dataframe(table: pd.DataFrame, data_settings: DataSettings, name: str) -> pd.DataFrame:
    """The same of a table that is in memory; `name` is what messages call it.

    Raises:
        UserError: As `read_rows`.
    """
    table = table.set_axis([str(column) for column in table.columns], axis=1)
    columns, keys = _choose_columns(data_settings, list(table.columns), name)
    values = pd.DataFrame({column: to_numeric(table[column], name) for column in columns})
    return _name_rows(values, table[keys].reset_index(drop=True), data_settings, name)


def _name_rows(rows: pd.DataFrame, named_by: pd.DataFrame, data_settings: DataSettings, file: str) -> pd.DataFrame:
    """Check the values, and name the rows by their series and time."""
    if rows.empty:
        raise UserError(f"A table needs at least one row. Received: {file} with none.")
    check_finite(rows, data_settings.missing, file)
    index, place = index_rows(named_by, data_settings.time_column, data_settings.id_column, file)
    rows = (rows if place.order is None else rows.iloc[place.order]).set_axis(index)
    if data_settings.time_column:
        rows = _keep_time(rows, data_settings, place)
    if data_settings.wide_columns:
        rows = wide_to_long(rows, value_column(data_settings))
    check_not_empty(rows, file)
    return _settle(rows, data_settings, file)


def _choose_columns(data_settings: DataSettings, there: list[str], file: str) -> tuple[list[str], list[str]]:
    """The columns of numbers, and those that name rows."""
    check_column_roles(data_settings)
    keys = [name for name in (data_settings.time_column, data_settings.id_column) if name is not None]
    for name in keys:
        if name in (ROW, SEQUENCE):
            raise UserError(f"Neither time nor series can be a column called {name}. Rename it in {file}.")
    available = [*keys, value_column(data_settings)] if data_settings.wide_columns else there
    columns = list(dict.fromkeys(feature_columns(data_settings, available) + target_columns(data_settings, available)))
    for name in [*(data_settings.wide_columns or []), *keys]:
        _check_column_exists(name, there, file)
    for name in columns:
        _check_column_exists(name, available, f"{file}, unfolded," if data_settings.wide_columns else file)
    if not columns:
        raise UserError(
            f"A table needs a column beside `data.time_column` and `data.id_column`. "
            f"Received: {file} with {', '.join(available)}."
        )
    return list(data_settings.wide_columns or columns), keys


def _check_column_exists(name: str, available: list[str], file: str) -> None:
    if available.count(name) > 1:
        raise UserError(
            f"A column's name must be unique. Received: {file} with {available.count(name)} columns {name}."
        )
    if name not in available:
        near = get_close_matches(name, available, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Columns: {', '.join(available)}."
        raise UserError(f"{file} has no column {name}. {hint}")


def _keep_time(rows: pd.DataFrame, data_settings: DataSettings, place: SourceRow) -> pd.DataFrame:
    """Check the times, and insert the rows that are missing where they are to be filled in.

    In a wide table missing lines are always inserted: their steps are dropped afterwards.
    """
    check_time_order(rows.index, place)
    step = infer_frequency(rows.index)
    if step is None:
        return rows
    check_frequency(rows.index, step, place)
    asked = "interpolate" if data_settings.wide_columns and data_settings.missing == "drop" else data_settings.missing
    return fill_time_gaps(rows, step, place, asked)


def _settle(rows: pd.DataFrame, data_settings: DataSettings, file: str) -> pd.DataFrame:
    """Drop rows where that is asked for, and hold what is left to series of two rows, one step apart."""
    step = infer_frequency(rows.index)
    if data_settings.missing == "drop":
        rows = drop_missing(rows, file)
    check_series_lengths(rows.index, file)
    left = infer_frequency(rows.index)
    if left is not None and left != step:
        raise UserError(
            f"`data.missing=drop` must leave most rows one step apart. Received: {file} with steps of {step}, "
            f"of which most that are left are {left}. Set it to interpolate or ffill."
        )
    return rows
