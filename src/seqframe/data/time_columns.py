"""Which columns hold times, and times that are spread over several columns."""

import datetime
import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from seqframe.data.date_numbers import as_dates, is_time_name
from seqframe.data.timestamps import parse_timestamps
from seqframe.errors import UserError

MIN_PARSED = 0.95  # share of the cells of a time column that are times
MIN_NAMED = 0.5  # the same for a column whose name says that it holds times
MIN_COUNTED = 0.9  # share of the steps of a month and a day that are one day, so that they count days
MOST, MANY = 0.5, 12  # share of cells that have a property of the column, and number of different cells
DATE_WORDS = {
    "date",
    "dates",
    "datetime",
    "timestamp",
    "datum",
    "fecha",
    "дата",
    "日付",
    "日期",
    "ds",
}  # words in the names of columns
TIME_WORDS = {"time", "period", "day", "week", "month", "quarter", "year", "zeit", "monat", "jahr", "woche"}
MIN_YEAR, MAX_YEAR = 1000, 2999
LEAP_YEAR = 2000  # has all days that a year may have
CLOCK = r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?"
DIGITS = r"[0-9]{4}|[0-9]{6}"  # of a time of day: 0930, 093000
PARTS = {  # parts of a time, the largest first, and the names of their columns
    "year": ("year", "yr", "yyyy", "jahr"),
    "month": ("month", "mon", "mo", "mm", "monat"),
    "day": ("day", "dy", "dd", "dayofmonth", "day_of_month", "tag"),
    "hour": ("hour", "hr", "hh", "stunde", "he", "hr_end", "hour_end", "hour_ending", "hour ending"),
    "minute": ("minute", "min", "minutes"),
}
YEAR_PARTS = {  # other parts of a year, the names of their columns, and how a time is joined
    "quarter": (("quarter", "qtr", "quartal"), "{}-Q{}"),
    "week": (("week", "wk", "kw", "isoweek", "week_number", "weeknum", "woche"), "{}-W{}"),
    "day of the year": (("doy", "dayofyear", "day_of_year", "yday"), "{}-{:03}"),
}
CLOCK_NAMES = ("time", "hhmm", "hhmmss", "clock", "zeit", "uhrzeit")  # of columns with numbers such as 930 or 93000


def is_time_column(column: pd.Series) -> bool:
    """Whether a column (rows,) holds times; a sample of up to 1,000 rows is enough.

    Plain numbers are times only as years that increase, in a column whose name says so.
    """
    cells = column.dropna()
    if cells.empty or pd.api.types.is_bool_dtype(cells.dtype) or is_time_of_day(cells):
        return False
    if pd.api.types.is_datetime64_any_dtype(cells) or isinstance(cells.dtype, pd.PeriodDtype):
        return True
    times = _parse_most(cells)
    if times is None:
        return False
    return isinstance(times, pd.DatetimeIndex) or _are_years(times, column.name)


def is_time_of_day(column: pd.Series) -> bool:
    """Whether a column (rows,) holds times of day without a date, such as 09:30 or 9:30 PM, or 9 in a column `hour`."""
    cells = column.dropna()
    if cells.empty:
        return False
    name = str(column.name).strip().lower()
    if pd.api.types.is_numeric_dtype(cells):
        if name in PARTS["hour"]:
            return bool((cells.between(0, 24) & (cells % 1 == 0)).all())
        return name in CLOCK_NAMES and _are_clocks(cells)
    if all(isinstance(cell, datetime.time) for cell in cells):
        return True
    text = cells.astype(str).str.strip()
    if name in CLOCK_NAMES and text.str.fullmatch(DIGITS).all():
        return _are_clocks(text.astype(int))
    return bool(text.str.fullmatch(CLOCK).all())


def may_hold_times(column: pd.Series) -> bool:
    """Whether a column (rows,) has the name of a time, and different cells with digits, whatever their form is.

    Numbers need a name that says that they are dates, since 12.5 may be a duration.
    """
    cells = column.dropna()
    text = cells.astype(str)
    words = set(re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(column.name)).lower()))
    numbers = text.str.fullmatch(r"\s*[-+]?[\d.,' ]+\s*").mean() > MOST
    if not words & (DATE_WORDS if numbers else DATE_WORDS | TIME_WORDS) or is_time_of_day(cells):
        return False
    digits = bool(text.str.contains(r"\d", regex=True).mean() > MOST)
    return digits and text.nunique() > min(MANY, MOST * len(text))


def are_days(column: pd.Series) -> bool:
    """Whether a time column (rows,) holds dates without a time of day."""
    times = _parse_most(column.dropna())
    return isinstance(times, pd.DatetimeIndex) and bool((times == times.normalize()).all())


def time_parts(names: Iterable[str]) -> list[str] | None:
    """The columns with the year, the month, the day, the hour and the minute, as far as there are such; None without.

    A year with a quarter, a week or a day of the year is a time, too. There must be a year, and no part may be missing
    before the last one.

    >>> time_parts(["Hour", "y", "MONTH", "Year", "day"]), time_parts(["day", "hour", "y"])
    (['Year', 'MONTH', 'day', 'Hour'], None)
    """
    names = list(names)
    found: list[str] = []
    for words in PARTS.values():
        own = _named(names, words)
        if len(own) != 1:
            break
        found += own
    others = [_named(names, words) for words, _ in YEAR_PARTS.values()] if len(found) == 1 else []
    found += next((own for own in others if len(own) == 1), [])
    return found if len(found) > 1 else None


def _named(names: Iterable[str], words: Iterable[str]) -> list[str]:
    return [name for name in names if str(name).strip().lower() in words]


def days_without_year(columns: pd.DataFrame, names: Iterable[str]) -> list[str]:
    """The columns with the month and the day, if together they count days, each once, and none of `names` is a year."""
    own = {part: [name for name in names if name.strip().lower() in PARTS[part]] for part in ("year", "month", "day")}
    if own["year"] or len(own["month"]) != 1 or len(own["day"]) != 1:
        return []
    found = [*own["month"], *own["day"]]
    try:
        month, day = (_part_as_number(columns[name], "") for name in found)
    except UserError:
        return []
    dates = as_dates((LEAP_YEAR * 10_000 + month * 100 + day).to_numpy())
    if dates is None or len(dates) < 2 or not dates.is_unique:
        return []
    steps = np.diff(dates.to_numpy().astype("M8[D]")).astype(np.int64)
    return found if (steps == 1).mean() >= MIN_COUNTED else []


def combine_time_columns(columns: list[pd.Series], file: str, notes: list[str]) -> pd.Series:
    """Join a date and a time of day, or a year and its parts, into one column for `parse_timestamps`.

    Raises:
        UserError: The columns are neither.
    """
    names = [str(column.name) for column in columns]
    parts = time_parts(names)
    if parts is not None and len(parts) == len(names):
        joined = _join_parts([columns[names.index(name)] for name in parts], file)
    elif len(columns) == 2:
        date, clock = columns if is_time_of_day(columns[1]) or not is_time_of_day(columns[0]) else columns[::-1]
        joined = _join_clock(date, clock, file)
    else:
        raise UserError(
            "Several time columns must be a date and a time of day, or a year, month, day, hour and minute. Received: "
            f"{', '.join(names)} of {file}. Rename them so, or join them in one column."
        )
    if len(joined):
        notes.append(f"The columns {', '.join(names)} were joined as the time: {joined.iloc[0]}.")
    return joined.rename(" ".join(names))


def _parse_most(cells: pd.Series) -> pd.Index | None:
    """The times of the cells; a few that are no times are skipped."""
    named = is_time_name(cells.name)
    similar = cells[_parsable(cells)] if _is_text(cells) else cells[:0]
    halves = [similar[: len(similar) // 2], similar[len(similar) // 2 :]] if named else []  # one may have a mistake
    for sample in (cells, similar, *halves):
        try:
            if len(sample) >= (MIN_NAMED / 2 if named else MIN_PARSED) * len(cells):
                return parse_timestamps(sample, "")
        except UserError as error:
            if "data.date_format to dayfirst" in str(error):  # dates, although the day is unclear
                return parse_timestamps(sample, "", "dayfirst")
    return None


def _is_text(cells: pd.Series) -> bool:
    return bool(pd.api.types.is_string_dtype(cells))


def _parsable(cells: pd.Series) -> pd.Series:
    """Whether a cell has the shape of the first one, apart from its numbers and words: (rows,)."""
    shapes = (
        cells.astype(str).str.strip().str.replace(r"\d+", "9", regex=True).str.replace(r"[A-Za-z]+", "a", regex=True)
    )
    return shapes == shapes.mode().iloc[0]


def _are_years(times: pd.Index, name: object) -> bool:
    numbers = np.unique(times.to_numpy())
    whole = bool((numbers == np.rint(numbers)).all())
    in_range = bool(MIN_YEAR <= numbers[0] <= numbers[-1] <= MAX_YEAR)
    return whole and in_range and is_time_name(name) and len(numbers) > 1 and bool((np.diff(numbers) == 1).mean() > 0.5)


def _join_parts(columns: list[pd.Series], file: str) -> pd.Series:
    """Timestamps, or text such as 2001-12-31 24:00 if there are none."""
    name = str(columns[1].name).strip().lower()
    form = next((form for words, form in YEAR_PARTS.values() if name in words), None)
    if form is not None:
        part = columns[1].astype(str).str.replace(r"^\s*(?:Q|W|KW)", "", regex=True, flags=re.I).rename(columns[1].name)
        pairs = zip(_part_as_number(columns[0], file), _part_as_number(part, file), strict=True)
        return pd.Series([form.format(*pair) for pair in pairs], columns[0].index)
    year, *others = (_part_as_number(column, file) for column in columns)
    month, day, hour, minute = [*others, *[year * 0 + 1] * 2][:2] + [*others[2:], *[year * 0] * 2][:2]
    dates = as_dates((year * 10_000 + month * 100 + day).to_numpy())
    if dates is not None and hour.between(0, 23).all() and minute.between(0, 59).all():
        return pd.Series(dates + pd.to_timedelta(hour * 60 + minute, unit="m").to_numpy("m8[us]"), year.index)
    text = year.astype(str).str.zfill(4)
    for part, separator in zip(others, ("-", "-", " ", ":"), strict=False):
        text = text + separator + part.astype(str).str.zfill(2)
    return text + ":00" if len(columns) == 4 else text


def _part_as_number(column: pd.Series, file: str) -> pd.Series:
    """Whole numbers of a part of a time; months may be names."""
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.isna().all():
        short = column.astype(str).str.strip().str[:3]
        numbers = pd.to_datetime(short, format="%b", errors="coerce").dt.month
    bad = (numbers.isna() | (numbers % 1 != 0)).to_numpy()
    if bad.any():
        first = int(bad.argmax())
        raise UserError(
            f"Column {column.name} of {file} must hold whole numbers, as a part of the time. Received: "
            f"{str(column.iloc[first])!r} in row {first + 1} ({bad.sum()} such rows). Fix the table."
        )
    return numbers.astype(np.int64)


def _join_clock(date: pd.Series, clock: pd.Series, file: str) -> pd.Series:
    """Text of a date and a time of day."""
    if pd.api.types.is_datetime64_any_dtype(date):
        date = date.dt.strftime("%Y-%m-%d")
    if pd.api.types.is_numeric_dtype(clock) or clock.astype(str).str.fullmatch(DIGITS).all():
        clock = _clock_of_numbers(clock, file)
    text = date.astype(str).str.strip().str.replace(r"[ T]00:00(:00)?$", "", regex=True)
    return text + " " + clock.astype(str).str.strip()


def _clock_of_numbers(clock: pd.Series, file: str) -> pd.Series:
    """Hours, hours and minutes such as 930, or hours, minutes and seconds such as 93000, as text."""
    hours, minutes, seconds = (part.astype(str).str.zfill(2) for part in _split_clock(_part_as_number(clock, file)))
    return hours + ":" + minutes + ":" + seconds if (seconds != "00").any() else hours + ":" + minutes


def _split_clock(numbers: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Hours, minutes and seconds: (rows,) each."""
    scale = 10_000 if numbers.max() <= 24 else 100 if numbers.max() <= 2400 else 1
    return numbers * scale // 10_000, numbers * scale // 100 % 100, numbers * scale % 100


def _are_clocks(numbers: pd.Series) -> bool:
    """Whether numbers (rows,) are times of day such as 930 or 93000, and not hours alone."""
    if (numbers % 1 != 0).any() or numbers.min() < 0 or not 24 < numbers.max() <= 240_000:
        return False
    hours, minutes, seconds = _split_clock(numbers)
    return bool((hours <= 24).all() and (minutes < 60).all() and (seconds < 60).all())
