"""Parsing of a time column: text, numbers or timestamps become timestamps, or numbers such as years."""

import datetime
import re
from typing import Literal, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.date_numbers import numbers_as_dates
from seqframe.data.date_periods import read_month_lookalikes
from seqframe.data.date_spans import split_spans
from seqframe.data.date_text import (
    DAY_FIRST,
    MONTH_FIRST,
    Reading,
    read_dates,
    read_iso,
    split_hour_24,
    split_offsets,
)
from seqframe.data.time_zones import localize
from seqframe.data.zone_names import OFFSETS, move_years, replace_zone_names
from seqframe.errors import UserError

DateOrder = Literal["dayfirst", "monthfirst"]
ORDERS = {"dayfirst": DAY_FIRST, "monthfirst": MONTH_FIRST}  # values of `data.date_format`, and their readings
RULE = "must hold numbers, or dates such as 2001-12-31 or 20011231, with or without a time"
ISO_START = r"\d{4}[-/.]\d"


def parse_timestamps(
    column: pd.Series,
    file: str,
    date_format: str | None = None,
    timezone: str | None = None,
    notes: list[str] | None = None,
    series: pd.Series | None = None,
) -> pd.Index:
    """Parse a time column: (rows,), timestamps or numbers; the name of the column is kept.

    `date_format` is `dayfirst`, `monthfirst` or a strptime format; `timezone` is the zone of times without a UTC
    offset. `series` (rows,) is the series of each row, if there are several. How the column was read is added to
    `notes` where it is not obvious.

    Raises:
        UserError: A time is missing, or is neither a date nor a number; or it is unclear which number is the day.
    """
    notes = [] if notes is None else notes
    _raise_where(column.isna().to_numpy(), column, file, "must have a time in every row")
    times = _parse(_plain(column), file, date_format, notes)
    if timezone is not None and isinstance(times, pd.DatetimeIndex):
        times = localize(times, timezone, file, series)
    return times.rename(column.name)


def find_date_order(column: pd.Series) -> DateOrder | None:
    """The order of day and month in a text column; None if the column does not need one, or does not decide it."""
    column = _plain(column.dropna())
    if _is_number(column) or pd.api.types.is_datetime64_any_dtype(column):
        return None
    text = column.astype(str)
    if not len(text) or re.match(ISO_START, text.iloc[0]):
        return None
    text, _ = split_offsets(replace_zone_names(move_years(split_spans(text.str.strip())[0]))[0])
    groups = ([each for each in group if each.complete] for group in read_dates(split_hour_24(text)[0]))
    complete = next(filter(None, groups), [])
    if len(complete) != 1:
        return None
    orders: dict[str, DateOrder] = {DAY_FIRST: "dayfirst", MONTH_FIRST: "monthfirst"}
    return orders.get(complete[0].name)


def format_time(time: object) -> str:
    """A time as text; a date alone at midnight."""
    return str(time).removesuffix(" 00:00:00")


def _plain(column: pd.Series) -> pd.Series:
    """The column without categories, periods, and objects that hold dates or numbers."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if isinstance(column.dtype, pd.PeriodDtype):
        return column.dt.to_timestamp()
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in ("date", "datetime", "datetime64") and not pd.api.types.is_datetime64_any_dtype(column):
        return _from_objects(column)
    if kind == "period":
        return pd.Series(pd.PeriodIndex(column).to_timestamp(), column.index, name=column.name)
    return pd.to_numeric(column) if kind == "decimal" else column


def _from_objects(column: pd.Series) -> pd.Series:
    """Python dates as timestamps; dates beyond the years that timestamps can hold remain."""
    try:
        return pd.to_datetime(column)
    except (ValueError, OverflowError):  # the UTC offsets differ
        return column.map(lambda value: value.isoformat() if isinstance(value, datetime.date) else value)


def _parse(column: pd.Series, file: str, date_format: str | None, notes: list[str]) -> pd.Index:
    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.DatetimeIndex(column)
    if date_format is not None and date_format not in ORDERS:
        return _parse_with_format(column, file, date_format)
    if _is_number(column):
        return _parse_numbers(column, file, notes)
    text = column.astype(str)
    periods = read_month_lookalikes(text)
    if periods is not None:
        _note_reading([Reading(*periods)], column, notes)
    dates = _parse_iso(text) if periods is None else pd.DatetimeIndex(periods[0])
    if dates is not None:
        return dates
    text = text.str.strip()
    if text.str.fullmatch(r"[0-9]+([.,][0-9]+)?").all():
        return _parse_numbers(pd.to_numeric(text.str.replace(",", ".")).rename(column.name), file, notes)
    return _parse_text(text, file, date_format, notes)


def _parse_iso(text: pd.Series) -> pd.DatetimeIndex | None:
    """Dates of ISO 8601 with separators and one UTC offset or none; None for all other text. This is fast."""
    if not len(text) or not re.match(ISO_START, text.iloc[0]):
        return None
    try:
        dates = pd.to_datetime(text, format="ISO8601", errors="coerce")
    except ValueError:  # the UTC offsets differ
        return None
    return None if dates.isna().any() else pd.DatetimeIndex(dates)


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and column.dtype.kind not in "bc"


def _parse_numbers(column: pd.Series, file: str, notes: list[str]) -> pd.Index:
    whole = pd.api.types.is_integer_dtype(column)
    numbers = column.to_numpy(np.int64 if whole else np.float64)
    if not whole:
        _raise_where(~np.isfinite(numbers), column, file, "must hold finite numbers")
    read = numbers_as_dates(numbers, column.name)
    if read is None:
        return pd.Index(numbers)
    dates, pattern = read
    if pattern != "YYYYMMDD":
        notes.append(f"Column {column.name} was read as {pattern}: {column.iloc[0]} is {format_time(dates[0])}.")
    return dates


def _parse_with_format(column: pd.Series, file: str, date_format: str) -> pd.DatetimeIndex:
    text = column.astype(str).str.strip()
    try:
        dates = pd.to_datetime(text, format=date_format, errors="coerce", utc="%z" in date_format)
    except (ValueError, re.error) as error:
        raise UserError(
            f"`data.date_format` must be dayfirst, monthfirst or a strptime format such as %d/%m/%Y. Received: "
            f"{date_format}."
        ) from error
    _raise_where(
        dates.isna().to_numpy(), column, file, f"must hold dates of the form {date_format}", "data.date_format"
    )
    return pd.DatetimeIndex(dates)


def _parse_text(column: pd.Series, file: str, date_format: str | None, notes: list[str]) -> pd.DatetimeIndex:
    text, spans = split_spans(column)
    if spans:
        notes.append(f"Column {column.name} has spans, whose starts were read: {column.iloc[0]} is {text.iloc[0]}.")
    text, zones = replace_zone_names(move_years(text))
    if zones:
        meanings = ", ".join(f"{zone} as UTC{OFFSETS[zone]}" for zone in zones)
        notes.append(f"Column {column.name} has abbreviations of time zones, which were read: {meanings}.")
    text, offsets = split_offsets(text)
    text, late = split_hour_24(text)
    reading = _choose(text, column, file, date_format, notes)
    local = pd.DatetimeIndex(reading.dates)
    if late.any():
        local = _shift_hour_24(local, late, column, notes)
    return local if offsets is None else _apply_offsets(local, offsets, column, notes)


def _choose(text: pd.Series, column: pd.Series, file: str, date_format: str | None, notes: list[str]) -> Reading:
    """The reading of all cells, which must be the only one."""
    readings: list[Reading] = []
    for group in read_dates(text, None if date_format is None else ORDERS[date_format]):
        readings += group
        complete = [each for each in group if each.complete]
        differ = _ambiguous(complete)
        if differ is not None:
            both = " or ".join(f"{format_time(reading.dates.iloc[differ])} ({reading.name})" for reading in complete)
            raise UserError(
                f"Column {column.name} of {file} must show which number is the day. Received: {column.iloc[differ]!r} "
                f"in row {differ + 1}, which is {both}. Set data.date_format to dayfirst or monthfirst."
            )
        if complete:
            _note_reading(complete, column, notes)
            return complete[0]
    return _raise_unread([*readings, Reading(read_iso(text))], column, file)


def _note_reading(complete: list[Reading], column: pd.Series, notes: list[str]) -> None:
    """Note how a column was read if that is not obvious, with a row that decides the order of day and month."""
    reading = complete[0]
    if reading.name and len(complete) == 1:
        row = int((reading.dates.dt.day > 12).argmax()) if reading.name in ORDERS.values() else 0
        date = format_time(reading.dates.iloc[row])
        notes.append(f"Column {column.name} was read as dates, {reading.name}: {column.iloc[row]} is {date}.")


def _raise_unread(readings: list[Reading], column: pd.Series, file: str) -> NoReturn:
    """Report the first row that the best reading cannot read."""
    best = max(readings, key=lambda reading: int(reading.dates.notna().sum()))
    bad = best.dates.isna().to_numpy()
    by_name = {reading.name: reading.dates for reading in readings}
    other = by_name.get(MONTH_FIRST if best.name == DAY_FIRST else DAY_FIRST) if best.name in ORDERS.values() else None
    if other is not None and other.notna().to_numpy()[bad].any():
        bad = bad & other.notna().to_numpy()
        _raise_where(bad, column, file, f"must have one order of day and month, which is {best.name} in other rows")
    _raise_where(bad, column, file, RULE, "data.date_format")
    raise AssertionError("a column without a reading has a bad row")


def _ambiguous(complete: list[Reading]) -> int | None:
    """The first row that two readings take for different dates."""
    if len(complete) < 2:
        return None
    differ = complete[0].dates.to_numpy() != complete[1].dates.to_numpy()
    return int(differ.argmax()) if differ.any() else None


def _shift_hour_24(
    dates: pd.DatetimeIndex, late: NDArray[np.bool_], column: pd.Series, notes: list[str]
) -> pd.DatetimeIndex:
    """Read 24:00 as the end of its day, as ISO 8601 does, or as its start if only then the times are regular."""
    end = dates + pd.to_timedelta(np.where(late, 1, 0), unit="D").as_unit("us")
    chosen, word = (end, "end") if _regularity(end) >= _regularity(dates) else (dates, "start")
    row = int(late.argmax())
    notes.append(
        f"Column {column.name} has the hour 24:00, which was read as the {word} of its day, since the steps are then "
        f"regular: {column.iloc[row]} is {format_time(chosen[row])}."
    )
    return chosen


def _regularity(dates: pd.DatetimeIndex) -> float:
    """Share of the steps between rows that have the most common length."""
    steps = np.diff(dates.asi8)
    return float(np.unique(steps, return_counts=True)[1].max()) / len(steps) if len(steps) else 1.0


def _apply_offsets(
    local: pd.DatetimeIndex, offsets: NDArray[np.int64], column: pd.Series, notes: list[str]
) -> pd.DatetimeIndex:
    """Times with UTC offsets in minutes (rows,): local days if all have one time of day but not one offset."""
    if (offsets == offsets[0]).all():
        zone = datetime.timezone(datetime.timedelta(minutes=int(offsets[0])))
        return local.tz_localize(datetime.UTC if offsets[0] == 0 else zone)
    if (local - local.normalize()).nunique() == 1:
        notes.append(
            f"The UTC offset of column {column.name} changes, and its time of day does not: local days were read."
        )
        return local
    notes.append(f"The UTC offset of column {column.name} changes: its times were converted to UTC.")
    return (local - pd.to_timedelta(offsets, unit="m").as_unit("us")).tz_localize(datetime.UTC)


def _raise_where(bad: NDArray[np.bool_], column: pd.Series, file: str, rule: str, setting: str = "") -> None:
    if bad.any():
        first = int(bad.argmax())
        received = "an empty cell" if pd.isna(column.iloc[first]) else repr(str(column.iloc[first]))
        hint = f"Fix the table, or set {setting}." if setting else "Fix the table."
        raise UserError(
            f"Column {column.name} of {file} {rule}. "
            f"Received: {received} in row {first + 1} ({bad.sum()} such rows). {hint}"
        )
