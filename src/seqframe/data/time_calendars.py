"""Calendars: steps of time that have no fixed length, such as months, business days and office hours.

A calendar numbers its times with consecutive whole numbers, the ticks. A frequency names its calendar by text, so that
it can be stored; `find_calendar` is the inverse. All times are local and have no UTC offset.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.errors import count_noun

Ticks = NDArray[np.int64]
Mask = tuple[bool, ...]  # days of the week, from Monday

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
BUSINESS: Mask = (True,) * 5 + (False,) * 2
EVERY_DAY: Mask = (True,) * 7
ORIGIN = np.datetime64("0001-01-01", "D")  # a Monday before all times
DAY, HOUR, MINUTE = 86_400 * 10**9, 3600 * 10**9, 60 * 10**9  # nanoseconds
DAYS_PER_YEAR = 365.2425
MONTHS_PER_YEAR = 12
MONTH_END = 31  # day of the month
MIN_ABSENCES = 3  # times that a day of the week must be absent, so that it is no part of the calendar
MIN_DAYS = 5  # with the same hours
MIN_HALF = 1 / 4  # of the dates that lie on the first, or on the second, of two days of the month
MAX_SHIFTS = 3  # of a day
MIN_SHORTEST = 28  # days of the shortest month


class Calendar(Protocol):
    """A calendar.

    Attributes:
        name: The text that names it.
        cycles: Ticks in its usual seasonal cycles.
        holiday: Ticks in a day on which rows may be missing, since it is a holiday; 0 if there are none.
    """

    @property
    def name(self) -> str: ...

    @property
    def cycles(self) -> tuple[float, ...]: ...

    @property
    def holiday(self) -> int: ...

    def to_ticks(self, times: pd.DatetimeIndex) -> Ticks:
        """Ticks of times (rows,), or of the times of the calendar before them."""

    def to_times(self, ticks: Ticks, like: pd.Timestamp) -> pd.DatetimeIndex:
        """Times of ticks (rows,), with the time of day, and where the calendar has none the day, of `like`."""

    def describe(self, count: int) -> str:
        """Text of a frequency of `count` ticks."""


@dataclass(frozen=True)
class Months:
    """Calendar months on a day, or on the last day of a shorter month; on the day of `like` if `day` is 0."""

    day: int = 0
    holiday = 0
    cycles = (float(MONTHS_PER_YEAR),)

    @property
    def name(self) -> str:
        return {0: "months", MONTH_END: "month ends"}.get(self.day, f"months on day {self.day}")

    def to_ticks(self, times: pd.DatetimeIndex) -> Ticks:
        return _month_numbers(times)

    def to_times(self, ticks: Ticks, like: pd.Timestamp) -> pd.DatetimeIndex:
        return _at_clock(_days_of_month(ticks, self.day or like.day), like)

    def describe(self, count: int) -> str:
        years = count % MONTHS_PER_YEAR == 0
        return count_noun(count // MONTHS_PER_YEAR, "year") if years else count_noun(count, "month")


@dataclass(frozen=True)
class BusinessMonths:
    """The first or the last business day of each month."""

    last: bool
    holiday = 0
    cycles = (float(MONTHS_PER_YEAR),)

    @property
    def name(self) -> str:
        return "business month ends" if self.last else "business month starts"

    def to_ticks(self, times: pd.DatetimeIndex) -> Ticks:
        return _month_numbers(times)

    def to_times(self, ticks: Ticks, like: pd.Timestamp) -> pd.DatetimeIndex:
        starts = (ticks + self.last).astype("M8[M]").astype("M8[D]")
        return _at_clock(np.busday_offset(starts, -1 if self.last else 0, roll="forward"), like)

    def describe(self, count: int) -> str:
        return f"{Months().describe(count)} ({'last' if self.last else 'first'} business day)"


@dataclass(frozen=True)
class HalfMonths:
    """Two days of each month, or the last day of a shorter month."""

    first: int
    second: int
    holiday = 0
    cycles = (2.0 * MONTHS_PER_YEAR,)

    @property
    def name(self) -> str:
        return f"half months {self.first} {self.second}"

    def to_ticks(self, times: pd.DatetimeIndex) -> Ticks:
        months = _month_numbers(times)
        return np.asarray(2 * months + (_dates(times) >= _days_of_month(months, self.second)))

    def to_times(self, ticks: Ticks, like: pd.Timestamp) -> pd.DatetimeIndex:
        days = np.where(ticks % 2, _days_of_month(ticks // 2, self.second), _days_of_month(ticks // 2, self.first))
        return _at_clock(days, like)

    def describe(self, count: int) -> str:
        ends = self.second == MONTH_END
        days = f"day {self.first} and the last day" if ends else f"days {self.first} and {self.second}"
        return f"{count_noun(count, 'half month')} ({days})"


@dataclass(frozen=True)
class Days:
    """Days of the week, at one local time of day; days of summer time have 23 or 25 hours."""

    mask: Mask = EVERY_DAY

    @property
    def name(self) -> str:
        return "days" if self.mask == EVERY_DAY else f"weekdays {_to_text(self.mask)}"

    @property
    def cycles(self) -> tuple[float, ...]:
        week = sum(self.mask)
        return float(week), week * DAYS_PER_YEAR / 7

    @property
    def holiday(self) -> int:
        return 0 if self.mask == EVERY_DAY else 1

    def to_ticks(self, times: pd.DatetimeIndex) -> Ticks:
        return _count_days(_dates(times), self.mask)

    def to_times(self, ticks: Ticks, like: pd.Timestamp) -> pd.DatetimeIndex:
        return _at_clock(_add_days(ticks, self.mask), like)

    def describe(self, count: int) -> str:
        if self.mask == BUSINESS:
            return count_noun(count, "business day")
        return count_noun(count, "day") + ("" if self.mask == EVERY_DAY else f" ({_name_days(self.mask)})")


@dataclass(frozen=True)
class OfficeHours:
    """Times of day at a fixed step, perhaps with breaks, on days of the week.

    Attributes:
        step: Nanoseconds between the times of a shift.
        shifts: First time, nanoseconds after midnight, and number of times of every shift of a day; the last shift may
            end after midnight.
        mask: Days of the week on which the first time lies.
    """

    step: int
    shifts: tuple[tuple[int, int], ...]
    mask: Mask

    @property
    def name(self) -> str:
        shifts = " ".join(f"{start} {count}" for start, count in self.shifts)
        return f"hours {self.step} {shifts} {_to_text(self.mask)}"

    @property
    def start(self) -> int:
        """First time of a day, nanoseconds after midnight."""
        return self.shifts[0][0]

    @property
    def slots(self) -> int:
        """Number of times of a day."""
        return sum(count for _, count in self.shifts)

    @property
    def clock(self) -> Ticks:
        """Times of a day, nanoseconds after the first: (slots,)."""
        return np.concatenate([start - self.start + self.step * np.arange(count) for start, count in self.shifts])

    @property
    def cycles(self) -> tuple[float, ...]:
        return float(self.slots), float(self.slots * sum(self.mask))

    @property
    def holiday(self) -> int:
        return self.slots

    def to_ticks(self, times: pd.DatetimeIndex) -> Ticks:
        days, clock = _split_days(times, self.start)
        slots = np.searchsorted(self.clock, clock, side="right") - 1
        return np.asarray(_count_days(days, self.mask) * self.slots + slots)

    def to_times(self, ticks: Ticks, like: pd.Timestamp) -> pd.DatetimeIndex:
        days, slots = np.divmod(ticks, self.slots)
        dates = pd.DatetimeIndex(_add_days(days, self.mask).astype(f"M8[{like.unit}]"))
        return dates + pd.to_timedelta(self.start + self.clock[slots], unit="ns").as_unit(like.unit)

    def describe(self, count: int) -> str:
        ends = [(start, start + (slots - 1) * self.step) for start, slots in self.shifts]
        length, days = count * self.step, _name_days(self.mask)
        if all(time % HOUR == 0 for shift in ends for time in shift) and length % HOUR == 0:
            what = count_noun(length // HOUR, "hour" if self.mask == EVERY_DAY else "office hour")
            shifts = [f"{start // HOUR % 24} to {end // HOUR % 24} h" for start, end in ends]
        else:
            what = count_noun(length // MINUTE, "minute") if length % MINUTE == 0 else f"{length / 10**9:g} seconds"
            shifts = [f"{_clock_text(start)} to {_clock_text(end)}" for start, end in ends]
        return f"{what} ({' and '.join(shifts)}, {days})"


def find_calendar(name: str) -> Calendar:
    """The calendar with a name.

    >>> find_calendar("weekdays 1111100").describe(1), find_calendar("half months 15 31").describe(1)
    ('1 business day', '1 half month (day 15 and the last day)')
    """
    fixed: dict[str, Calendar] = {
        each.name: each for each in (Months(), Months(MONTH_END), BusinessMonths(True), BusinessMonths(False), Days())
    }
    if name in fixed:
        return fixed[name]
    numbers = re.findall(r"\d+", name)
    if name.startswith("months on day"):
        return Months(int(numbers[0]))
    if name.startswith("half months"):
        return HalfMonths(*map(int, numbers))
    if name.startswith("weekdays"):
        return Days(_to_mask(numbers[0]))
    step, *shifts = map(int, numbers[:-1])
    return OfficeHours(step, tuple(zip(shifts[::2], shifts[1::2], strict=True)), _to_mask(numbers[-1]))


def candidate_calendars(times: pd.DatetimeIndex, has_zone: bool, share: float = 1.0) -> Iterator[Calendar]:
    """The calendars that hold a share of the local times (rows,), apart from months on one day.

    `has_zone` says whether the times have UTC offsets, so that days may have 23 or 25 hours.
    """
    clock = np.unique(_split_days(times)[1])
    if len(clock) == 1:
        dates = np.unique(_dates(times))
        if has_zone:
            yield Days()
        yield from _month_calendars(dates, share)
        yield from (Days(mask) for mask in _masks(dates, share) if mask != EVERY_DAY)
    elif len(clock):
        yield from _office_hours(times, clock)


def on_calendar(calendar: Calendar, times: pd.DatetimeIndex) -> NDArray[np.bool_]:
    """Whether local times are times of a calendar: (rows,); always for months without a day."""
    if not len(times) or calendar == Months():
        return np.ones(len(times), bool)
    return np.asarray(calendar.to_times(calendar.to_ticks(times), times[0]) == times)


def _month_calendars(dates: NDArray[np.datetime64], share: float) -> Iterator[Calendar]:
    """Calendars with one or two days a month that hold a share of the dates (days,)."""
    times = pd.DatetimeIndex(dates.astype("M8[s]"))
    common = np.bincount(times.day).argsort()[-2:].tolist()  # days of the month
    days = dict.fromkeys([*common, *range(MIN_SHORTEST + 1, MONTH_END + 1)])
    singles: list[Calendar] = [BusinessMonths(last=True), BusinessMonths(last=False), *map(Months, days)]
    yield from (each for each in singles if on_calendar(each, times).mean() >= share)
    for second in days:
        is_second = on_calendar(Months(second), times)
        earlier = times.day[~is_second & (times.day < second)]
        if not len(earlier) or not MIN_HALF <= is_second.mean() <= 1 - MIN_HALF:
            continue
        calendar = HalfMonths(int(np.bincount(earlier).argmax()), second)
        if on_calendar(calendar, times).mean() >= share:
            yield calendar


def _office_hours(times: pd.DatetimeIndex, clock: NDArray[np.int64]) -> Iterator[Calendar]:
    """Calendars of the times of day `clock` (times,), if they are equally far apart except for the night and breaks."""
    gaps = np.diff(clock, append=clock[0] + DAY)
    night, step = int(gaps.argmax()), int(gaps.min())
    if gaps[night] == step or (gaps > step).sum() > MAX_SHIFTS:
        return
    clock = np.roll(clock, -night - 1)
    clock = np.where(clock < clock[0], clock + DAY, clock)
    shifts = np.split(clock, np.flatnonzero(np.diff(clock) > step) + 1)
    days = np.unique(_split_days(times, int(clock[0]))[0])
    if len(days) >= MIN_DAYS:
        found = tuple((int(shift[0]), len(shift)) for shift in shifts)
        yield from (OfficeHours(step, found, mask) for mask in (*_masks(days), EVERY_DAY))


def _masks(dates: NDArray[np.datetime64], share: float = 1.0) -> Iterator[Mask]:
    """Days of the week that hold a share of the dates (days,): business days, and those that others never join."""
    weekday = (dates - ORIGIN).astype(np.int64) % 7
    occurring = np.bincount(weekday, minlength=7) > (1 - share) * len(dates)
    if not occurring[5:].any():
        yield BUSINESS
    span = np.arange(dates.min(), dates.max() + 1)
    expected = np.bincount((span - ORIGIN).astype(np.int64) % 7, minlength=7)
    if occurring.sum() > 1 and (expected[~occurring] >= MIN_ABSENCES).all():
        yield tuple(occurring.tolist())


def _split_days(times: pd.DatetimeIndex, start: int = 0) -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """Days that begin `start` nanoseconds after midnight, and nanoseconds since they began: both (rows,)."""
    dates = _dates(times)
    clock = (times.to_numpy() - dates).astype("m8[ns]").astype(np.int64) - start
    return dates - (clock < 0), clock % DAY


def _month_numbers(times: pd.DatetimeIndex) -> Ticks:
    """Months since January 1970: (rows,)."""
    return np.asarray(times.to_numpy().astype("M8[M]").astype(np.int64))


def _days_of_month(months: Ticks, day: int) -> NDArray[np.datetime64]:
    """A day of each month (rows,), or the last day of a shorter one."""
    starts = months.astype("M8[M]")
    return np.asarray(np.minimum(starts.astype("M8[D]") + (day - 1), (starts + 1).astype("M8[D]") - 1))


def _dates(times: pd.DatetimeIndex) -> NDArray[np.datetime64]:
    return np.asarray(times.to_numpy().astype("M8[D]"))


def _count_days(dates: NDArray[np.datetime64], mask: Mask) -> Ticks:
    return np.asarray(np.busday_count(ORIGIN, dates + 1, weekmask=list(mask)), np.int64) - 1


def _add_days(days: Ticks, mask: Mask) -> NDArray[np.datetime64]:
    return np.asarray(np.busday_offset(ORIGIN, days, roll="forward", weekmask=list(mask)))


def _at_clock(dates: NDArray[np.datetime64], like: pd.Timestamp) -> pd.DatetimeIndex:
    """Dates (rows,) at the time of day of a timestamp."""
    return pd.DatetimeIndex(dates.astype(f"M8[{like.unit}]")) + (like - like.normalize())


def _clock_text(nanoseconds: int) -> str:
    minutes = nanoseconds % DAY // MINUTE
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _name_days(mask: Sequence[bool]) -> str:
    if all(mask):
        return "every day"
    count = sum(mask)
    first = (2 * _to_text(mask)).find("1" * count)
    if first < 0 or count < 3:
        return ", ".join(name for name, occurs in zip(DAY_NAMES, mask, strict=True) if occurs)
    return f"{DAY_NAMES[first]} to {DAY_NAMES[(first + count - 1) % len(DAY_NAMES)]}"


def _to_text(mask: Sequence[bool]) -> str:
    return "".join(str(int(occurs)) for occurs in mask)


def _to_mask(text: str) -> Mask:
    return tuple(letter == "1" for letter in text)
