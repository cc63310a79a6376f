"""Reading of a table from a file or from memory. Bad input is reported, never repaired silently."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from seqframe.config import DataSettings
from seqframe.data.categories import encode_categories, join_columns
from seqframe.data.cells import to_numeric
from seqframe.data.columns import (
    as_list,
    check_column_roles,
    check_forecast_columns,
    feature_columns,
    target_columns,
    value_column,
)
from seqframe.data.extremes import check_extreme_values
from seqframe.data.files import find_table, read_raw_table
from seqframe.data.raw_table import RawTable
from seqframe.data.roles import check_column_exists, describe_roles, resolve_roles
from seqframe.data.series_names import series_are
from seqframe.data.table_input import to_raw_table
from seqframe.data.time_columns import combine_time_columns
from seqframe.data.time_gaps import check_frequency, fill_time_gaps, fits, has_same_kind
from seqframe.data.time_index import (
    Frequency,
    SourceRow,
    check_series_lengths,
    index_rows,
    infer_frequency,
    lost_series,
)
from seqframe.data.time_order import check_plausible_times, merge_duplicates, resample_rows, round_times, sort_rows
from seqframe.data.value_checks import check_finite, check_not_empty, drop_missing, drop_rows_ahead
from seqframe.data.wide import wide_to_long
from seqframe.errors import UserError

Joiner = Callable[[list[pd.Series]], pd.Series]


@dataclass(frozen=True)
class LoadedTable:
    """A table that is ready to be split.

    Attributes:
        df: Data frame (rows, columns), float64, physical units; its index has the times, and the series if there are
            several. NaN for values that are imputed later.
        settings: The settings with a role for every column that is used.
        notes: One sentence for each group of things that were found or repaired while reading.
    """

    df: pd.DataFrame
    settings: DataSettings
    notes: tuple[str, ...] = ()


def read_table(data_settings: DataSettings) -> LoadedTable:
    """Read the table that the settings name, and find the roles of its columns.

    Raises:
        UserError: The file is missing, empty or damaged; a column is missing, duplicated or has two roles; a column
            holds anything but finite numbers or times; or the times of a series are not regular.
    """
    path = find_table(str(data_settings.path))
    return load_table(read_raw_table(path, data_settings.csv), data_settings, path.name)


def load_table(raw: RawTable, data_settings: DataSettings, name: str) -> LoadedTable:
    """Find the roles of the columns of a table, and read those that are used; messages call the table `name`.

    Raises:
        UserError: As for `read_table`.
    """
    settings, ignored = resolve_roles(raw, data_settings, name)
    notes: list[str] = []
    df = read_columns(raw, settings, name, notes)
    frequency = infer_frequency(df.index) if settings.time_column else None
    roles = describe_roles(settings, ignored, "" if frequency is None else str(frequency), data_settings.target)
    return LoadedTable(df, settings, (*raw.notes, f"{roles}.", *notes))


def read_columns(
    table: Any,
    data_settings: DataSettings,
    name: str,
    notes: list[str] | None = None,
    frequency: Frequency | None = None,
) -> pd.DataFrame:
    """Read the columns that have a role in the settings: (rows, columns), as in `LoadedTable.df`.

    `frequency` is the frequency of the table that this one continues, if it may be too short to show it.

    Raises:
        UserError: As for `read_table`.
    """
    notes = [] if notes is None else notes
    raw = prepare_columns(table, data_settings, name, notes)
    columns, keys = _select_columns(data_settings, list(raw.columns.columns), name)
    values = pd.DataFrame(
        {column: to_numeric(raw.columns[column], name, raw.parse(column), notes) for column in columns}, copy=False
    )
    return _index_table(values, raw.columns[keys].reset_index(drop=True), data_settings, name, notes, frequency)


def prepare_columns(table: Any, data_settings: DataSettings, name: str, notes: list[str] | None = None) -> RawTable:
    """The table with joined times and ids, and with a column for each category; a table that has them is unchanged.

    Raises:
        UserError: A category or a column is unknown.
    """
    raw = to_raw_table(table, data_settings.csv)
    columns = _with_text_ids(raw, as_list(data_settings.id_column))
    join_times = partial(combine_time_columns, file=name, notes=[] if notes is None else notes)
    columns = _join(columns, data_settings.time_name, data_settings.time_column, name, join_times)
    columns = _join(columns, data_settings.id_name, data_settings.id_column, name, join_columns)
    return raw.with_columns(encode_categories(columns, data_settings.categories, name))


def _join(
    columns: pd.DataFrame, joined: str | None, names: str | list[str] | None, file: str, join: Joiner
) -> pd.DataFrame:
    """The table with one more column, `joined`, if there are several names and it does not exist."""
    if not isinstance(names, list) or len(names) == 1 or joined in columns:
        return columns
    for name in names:
        check_column_exists(name, list(columns.columns), file)
    return columns.assign(**{str(joined): join([columns[name] for name in names])})


def _with_text_ids(raw: RawTable, names: list[str]) -> pd.DataFrame:
    """The columns, with ids as they are written: 1.10 and 1e3 are no numbers."""
    read = {name: raw.columns[name].dtype for name in names if name in raw.columns}
    again = [name for name, kind in read.items() if pd.api.types.is_float_dtype(kind)]
    if raw.as_text is None or not again:
        return raw.columns
    return raw.columns.assign(**{name: raw.as_text(name) for name in again})


def _index_table(
    df: pd.DataFrame,
    keys: pd.DataFrame,
    data_settings: DataSettings,
    file: str,
    notes: list[str],
    frequency: Frequency | None = None,
) -> pd.DataFrame:
    """Check the values (rows, columns), and index them by the series and the time in `keys` (rows, key columns)."""
    if df.empty:
        raise UserError(f"A table needs at least one row. Received: {file} with none.")
    time, series = data_settings.time_name, data_settings.id_name
    index, source = index_rows(keys, time, series, file, data_settings.date_format, data_settings.timezone, notes)
    df = (df if source.order is None else df.iloc[source.order]).set_axis(index)
    known = None if data_settings.wide_columns else frequency
    if time:
        in_file, (df, source) = df, sort_rows(df, source, notes)
        if data_settings.missing != "drop" or df is not in_file:
            check_plausible_times(df.index, source)
    if not data_settings.wide_columns:
        df, source = drop_rows_ahead(df, target_columns(data_settings, list(df.columns)), source, notes)
    check_finite(df, data_settings.missing, source)
    check_extreme_values(df, data_settings, source)
    if time:
        df = _check_times(df, data_settings, source, notes, known)
    if data_settings.wide_columns:
        df = wide_to_long(df, value_column(data_settings))
    check_not_empty(df, file)
    return _drop_rows(df, data_settings, file, known, notes)


def _select_columns(data_settings: DataSettings, existing: list[str], file: str) -> tuple[list[str], list[str]]:
    """The numeric columns to read, and the columns of the index."""
    check_column_roles(data_settings)
    keys = [name for name in (data_settings.time_name, data_settings.id_name) if name is not None]
    available = [*keys, value_column(data_settings)] if data_settings.wide_columns else existing
    targets = target_columns(data_settings, available)
    columns = list(dict.fromkeys(feature_columns(data_settings, available) + targets))
    for name in [*(data_settings.wide_columns or []), *keys]:
        check_column_exists(name, existing, file)
    for name in columns:
        check_column_exists(name, available, f"{file}, in long form," if data_settings.wide_columns else file)
    check_forecast_columns(keys, targets)
    if not columns:
        raise UserError(
            f"A table needs a column besides `data.time_column` and `data.id_column`. "
            f"Received: {file} with {', '.join(available)}."
        )
    if not feature_columns(data_settings, available):
        raise UserError(
            "A network needs at least one input column. Received: an empty list as `data.features`. Name the columns, "
            "or use null to have them found."
        )
    return list(data_settings.wide_columns or columns), keys


def _check_times(
    df: pd.DataFrame, data_settings: DataSettings, source: SourceRow, notes: list[str], known: Frequency | None
) -> pd.DataFrame:
    """Check the times of sorted rows, and insert the missing rows if missing values are imputed.

    Missing lines of a wide table are always inserted; with `data.missing=drop` their steps are dropped afterwards.
    """
    known = known if known is not None and has_same_kind(df.index, known) else None
    if data_settings.resample is None:
        df, source = merge_duplicates(df, source, data_settings.duplicates, notes)
        df = round_times(df, source, notes, known)
    else:
        df, source = resample_rows(df, source, data_settings.resample, notes)
    frequency = _frequency(df.index, known)
    if frequency is None:
        return df
    check_frequency(df.index, frequency, source)
    wide_and_drop = data_settings.wide_columns and data_settings.missing == "drop"
    return fill_time_gaps(df, frequency, source, "interpolate" if wide_and_drop else data_settings.missing, notes)


def _frequency(index: pd.Index, known: Frequency | None) -> Frequency | None:
    """The known frequency if the rows have it, otherwise the inferred one."""
    return known if known is not None and fits(index, known) else infer_frequency(index)


def _drop_rows(
    df: pd.DataFrame, data_settings: DataSettings, file: str, known: Frequency | None, notes: list[str]
) -> pd.DataFrame:
    """Drop incomplete rows for `data.missing=drop`, and check that the frequency and a series of two rows remain."""
    if data_settings.missing != "drop":
        check_series_lengths(df.index, file)
        return df
    frequency = _frequency(df.index, known)
    df = drop_missing(df, file)
    lost = lost_series(df.index)
    if lost:
        notes.append(f"{series_are(lost)} not used: no row without missing values.")
    check_series_lengths(df.index, file)
    remaining = _frequency(df.index, known)
    if remaining is not None and remaining != frequency:
        raise UserError(
            f"`data.missing=drop` must not change the frequency. Received: {file} with steps of {frequency}, and "
            f"mostly steps of {remaining} after dropping. Set it to interpolate or ffill."
        )
    return df
