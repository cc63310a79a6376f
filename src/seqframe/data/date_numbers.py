"""Numbers that are dates: 20011231, 200112, 2001365, 2001.25, 12.2001, seconds since 1970, days of a spreadsheet."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.date_periods import MAX_WEEK, days_of_years, week_starts

Read = tuple[pd.DatetimeIndex, str]  # the dates, and how the numbers were read

MIN_DATE, MAX_DATE = 1000_01_01, 9999_12_31  # whole numbers in this range may be dates
MIN_YEAR, MAX_YEAR = 1500, 2200  # of years with a month or a fraction
MIN_EPOCH, MAX_EPOCH = 10**8, 4_102_444_800  # seconds since 1970: from 1973 to 2100
EPOCH_UNITS = {"s": ("seconds", 1), "ms": ("milliseconds", 10**3), "us": ("microseconds", 10**6)}
EPOCH_UNITS["ns"] = ("nanoseconds", 10**9)
MIN_SERIAL, MAX_SERIAL = 20_000, 60_000  # days of a spreadsheet: from 1954 to 2064
SERIAL_START = "1899-12-30"  # day 0; days before March 1900 differ between programs
MINUTES_PER_DAY, SERIAL_TOLERANCE = 1440, 0.02  # minutes
FEW_DECIMALS = 3  # with more of them, a number near a spreadsheet's days is a time of day
MONTHS, MONTH_RANGE, MONTH_START = 12, 0.2, 0.05  # in months: positions of decimal years within their months
EXACT = 1e-4  # rounding of a number that is scaled to a whole one
WEEK_NAME = re.compile(r"week|woche|\bkw\b", re.I)
TIME_NAME = re.compile(
    r"date|time|day|month|year|period|datum|zeit|fecha|week|quarter|woche|tag\b|monat|stamp|when|^ds$|^ts$", re.I
)


def as_dates(numbers: NDArray[np.int64]) -> pd.DatetimeIndex | None:
    """Convert whole numbers of the form YYYYMMDD to dates; None if any of them is not a date.

    >>> as_dates(np.array([19580329, 20000229]))
    DatetimeIndex(['1958-03-29', '2000-02-29'], dtype='datetime64[us]', freq=None)
    >>> as_dates(np.array([19580329, 20010229]))
    """
    if not numbers.size or numbers.min() < MIN_DATE or numbers.max() > MAX_DATE:
        return None
    year, month, day = numbers // 10_000, numbers // 100 % 100, numbers % 100
    months = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    dates = months.astype("M8[D]") + (day - 1)
    if month.min() < 1 or month.max() > 12 or day.min() < 1 or (dates.astype("M8[M]") != months).any():
        return None
    return pd.DatetimeIndex(dates.astype("M8[us]"))


def is_time_name(name: object) -> bool:
    """Whether a column's name says that it holds times."""
    return bool(TIME_NAME.search(str(name)))


def is_week_name(name: object) -> bool:
    """Whether a column's name says that it holds weeks."""
    return bool(WEEK_NAME.search(str(name)))


def numbers_as_dates(numbers: NDArray[np.int64] | NDArray[np.float64], name: object) -> Read | None:
    """Convert numbers (rows,) to dates, with a description of how they were read; None if they are plain numbers.

    Plain numbers are also years without a month, and whole numbers that only the name of the column makes a date.
    """
    if not numbers.size:
        return None
    whole = numbers.dtype.kind in "iu" or bool((numbers == np.rint(numbers)).all())
    limits = np.iinfo(np.int64)
    if whole and not (limits.min < numbers.min() <= numbers.max() < limits.max):
        return None
    exact = numbers.astype(np.int64) if whole else numbers.astype(np.float64)
    readers = FRACTION_READERS if not whole else WEEK_READERS if is_week_name(name) else WHOLE_READERS
    return next((read for reader in readers if (read := reader(exact, is_time_name(name))) is not None), None)


def _read_days(numbers: NDArray[np.int64], named: bool) -> Read | None:
    dates = as_dates(numbers)
    return None if dates is None else (dates, "YYYYMMDD")


def _read_days_of_years(numbers: NDArray[np.int64], named: bool) -> Read | None:
    """YYYYDDD, with the number of the day in its year."""
    year, day = numbers // 1000, numbers % 1000
    if not named or year.min() < MIN_YEAR or year.max() > MAX_YEAR or day.min() < 1:
        return None
    dates = days_of_years(pd.Series(year), pd.Series(day))
    return None if dates.isna().any() else (pd.DatetimeIndex(dates), "YYYY and the day of the year")


def _read_weeks(numbers: NDArray[np.int64], named: bool) -> Read | None:
    """The Mondays of YYYYWW, with the number of a week of ISO 8601."""
    year, week = numbers // 100, numbers % 100
    if year.min() < MIN_YEAR or year.max() > MAX_YEAR or week.min() < 1 or week.max() > MAX_WEEK:
        return None
    return pd.DatetimeIndex(week_starts(pd.Series(year), pd.Series(week))), "YYYY and the ISO week"


def _read_months(numbers: NDArray[np.int64], named: bool) -> Read | None:
    year, month = numbers // 100, numbers % 100
    if year.min() < MIN_YEAR or year.max() > MAX_YEAR or month.min() < 1 or month.max() > MONTHS:
        return None
    if not named and year.min() == year.max():  # a counter such as 200001, 200002, ...
        return None
    return _month_starts((year - 1970) * MONTHS + month - 1), "YYYYMM"


def _read_day_and_time(numbers: NDArray[np.int64], named: bool) -> Read | None:
    """YYYYMMDD followed by two digits each of the hour, the minute and the second."""
    for pattern, scale in (("YYYYMMDDHH", 10**2), ("YYYYMMDDHHMM", 10**4), ("YYYYMMDDHHMMSS", 10**6)):
        days = as_dates(numbers // scale)
        if days is None or not MIN_YEAR <= days.year.min() <= days.year.max() <= MAX_YEAR:
            continue
        clock = numbers % scale * (10**6 // scale)  # HHMMSS
        hour, minute, second = clock // 10_000, clock // 100 % 100, clock % 100
        if hour.max() < 24 and minute.max() < 60 and second.max() < 60:
            return days + pd.to_timedelta(hour * 3600 + minute * 60 + second, unit="s"), pattern
    return None


def _read_epoch(numbers: NDArray[np.int64] | NDArray[np.float64], named: bool) -> Read | None:
    for unit, (word, scale) in EPOCH_UNITS.items():
        if MIN_EPOCH * scale <= numbers.min() and numbers.max() <= MAX_EPOCH * scale:
            steps = np.diff(np.unique(numbers))
            if not named and scale > 1 and steps.size and np.median(steps) == 1:  # a counter
                return None
            whole = numbers if numbers.dtype.kind == "i" else np.rint(numbers * (10**6 / scale)).astype(np.int64)
            dates = pd.DatetimeIndex(whole.astype(f"M8[{unit}]" if numbers.dtype.kind == "i" else "M8[us]"))
            return dates.as_unit("ns" if unit == "ns" else "us"), f"{word} since 1970"
    return None


def _read_whole_serials(numbers: NDArray[np.int64], named: bool) -> Read | None:
    if not named or numbers.min() < MIN_SERIAL or numbers.max() > MAX_SERIAL:
        return None
    return _from_serials(numbers * MINUTES_PER_DAY)


def _read_serials(numbers: NDArray[np.float64], named: bool) -> Read | None:
    if numbers.min() < MIN_SERIAL or numbers.max() > MAX_SERIAL:
        return None
    minutes = np.rint(numbers * MINUTES_PER_DAY)
    if np.abs(numbers * MINUTES_PER_DAY - minutes).max() > SERIAL_TOLERANCE:
        return None
    few = bool((np.round(numbers, FEW_DECIMALS) == numbers).all())
    return None if few and not named else _from_serials(minutes.astype(np.int64))


def _from_serials(minutes: NDArray[np.int64]) -> Read:
    dates = pd.Timestamp(SERIAL_START).as_unit("us") + pd.to_timedelta(minutes, unit="m").as_unit("us")
    return pd.DatetimeIndex(dates), "days of a spreadsheet, counted from 1900"


def _read_month_and_year(numbers: NDArray[np.float64], named: bool) -> Read | None:
    """12.2001, with the month before the point."""
    if not named or numbers.min() < 1 or numbers.max() >= MONTHS + 1:
        return None
    month, year = _split(numbers, 10_000)
    if year.min() < MIN_YEAR or year.max() > MAX_YEAR:
        return None
    return _month_starts((year - 1970) * MONTHS + month - 1), "MM.YYYY"


def _read_year_and_part(numbers: NDArray[np.float64], named: bool) -> Read | None:
    """2001.12, with the month behind the point, or 2001.4, with the quarter; all of them occur, in several years."""
    if not named or numbers.min() < MIN_YEAR or numbers.max() > MAX_YEAR or numbers.max() - numbers.min() < 1:
        return None
    for scale, parts, pattern in ((100, MONTHS, "YYYY.MM"), (10, 4, "YYYY and the quarter")):
        year, part = _split(numbers, scale)
        if np.array_equal(np.unique(part), np.arange(1, parts + 1)):
            return _month_starts((year - 1970) * MONTHS + (part - 1) * (MONTHS // parts)), pattern
    return None


def _split(numbers: NDArray[np.float64], scale: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The whole numbers before and behind the point (rows,); 0 behind it where more digits follow than in `scale`."""
    scaled = np.rint(numbers * scale)
    exact = np.abs(numbers * scale - scaled) < EXACT
    whole = scaled.astype(np.int64)
    return whole // scale, np.where(exact, whole % scale, 0)


def _read_decimal_years(numbers: NDArray[np.float64], named: bool) -> Read | None:
    """Years with a fraction, if all are at about the same position within their month."""
    if numbers.min() < MIN_YEAR or numbers.max() > MAX_YEAR:
        return None
    months = numbers * MONTHS
    position = (months - months[0] + 0.5) % 1 - 0.5  # relative to the first row
    if np.ptp(position) > MONTH_RANGE:
        return None
    middle = float(np.median(position) + months[0]) % 1
    shift = middle if MONTH_START < middle < 1 - MONTH_START else 0.0
    return _month_starts(np.rint(months - shift).astype(np.int64) - 1970 * MONTHS), "years with a fraction"


def _month_starts(months: NDArray[np.int64]) -> pd.DatetimeIndex:
    """The first day of months (rows,), which are counted from January 1970."""
    return pd.DatetimeIndex(months.astype("M8[M]").astype("M8[us]"))


Reader = Callable[..., Read | None]
WHOLE_READERS: tuple[Reader, ...] = (
    _read_days,
    _read_days_of_years,
    _read_months,
    _read_day_and_time,
    _read_epoch,
    _read_whole_serials,
)
WEEK_READERS: tuple[Reader, ...] = (_read_weeks, *WHOLE_READERS)
FRACTION_READERS: tuple[Reader, ...] = (
    _read_epoch,
    _read_serials,
    _read_month_and_year,
    _read_year_and_part,
    _read_decimal_years,
)
