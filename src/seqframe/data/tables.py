"""Reading of a table from a CSV or Parquet file, or from memory. Bad input is reported, never repaired silently."""

from difflib import get_close_matches

import pandas as pd

from seqframe.config import DataSettings
from seqframe.data.columns import check_column_roles, feature_columns, target_columns, value_column
from seqframe.data.extremes import check_extreme_values
from seqframe.data.files import (
    check_finite,
    check_not_empty,
    column_names,
    drop_missing,
    find_table,
    read_columns,
    to_numeric,
)
from seqframe.data.series_names import series_are
from seqframe.data.time_gaps import check_frequency, check_time_order, fill_time_gaps
from seqframe.data.time_index import (
    ROW,
    SEQUENCE,
    SourceRow,
    check_series_lengths,
    index_rows,
    infer_frequency,
    lost_series,
)
from seqframe.data.wide import wide_to_long
from seqframe.errors import UserError


def read_table(data_settings: DataSettings, notes: list[str] | None = None) -> pd.DataFrame:
    """Read the columns that the settings name: (rows, columns), float64, with NaN for values that are imputed later.

    `notes` receives a sentence for everything that is skipped.

    Raises:
        UserError: The file is missing, empty or in another format; a column is missing, duplicated or has two roles; a
            column holds anything but finite numbers or times; or the times of a series are not regular.
    """
    path = find_table(str(data_settings.path))
    columns, keys = _select_columns(data_settings, column_names(path), path.name)
    return _index_table(*read_columns(path, columns, keys), data_settings, path.name, notes)


def read_dataframe(table: pd.DataFrame, data_settings: DataSettings, name: str) -> pd.DataFrame:
    """Like `read_table`, for a table in memory; messages call it `name`.

    Raises:
        UserError: As for `read_table`.
    """
    table = table.set_axis([str(column) for column in table.columns], axis=1)
    columns, keys = _select_columns(data_settings, list(table.columns), name)
    values = pd.DataFrame({column: to_numeric(table[column], name) for column in columns})
    return _index_table(values, table[keys].reset_index(drop=True), data_settings, name)


def _index_table(
    df: pd.DataFrame, keys: pd.DataFrame, data_settings: DataSettings, file: str, notes: list[str] | None = None
) -> pd.DataFrame:
    """Check the values (rows, columns), and index them by the series and the time in `keys` (rows, key columns)."""
    if df.empty:
        raise UserError(f"A table needs at least one row. Received: {file} with none.")
    check_finite(df, data_settings.missing, file)
    index, source = index_rows(keys, data_settings.time_column, data_settings.id_column, file, notes)
    df = (df if source.order is None else df.iloc[source.order]).set_axis(index)
    check_extreme_values(df, data_settings, source)
    if data_settings.time_column:
        df = _check_times(df, data_settings, source)
    if data_settings.wide_columns:
        df = wide_to_long(df, value_column(data_settings))
    check_not_empty(df, file)
    return _drop_rows(df, data_settings, file, notes)


def _select_columns(data_settings: DataSettings, existing: list[str], file: str) -> tuple[list[str], list[str]]:
    """The numeric columns to read, and the columns of the index."""
    check_column_roles(data_settings)
    keys = [name for name in (data_settings.time_column, data_settings.id_column) if name is not None]
    for name in keys:
        if name in (ROW, SEQUENCE):
            raise UserError(
                f"`data.time_column` and `data.id_column` cannot be a column named {name}. Received: {file} with it. "
                "Rename the column."
            )
    available = [*keys, value_column(data_settings)] if data_settings.wide_columns else existing
    columns = list(dict.fromkeys(feature_columns(data_settings, available) + target_columns(data_settings, available)))
    for name in [*(data_settings.wide_columns or []), *keys]:
        _check_column_exists(name, existing, file)
    for name in columns:
        _check_column_exists(name, available, f"{file}, in long form," if data_settings.wide_columns else file)
    if not columns:
        raise UserError(
            f"A table needs a column besides `data.time_column` and `data.id_column`. "
            f"Received: {file} with {', '.join(available)}."
        )
    return list(data_settings.wide_columns or columns), keys


def _check_column_exists(name: str, available: list[str], file: str) -> None:
    if available.count(name) > 1:
        raise UserError(f"Column names must be unique. Received: {file} with {available.count(name)} columns {name}.")
    if name not in available:
        near = get_close_matches(name, available, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Columns: {', '.join(available)}."
        raise UserError(f"{file} has no column {name}. {hint}")


def _check_times(df: pd.DataFrame, data_settings: DataSettings, source: SourceRow) -> pd.DataFrame:
    """Check the times, and insert the missing rows if missing values are imputed.

    Missing lines of a wide table are always inserted; with `data.missing=drop` their steps are dropped afterwards.
    """
    check_time_order(df.index, source)
    frequency = infer_frequency(df.index)
    if frequency is None:
        return df
    check_frequency(df.index, frequency, source)
    wide_and_drop = data_settings.wide_columns and data_settings.missing == "drop"
    return fill_time_gaps(df, frequency, source, "interpolate" if wide_and_drop else data_settings.missing)


def _drop_rows(
    df: pd.DataFrame, data_settings: DataSettings, file: str, notes: list[str] | None = None
) -> pd.DataFrame:
    """Drop incomplete rows for `data.missing=drop`, and check that the frequency and a series of two rows remain."""
    frequency = infer_frequency(df.index)
    if data_settings.missing == "drop":
        df = drop_missing(df, file)
        lost = lost_series(df.index)
        if lost and notes is not None:
            notes.append(f"{series_are(lost)} not used: no row without missing values.")
    check_series_lengths(df.index, file)
    remaining = infer_frequency(df.index)
    if remaining is not None and remaining != frequency:
        raise UserError(
            f"`data.missing=drop` must not change the frequency. Received: {file} with steps of {frequency}, and "
            f"mostly steps of {remaining} after dropping. Set it to interpolate or ffill."
        )
    return df
