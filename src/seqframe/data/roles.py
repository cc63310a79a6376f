"""Roles of the columns of a table, found where the settings leave them open: time, series, targets and covariates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import DataSettings
from seqframe.config.params import format_value
from seqframe.data.cells import NumberFormat, ParsedCells, parse_cells
from seqframe.data.columns import as_list, check_column_roles, encoded_name
from seqframe.data.files import RawTable
from seqframe.data.time_columns import is_time_column, is_time_of_day, time_parts
from seqframe.data.time_index import ROW, SEQUENCE
from seqframe.data.timestamps import find_date_order
from seqframe.errors import UserError

NONE = "none"  # for `data.time_column` and `data.id_column`: there is no such column
SAMPLE = 1000  # rows of a column that are inspected for times
MIN_INCREASING = 0.8  # share of the steps of a column of times that are forward
MAX_LEVELS = 12  # values of a categorical column, which becomes as many inputs
MIN_ROWS_PER_SERIES = 4  # of a likely id column
MAX_ID_COLUMNS = 3
MAX_LISTED = 8  # names by role in a line
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
ID_NAMES = (
    "id",
    "unique_id",
    "series",
    "store",
    "shop",
    "item",
    "product",
    "sku",
    "sensor",
    "station",
    "region",
    "country",
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
    ids = [name for name in as_list(settings.id_column) if name != NONE]
    if settings.id_column is None:
        _check_one_series(columns, as_list(time), settings, file)
    used = {*as_list(time), *ids, *_given(settings)}
    others = [name for name in columns.columns if name not in used]
    roles = _Roles()
    targets = as_list(settings.target) or as_list(settings.features)
    series = _series_numbers(columns, ids)
    if not targets and settings.features is None:
        targets = _find_targets(columns, others, raw.numbers, roles)
        others = [name for name in others if name not in targets and name not in roles.ignored]
    target_values = {name: parse_cells(columns[name], raw.numbers).values for name in targets}
    ahead = _rows_ahead(target_values.values(), series)
    for name in others if settings.features is None else []:
        if settings.covariates == NONE:
            roles.ignored[name] = "data.covariates=none"
        else:
            _classify(columns[name], raw.numbers, series, ahead, settings, roles)
    past = [*as_list(settings.past_covariates), *roles.past]
    future = [*as_list(settings.future_covariates), *roles.future]
    static = [*as_list(settings.static_covariates), *roles.static]
    for name in sorted({*as_list(settings.features), *past, *future, *static} - {*targets, *roles.categories}):
        _add_categories(columns[name], raw.numbers, roles)
    features = [*targets, *past, *future, *static] if settings.features is None else settings.features
    order = find_date_order(columns[time]) if isinstance(time, str) else None
    found: dict[str, Any] = {
        "time_column": time,
        "date_format": settings.date_format or order,
        "id_column": settings.id_column if ids else None,
        "target": settings.target or (targets[0] if len(targets) == 1 else targets),
        "features": features,
        "past_covariates": past or None,
        "future_covariates": future or None,
        "static_covariates": static or None,
        "categories": {**settings.categories, **roles.categories},
    }
    return settings.model_copy(update=found), roles.ignored


def describe_roles(
    settings: DataSettings, ignored: dict[str, str], frequency: str, chosen: str | list[str] | None
) -> str:
    """One line with all columns by role; `chosen` is the target that the user has set."""
    future, static = as_list(settings.future_covariates), as_list(settings.static_covariates)
    targets = as_list(settings.target)
    past = [name for name in as_list(settings.features) if name not in {*future, *static, *targets}]
    known = [name for name in future if name not in static]
    time = " + ".join(as_list(settings.time_column))
    parts = {
        "target": _shorten(targets) + " (all numbers, data.target chooses)" * (chosen is None and len(targets) > 1),
        "time": f"{time} ({frequency})" if time and frequency else time or "row number",
        "series": " + ".join(as_list(settings.id_column)),
        "past": _shorten(past),
        "future": _shorten(known),
        "static": _shorten(static),
        "categorical": _shorten(list(settings.categories)),
        "ignored": _shorten([f"{name} ({reason})" for name, reason in ignored.items()]),
    }
    return " · ".join(f"{role}: {names}" for role, names in parts.items() if names)


def _shorten(names: list[str]) -> str:
    more = len(names) - MAX_LISTED
    return ", ".join(names[:MAX_LISTED]) + (f" and {more} more" if more > 0 else "")


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
        near = get_close_matches(name, available, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Columns: {', '.join(available)}."
        raise UserError(f"{file} has no column {name}. {hint}")


def _find_time(columns: pd.DataFrame, settings: DataSettings, file: str) -> str | list[str] | None:
    if settings.time_column is not None:
        return None if settings.time_column == NONE else settings.time_column
    free = [name for name in columns.columns if name not in {*as_list(settings.id_column), *_given(settings)}]
    found = [name for name in free if is_time_column(columns[name].iloc[:SAMPLE])]
    if not found and (parts := time_parts(free)):
        return parts
    found = found or [name for name in free if _counts_time(columns[name])]
    if not found:
        return None
    if len(found) > 1:
        found = _best_named(found)
    if len(found) > 1:
        found = [name for name in found if columns[name].is_unique] or found
    if len(found) > 1:
        raise UserError(
            f"One column of {file} must be the time. Received: several columns with times, {', '.join(found)}. "
            f"Set data.time_column={format_value(found[0])}, or another one; none means the order of the rows."
        )
    days = [name for name in free if name != found[0] and is_time_of_day(columns[name].iloc[:SAMPLE])]
    return [found[0], days[0]] if len(days) == 1 and not columns[found[0]].is_unique else found[0]


def _counts_time(column: pd.Series) -> bool:
    """Whether a column of numbers has the name of a time and mostly increases; it may begin again in each series."""
    if str(column.name).lower().strip() not in TIME_NAMES or not _is_number(column) or _is_row_number(column):
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


def _check_one_series(columns: pd.DataFrame, time: list[str], settings: DataSettings, file: str) -> None:
    """Check that the rows are one series.

    Raises:
        UserError: Times repeat, and other columns tell the rows apart.
    """
    others = [name for name in columns.columns if name not in {*time, *as_list(settings.target)}]
    likely = _likely_ids(columns.drop_duplicates(), time, others) if time else []
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
            f"{' and '.join(likely)} would make {count} series. Set data.id_column={named}, or none for one series."
        )


def _likely_ids(columns: pd.DataFrame, time: list[str], others: list[str]) -> list[str]:
    """The fewest columns that make the times unique; none if the times are unique, or no columns do."""
    repeated = int(columns.duplicated(time).sum())
    if not repeated:
        return []
    often = 4 * repeated >= len(columns)
    counts = {
        name: columns[name].nunique(dropna=False) for name in others if not pd.api.types.is_float_dtype(columns[name])
    }
    likely = [name for name, count in counts.items() if 1 < count <= len(columns) / MIN_ROWS_PER_SERIES]
    likely = sorted(likely, key=lambda name: (name.lower() not in ID_NAMES, _is_number(columns[name])))
    likely = [name for name in likely if often or not _is_number(columns[name]) or name.lower() in ID_NAMES]
    for size in range(1, MAX_ID_COLUMNS + 1):
        for chosen in combinations(likely, size):
            if columns.duplicated([*time, *chosen]).sum() <= repeated / 100:
                return [name for name in columns.columns if name in chosen]
    return []


def _likely_blocks(columns: pd.DataFrame, others: list[str], named: bool) -> list[str]:
    """A text column that is constant in blocks of rows, one block for each value; `named`: with the name of an id."""
    for name in others:
        codes, levels = pd.factorize(columns[name])
        blocks = 1 + int((np.diff(codes) != 0).sum())
        likely = name.lower() in ID_NAMES or not (named or _is_number(columns[name]))
        if likely and 1 < len(levels) == blocks <= len(columns) / MIN_ROWS_PER_SERIES:
            return [name]
    return []


def _is_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column))


def _series_numbers(columns: pd.DataFrame, ids: list[str]) -> NDArray[np.intp]:
    """Number of the series of each row: (rows,)."""
    if not ids:
        return np.zeros(len(columns), np.intp)
    numbers: NDArray[np.intp] = columns.groupby(ids, sort=False, dropna=False).ngroup().to_numpy(np.intp)
    return numbers


def _find_targets(columns: pd.DataFrame, others: list[str], numbers: NumberFormat, roles: _Roles) -> list[str]:
    """All columns of numbers that vary; a constant one, or the number of the row, if there is no other."""
    found: list[str] = []
    constant: list[str] = []
    counting: list[str] = []
    for name in others:
        parsed = parse_cells(columns[name], numbers)
        if _is_row_number(columns[name]):
            counting.append(name)
        elif not parsed.bad.any() and not np.isnan(parsed.values).all():
            (constant if _n_values(parsed) == 1 else found).append(name)
    if not found:
        return constant or counting or others
    roles.ignored.update(dict.fromkeys(constant, "constant") | dict.fromkeys(counting, "row number"))
    return found


def _rows_ahead(targets: Iterable[NDArray[np.float64]], series: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether a row lies after the last value of a target in its series: (rows,)."""
    known = np.zeros(len(series), bool)
    for values in targets:
        known |= ~np.isnan(values)
    last = np.full(int(series.max(initial=0)) + 1, -1)
    rows = np.flatnonzero(known)
    np.maximum.at(last, series[rows], rows)
    return np.asarray(np.arange(len(series)) > last[series])


def _classify(
    column: pd.Series,
    numbers: NumberFormat,
    series: NDArray[np.intp],
    ahead: NDArray[np.bool_],
    settings: DataSettings,
    roles: _Roles,
) -> None:
    """Give a column a role, or the reason why it has none."""
    name, parsed = str(column.name), parse_cells(column, numbers)
    empty = column.isna().to_numpy() | (np.isnan(parsed.values) & ~parsed.bad)
    reason = _reason_to_ignore(column, parsed, empty, ahead, settings)
    if reason:
        roles.ignored[name] = reason
        return
    if parsed.bad.any():
        roles.categories[name] = sorted(column.dropna().astype(str).unique())
    codes = pd.factorize(column)[0]
    if _is_static(codes, series):
        roles.static.append(name)
    elif ahead.any() and not empty[ahead].any():
        roles.future.append(name)
    else:
        roles.past.append(name)


def _reason_to_ignore(
    column: pd.Series, parsed: ParsedCells, empty: NDArray[np.bool_], ahead: NDArray[np.bool_], settings: DataSettings
) -> str:
    """Why a column is no covariate; empty if it is one."""
    levels, text = column.nunique(), int(parsed.bad.sum())
    missing = int((empty & ~ahead).sum())
    partly = 0 < text < len(column) - empty.sum()
    reasons = {
        "empty": empty.all(),
        "times": column.dtype.kind == "M",
        "durations": column.dtype.kind == "m",
        "constant": levels == 1,
        f"text in {text} rows": partly and levels > MAX_LEVELS,
        f"text, {levels} values": text and levels > MAX_LEVELS,
        "ambiguous numbers": len(parsed.readings) > 1,
        "row number": _is_row_number(column),
        f"{missing} missing values": missing and settings.missing == "raise",
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _add_categories(column: pd.Series, numbers: NumberFormat, roles: _Roles) -> None:
    """The categories of a text column that the settings name."""
    if parse_cells(column, numbers).bad.any() and column.dtype.kind not in "mM":
        roles.categories[str(column.name)] = sorted(column.dropna().astype(str).unique())


def _is_row_number(column: pd.Series) -> bool:
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


def join_columns(columns: pd.DataFrame, names: Sequence[str], joined: str) -> pd.DataFrame:
    """The table with one more column, whose text joins several others: `1/p` from 1 and p."""
    text = columns[list(names)].astype("str")
    return columns.assign(**{joined: text.iloc[:, 0].str.cat(text.iloc[:, 1:], sep="/")})
