"""Roles of the columns of a table, found where the settings leave them open: time, series, targets and covariates."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype

from seqframe.config import DataSettings
from seqframe.config.params import format_value
from seqframe.data.cells import ParsedCells
from seqframe.data.columns import as_list, check_column_roles
from seqframe.data.month_names import ENGLISH
from seqframe.data.panel_ids import check_one_series, series_numbers
from seqframe.data.raw_table import RawTable
from seqframe.data.time_columns import (
    are_days,
    days_without_year,
    is_time_column,
    is_time_of_day,
    may_hold_times,
    time_parts,
)
from seqframe.data.time_index import ROW, SEQUENCE
from seqframe.data.timestamps import find_date_order, parse_timestamps
from seqframe.data.value_checks import rows_ahead
from seqframe.errors import UserError, count_noun, join_words, list_names, show_value, suggest_names

NONE = "none"  # for `data.time_column` and `data.id_column`: there is no such column
SAMPLE = 1000  # rows of a column that are inspected for times
MIN_INCREASING = 0.8  # share of the steps of a column of times that are forward
MONTHS = [name.lower() for name in ENGLISH]
NUMBERS = [str(number) for number in range(1, 13)]
MIN_DATED = 4  # a table is transposed only if more than half as many names are times
MAX_LEVELS = 12  # values of a categorical column, which becomes as many inputs
TIME_NAMES = (
    "timestamp",
    "datetime",
    "date",
    "time",
    "ds",
    "period",
    "day",
    "month",
    "week",
    "quarter",
    "year",
    "hour",
)


@dataclass
class _Roles:
    """Columns by role, and columns that are not used, with the reason."""

    past: list[str] = field(default_factory=list)
    future: list[str] = field(default_factory=list)
    static: list[str] = field(default_factory=list)
    categories: dict[str, list[str]] = field(default_factory=dict)
    ignored: dict[str, str] = field(default_factory=dict)


def resolve_roles(raw: RawTable, settings: DataSettings, file: str) -> tuple[DataSettings, dict[str, str]]:
    """The settings with a role for every column that is used, and the reason for each column that is not.

    Raises:
        UserError: A column that the settings name is missing, several columns may have one role, or the table has
            several series and no id.
    """
    columns = raw.columns
    check_names(settings, list(columns.columns), file)
    check_column_roles(settings)
    if settings.wide_columns:
        return settings.model_copy(update=_without_none(settings)), {}
    time = _find_time(columns, settings, file)
    if time is None or settings.target is None:
        _check_orientation(columns, time, settings, file)
    if settings.id_column is None:
        check_one_series(columns, as_list(time), settings, file)
    ids = [name for name in as_list(settings.id_column) if name != NONE]
    used = {*as_list(time), *ids, *_given(settings)}
    others = [name for name in columns.columns if name not in used]
    targets, roles = _classify_columns(raw, settings, others, ids, _is_newest_first(columns, time))
    past = [*as_list(settings.past_covariates), *roles.past]
    future = [*as_list(settings.future_covariates), *roles.future]
    static = [*as_list(settings.static_covariates), *roles.static]
    for name in sorted({*as_list(settings.features), *past, *future, *static} - {*targets, *roles.categories}):
        _add_categories(raw, name, roles)
    order = find_date_order(columns[time]) if isinstance(time, str) else None
    found: dict[str, Any] = {
        "time_column": time,
        "date_format": settings.date_format or order,
        "id_column": settings.id_column if ids else None,
        "target": settings.target or (targets[0] if len(targets) == 1 else targets),
        "features": [*targets, *past, *future, *static] if settings.features is None else settings.features,
        "past_covariates": past or None,
        "future_covariates": future or None,
        "static_covariates": static or None,
        "categories": {**settings.categories, **roles.categories},
    }
    return settings.model_copy(update=found), roles.ignored


def _classify_columns(
    raw: RawTable, settings: DataSettings, others: list[str], ids: list[str], newest_first: bool
) -> tuple[list[str], _Roles]:
    """The targets, and the roles of the other columns that have none in the settings."""
    columns, roles = raw.columns, _Roles()
    targets = as_list(settings.target) or as_list(settings.features)
    if not targets and settings.features is None:
        targets = _find_targets(raw, others, roles)
        others = [name for name in others if name not in targets and name not in roles.ignored]
    if settings.features is not None:
        return targets, roles
    if settings.covariates == NONE:
        roles.ignored.update(dict.fromkeys(others, "data.covariates=none"))
        return targets, roles
    series = series_numbers(columns, ids)
    step = -1 if newest_first else 1
    ahead = rows_ahead(raw.has_value(targets)[::step], series[::step])[::step]
    for name in others:
        _classify(raw, name, series, ahead, settings, roles)
    return targets, roles


def describe_roles(
    settings: DataSettings, ignored: dict[str, str], frequency: str, chosen: str | list[str] | None
) -> str:
    """One line with all columns by role; `chosen` is the target that the user has set."""
    future, static = as_list(settings.future_covariates), as_list(settings.static_covariates)
    targets = as_list(settings.target)
    past = [name for name in as_list(settings.features) if name not in {*future, *static, *targets}]
    time = " + ".join(as_list(settings.time_column))
    parts = {
        "target": list_names(targets) + " (all numbers, data.target chooses)" * (chosen is None and len(targets) > 1),
        "time": f"{time} ({frequency})" if time and frequency else time or "row number",
        "series": " + ".join(as_list(settings.id_column)),
        "past": list_names(past),
        "future": list_names(future),
        "static": list_names(static),
        "categorical": list_names(list(settings.categories)),
        "ignored": list_names([f"{name} ({reason})" for name, reason in ignored.items()]),
    }
    return " · ".join(f"{role}: {names}" for role, names in parts.items() if names)


def _without_none(settings: DataSettings) -> dict[str, Any]:
    names = ("time_column", "id_column")
    return {name: None for name in names if getattr(settings, name) == NONE}


def _given(settings: DataSettings) -> list[str]:
    names = ("features", "target", "past_covariates", "future_covariates", "static_covariates")
    return [column for name in names for column in as_list(getattr(settings, name))]


def check_names(settings: DataSettings, existing: list[str], file: str) -> None:
    """Check that every named column exists, once, and that no two columns have one name.

    Raises:
        UserError: A column is missing or exists twice.
    """
    keys = [name for name in (*as_list(settings.time_column), *as_list(settings.id_column)) if name != NONE]
    for name in keys:
        if name in (ROW, SEQUENCE):
            raise UserError(
                f"`data.time_column` and `data.id_column` cannot be a column named {name}. Received: {file} with it. "
                "Rename the column."
            )
    for name in existing:
        check_column_exists(name, existing, file)
    given = [] if settings.wide_columns else _given(settings)
    for name in [*keys, *given, *(settings.wide_columns or [])]:
        check_column_exists(name, existing, file)


def check_column_exists(name: str, available: list[str], file: str) -> None:
    """Check that a column exists, once.

    Raises:
        UserError: It is missing, or several columns have its name.
    """
    if available.count(name) > 1:
        raise UserError(f"Column names must be unique. Received: {file} with {available.count(name)} columns {name}.")
    if name not in available:
        raise UserError(f"{file} has no column {name}. {suggest_names(name, available, 'Columns')}")


def _find_time(columns: pd.DataFrame, settings: DataSettings, file: str) -> str | list[str] | None:
    if settings.time_column is not None:
        return None if settings.time_column == NONE else settings.time_column
    free = [name for name in columns.columns if name not in {*as_list(settings.id_column), *_given(settings)}]
    found = [name for name in free if is_time_column(columns[name].iloc[:SAMPLE])]
    parts = time_parts(free)
    if parts and set(found) <= {parts[0]} and not columns[parts[0]].is_unique:  # a year that repeats
        return parts
    if not found and (days := days_without_year(columns, free)):
        month = days[0]
        raise UserError(
            f"The time of a row must have a year. Received: columns {join_words(days, 'and')} of {file}, and none "
            "with a year. If all rows are days of one series, add a column year, or set data.time_column=none to "
            f"number the rows; if each {month} is a series, set data.id_column={format_value(month)}."
        )
    found = found or [name for name in free if _counts_time(columns[name])]
    if not found and settings.date_format:
        found = [name for name in free if may_hold_times(columns[name])]
    if not found:
        _check_unread_times(columns, free, file)
        return None
    if len(found) > 1:
        found = _best_named(found)
    if len(found) > 1:
        found = [name for name in found if columns[name].is_unique] or found
    if len(found) > 1:
        raise UserError(
            f"One column of {file} must be the time. Received: several columns with times, {list_names(found)}. "
            f"Set data.time_column={format_value(found[0])}, or another one; none means the order of the rows."
        )
    days = [name for name in free if name != found[0] and is_time_of_day(columns[name].iloc[:SAMPLE])]
    repeats = len(days) == 1 and not columns[found[0]].is_unique and are_days(columns[found[0]].iloc[:SAMPLE])
    return [found[0], days[0]] if repeats else found[0]


def _is_newest_first(columns: pd.DataFrame, time: str | list[str] | None) -> bool:
    """Whether the last row of a table has an earlier time than the first one."""
    if not isinstance(time, str) or len(columns) < 2:
        return False
    with suppress(UserError):
        first, last = parse_timestamps(columns[time].iloc[[0, -1]], "", "dayfirst")
        return bool(last < first)
    return False


def _check_orientation(columns: pd.DataFrame, time: str | list[str] | None, settings: DataSettings, file: str) -> None:
    """Check that the times are rows, and no names of columns.

    Raises:
        UserError: The columns are times, or the months of a year.
    """
    names = [name for name in columns.columns if name not in as_list(time)]
    months = [name for name in names if name.lower()[:3] in MONTHS]
    if isinstance(time, str) and is_numeric_dtype(columns[time]):  # a year, rather than the time of sensors 1 to 12
        months = months or [name for name in names if name.lstrip("0") in NUMBERS]
    all_months = [name.lower()[:3] for name in months] == MONTHS or [name.lstrip("0") for name in months] == NUMBERS
    if time is not None and all_months and settings.features is None:
        raise UserError(
            f"Every row of a table must be one time. Received: {file} with a column for each month. Set "
            f"data.wide_columns={format_value(months)} to read the months of each row as 12 rows, or set data.target."
        )
    dated = [name for name in names if re.search(r"\d", name)]
    if time is not None or settings.time_column is not None or 2 * len(dated) <= max(len(names), MIN_DATED):
        return
    if is_time_column(pd.Series(dated, name="time")):
        raise UserError(
            f"Every row of a table must be one time. Received: {file}, whose columns are times, {dated[0]} to "
            f"{dated[-1]}. Transpose it, so that each series is a column; if they are no times, set "
            "data.time_column=none."
        )


def _check_unread_times(columns: pd.DataFrame, names: list[str], file: str) -> None:
    """Check that no column has the name of a time, and different cells with digits that are not read as times.

    Raises:
        UserError: One has, so that the order of the rows may be wrong.
    """
    for name in [each for each in names if len(columns.columns) > 1 and may_hold_times(columns[each])]:
        try:
            parse_timestamps(columns[name], file)
        except UserError as error:
            raise UserError(f"{error} To number the rows, set data.time_column=none.") from error
        raise UserError(
            f"The time of a row must be clear. Received: {show_value(str(columns[name].iloc[0]))} in column {name} of "
            f"{file}. Set data.date_format to its form, such as %d/%m/%Y; if it is no time, set data.time_column=none."
        )


def _counts_time(column: pd.Series) -> bool:
    """Whether a column of numbers has the name of a time and mostly increases; it may begin again in each series."""
    if str(column.name).lower().strip() not in TIME_NAMES or not is_numeric_dtype(column) or is_row_number(column):
        return False
    steps = np.diff(column.to_numpy(np.float64))
    return bool(len(steps) and (steps > 0).mean() >= MIN_INCREASING)


def _best_named(names: list[str]) -> list[str]:
    """The columns whose name says most clearly that they are times."""

    def rank(name: str) -> int:
        lower = name.lower().strip()
        exact = next((place for place, known in enumerate(TIME_NAMES) if lower == known), None)
        part = next((place for place, known in enumerate(TIME_NAMES) if known in lower), len(TIME_NAMES))
        return exact if exact is not None else len(TIME_NAMES) + part

    best = min(map(rank, names))
    return [name for name in names if rank(name) == best]


def _find_targets(raw: RawTable, others: list[str], roles: _Roles) -> list[str]:
    """All columns of numbers that vary; a constant one, or the number of the row, if there is no other."""
    found: list[str] = []
    constant: list[str] = []
    counting: list[str] = []
    for name in others:
        parsed = raw.parse(name)
        if is_row_number(raw.columns[name]):
            counting.append(name)
        elif not parsed.bad.any() and not np.isnan(parsed.values).all():
            (constant if _n_values(parsed) == 1 else found).append(name)
    if not found:
        return constant or counting or others
    roles.ignored.update(dict.fromkeys(constant, "constant") | dict.fromkeys(counting, "row number"))
    return found


def _classify(
    raw: RawTable,
    name: str,
    series: NDArray[np.intp],
    ahead: NDArray[np.bool_],
    settings: DataSettings,
    roles: _Roles,
) -> None:
    """Give a column a role, or the reason why it has none."""
    column, parsed, empty = raw.columns[name], raw.parse(name), raw.is_missing(name)
    reason = _reason_to_ignore(column, parsed, empty, ahead, settings)
    if reason:
        roles.ignored[name] = reason
        return
    if is_text_column(parsed, empty):
        roles.categories[name] = text_levels(column[~empty])
    if series.any() and _is_static(pd.factorize(column)[0], series):
        roles.static.append(name)
    elif ahead.any() and not empty[ahead].any():
        roles.future.append(name)
    else:
        roles.past.append(name)


def _reason_to_ignore(
    column: pd.Series, parsed: ParsedCells, empty: NDArray[np.bool_], ahead: NDArray[np.bool_], settings: DataSettings
) -> str:
    """Why a column is no covariate; empty if it is one."""
    text = int(parsed.bad.sum())
    levels = column[~empty].nunique() if text else 0
    missing = int((empty & ~ahead).sum())
    partly = text > 0 and not is_text_column(parsed, empty)
    if empty.all():
        return "empty"
    reasons = {
        "times": column.dtype.kind == "M",
        "durations": column.dtype.kind == "m",
        "constant": levels == 1 or (not text and np.nanmin(parsed.values) == np.nanmax(parsed.values)),
        f"text in {count_noun(text, 'row')}": partly,
        f"text, {levels} values": text and levels > MAX_LEVELS,
        "ambiguous numbers": len(parsed.readings) > 1,
        "row number": is_row_number(column),
        count_noun(missing, "missing value"): missing and settings.missing == "raise",
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _add_categories(raw: RawTable, name: str, roles: _Roles) -> None:
    """The categories of a text column that the settings name."""
    column = raw.columns[name]
    if is_numeric_dtype(column):
        return
    empty = raw.is_missing(name)
    if is_text_column(raw.parse(name), empty) and column.dtype.kind not in "mM":
        roles.categories[name] = text_levels(column[~empty])


def is_text_column(parsed: ParsedCells, empty: NDArray[np.bool_]) -> bool:
    """Whether most cells are text, so that a column has categories; a few are errors in a column of numbers."""
    return 2 * int(parsed.bad.sum()) > int((~empty).sum())


def text_levels(cells: pd.Series) -> list[str]:
    """The values of a text column without missing cells, by letters."""
    return sorted(str(cell) for cell in cells.unique())


def is_row_number(column: pd.Series) -> bool:
    """Whether a column counts the rows from 0 or 1."""
    if not pd.api.types.is_integer_dtype(column) or len(column) < 3:
        return False
    values = column.to_numpy()
    return values[0] in (0, 1) and bool((np.diff(values) == 1).all())


def _is_static(codes: NDArray[np.intp], series: NDArray[np.intp]) -> bool:
    """Whether a column has one value in every series, and several series in all."""
    count = int(series.max(initial=0)) + 1
    if count == 1:
        return False
    pairs: NDArray[Any] = np.unique(series * (int(codes.max(initial=0)) + 2) + codes)
    return len(pairs) == count


def _n_values(parsed: ParsedCells) -> int:
    return len(np.unique(parsed.values[~np.isnan(parsed.values)]))
