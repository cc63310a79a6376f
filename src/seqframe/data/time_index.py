"""The index of a table: series ids and times, and the frequency of the times.

A series is a block of consecutive rows. The last level of the index holds the time of each row, or its number; with
several series the level `sequence` comes before it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.time_calendars import (
    DAY,
    HOUR,
    MINUTE,
    Calendar,
    Days,
    OfficeHours,
    candidate_calendars,
    find_calendar,
)
from seqframe.data.timestamps import parse_timestamps
from seqframe.errors import UserError, count_noun

SEQUENCE = "sequence"  # index level of the series: numbers from 0 (generated data), or the ids of a table
ROW = "row"  # index level of row numbers, if there is no time column

Unit = str  # "number", "nanoseconds", or the name of a calendar, such as "months"
Numbers = NDArray[np.int64] | NDArray[np.float64]
NANOSECONDS_PER_TICK = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}  # by the resolution of the timestamps
NANOSECONDS_PER_UNIT = {
    "day": DAY,
    "hour": HOUR,
    "minute": MINUTE,
    "second": 10**9,
    "millisecond": 10**6,
    "microsecond": 10**3,
    "nanosecond": 1,
}
MIN_CALENDAR_SHARE = 3 / 4  # of the differences that are one step, so that a calendar is taken
MIN_ROUNDED_TICKS = 1000  # ticks in a step whose length may be no whole number of ticks
TOLERANCE = 1e-3  # deviation that fractional times may have from a whole step, as a fraction of the step


@dataclass(frozen=True)
class SourceRow:
    """Position of the rows in their source file; `order` is None if the order of the file was kept."""

    file: str
    order: NDArray[np.intp] | None = None

    def select(self, rows: NDArray[np.intp]) -> "SourceRow":
        """The source of some of the rows, perhaps in another order."""
        return SourceRow(self.file, rows if self.order is None else self.order[rows])

    def describe(self, number: int, index: pd.Index) -> str:
        """Text for a row of the file, for example `row 4 of series b`; rows count from 1."""
        line = int(number if self.order is None else self.order[number]) + 1
        return f"row {line}" + (f" of series {index[number][0]}" if index.nlevels > 1 else "")


def index_rows(
    keys: pd.DataFrame,
    time: str | None,
    series: str | None,
    file: str,
    date_format: str | None = None,
    timezone: str | None = None,
    notes: list[str] | None = None,
) -> tuple[pd.Index, SourceRow]:
    """The index of a table, and the order of its rows: series by series, in the order of their first rows.

    `keys` (rows, key columns) holds the columns `time` and `series`. `date_format` and `timezone` are as for
    `parse_timestamps`. Rows without an id are skipped, which `notes` receives as a sentence.

    Raises:
        UserError: No row has an id, or a time cannot be parsed.
    """
    if time is None:
        times: pd.Index = pd.RangeIndex(len(keys), name=ROW)
    else:
        times = parse_timestamps(keys[time], file, date_format, timezone, notes, keys[series] if series else None)
    if series is None:
        return times, SourceRow(file)
    codes, ids = pd.factorize(_without_categories(keys[series]))  # -1 for a row without an id
    missing = codes < 0
    if missing.all():
        raise UserError(f"Column {series} of {file} must name a series in every row. Received: empty cells only.")
    if missing.any() and notes is not None:
        notes.append(
            f"Column {series} is empty in {missing.sum()} of {len(codes)} rows, first in row {missing.argmax() + 1}: "
            "these rows are not used."
        )
    order = None
    if missing.any() or (codes[1:] < codes[:-1]).any():
        order = np.argsort(codes, kind="stable")[missing.sum() :]
    codes = codes if order is None else codes[order]
    if time is None:
        times = number_rows(np.bincount(codes))
    elif order is not None:
        times = times[order]
    return join_levels(pd.Index(ids)[codes], times), SourceRow(file, order)


def join_levels(ids: pd.Index, times: pd.Index) -> pd.MultiIndex:
    """The index of several series from their ids (rows,) and times (rows,)."""
    return pd.MultiIndex.from_arrays([ids, times], names=[SEQUENCE, times.name])


def number_rows(lengths: NDArray[np.intp]) -> pd.Index:
    """Row numbers that start at 0 in every series.

    >>> number_rows(np.array([2, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    starts = np.cumsum(lengths) - lengths
    return pd.Index(np.arange(lengths.sum()) - np.repeat(starts, lengths), name=ROW)


def series_starts(index: pd.Index) -> NDArray[np.intp]:
    """Position of the first row of every series: (series,).

    >>> series_starts(pd.MultiIndex.from_product([["a", "b"], range(3)])).tolist()
    [0, 3]
    """
    if index.nlevels == 1:
        return np.zeros(min(1, len(index)), np.intp)
    codes = index.codes[0]
    return np.concatenate([np.zeros(min(1, len(codes)), np.intp), np.flatnonzero(codes[1:] != codes[:-1]) + 1])


def series_lengths(index: pd.Index) -> NDArray[np.intp]:
    """Number of rows of every series: (series,)."""
    return np.diff(series_starts(index), append=len(index))


def check_series_lengths(index: pd.Index, file: str) -> None:
    """Check that a series has at least two rows; shorter ones are in no window.

    Raises:
        UserError: Every series has one row, or none.
    """
    if index.nlevels > 1 and len(index) and series_lengths(index).max() < 2:
        raise UserError(
            f"A series needs at least two rows. Received: {len(index)} series of one row in {file}. Name the column in "
            "data.id_column whose value is the same in all rows of a series."
        )


def lost_series(index: pd.Index) -> list[Any]:
    """The ids of the series whose rows were all dropped."""
    if index.nlevels == 1:
        return []
    return list(index.levels[0][~np.isin(np.arange(len(index.levels[0])), index.codes[0])])


def has_row_numbers(index: pd.Index) -> bool:
    """Whether the index has no times: rows have a number, or the label of a step of a wide table."""
    names = index.levels[-1] if index.nlevels > 1 else index
    return isinstance(names.dtype, pd.CategoricalDtype) or (
        index.names[-1] == ROW and pd.api.types.is_integer_dtype(names)
    )


def row_positions(index: pd.Index) -> NDArray[np.int64]:
    """Row numbers, or the positions of the labels of a wide table: (rows,)."""
    names = index.get_level_values(-1)
    positions = names.codes if isinstance(names, pd.CategoricalIndex) else names.to_numpy()
    found: NDArray[np.int64] = positions.astype(np.int64)
    return found


def find_unit(times: pd.Index, allow_months: bool = True) -> Unit:
    """The unit in which differences of times are measured, if no calendar is needed.

    It is calendar months if all times share the time of day and the day of the month, or are the last day of a month.
    """
    if not isinstance(times, pd.DatetimeIndex):
        return "number"
    local = times.tz_localize(None)
    day = NANOSECONDS_PER_UNIT["day"] // NANOSECONDS_PER_TICK[times.unit]
    if allow_months and len(local) and (local.asi8 % day == local.asi8[0] % day).all():
        if (local.day == local.day[0]).all():
            return "months"
        if (local.day == local.days_in_month).all():  # `is_month_end` would depend on the attribute `freq`
            return "month ends"
    return "nanoseconds"


def to_ticks(times: pd.Index, unit: Unit) -> Numbers:
    """Times as numbers (rows,): ticks of a calendar, of the resolution of the timestamps, or the numbers themselves."""
    if unit == "number":
        numbers: Numbers = times.to_numpy()
        return numbers
    if unit == "nanoseconds":
        ticks: Numbers = times.asi8
        return ticks
    return find_calendar(unit).to_ticks(times.tz_localize(None))


def units_per_tick(times: pd.Index, unit: Unit) -> int:
    """Size of one tick in the unit of a frequency: nanoseconds per tick for timestamps, otherwise 1."""
    return NANOSECONDS_PER_TICK[times.unit] if unit == "nanoseconds" else 1


def tick_differences(index: pd.Index, unit: Unit) -> tuple[Numbers, NDArray[np.intp]]:
    """Ticks between consecutive rows of a series, and the position of the later row: both (differences,).

    >>> tick_differences(pd.MultiIndex.from_arrays([["a", "a", "b", "b"], [1, 3, 2, 7]]), "number")
    (array([2, 5]), array([1, 3]))
    """
    ticks = to_ticks(index.get_level_values(-1), unit)
    if index.nlevels == 1:
        return np.diff(ticks), np.arange(1, len(ticks))
    inside = np.ones(len(index), bool)
    inside[series_starts(index)] = False
    rows = np.flatnonzero(inside)
    return ticks[rows] - ticks[rows - 1], rows


@dataclass(frozen=True)
class Frequency:
    """Time between consecutive rows: ticks of a calendar, nanoseconds, or a number in the unit of the time column.

    >>> print(Frequency(7 * 86_400 * 10**9, "nanoseconds"), Frequency(1, "months"), Frequency(0.5), sep=", ")
    7 days, 1 month, 0.5
    >>> print(Frequency(12, "month ends"), Frequency(1, "weekdays 1111100"), sep=", ")
    1 year, 1 business day
    """

    size: int | float
    unit: Unit = "number"

    def __str__(self) -> str:
        if self.unit == "number":
            return str(self.size) if isinstance(self.size, int) else f"{self.size:g}"
        return describe_duration(self.size) if self.calendar is None else self.calendar.describe(int(self.size))

    @property
    def calendar(self) -> Calendar | None:
        """The calendar; None for numbers and for a fixed length."""
        return None if self.unit in ("number", "nanoseconds") else find_calendar(self.unit)

    @property
    def nanoseconds(self) -> int | float | None:
        """Length of a step within a day, or of days; None for numbers and months."""
        calendar = self.calendar
        if calendar is None:
            return self.size if self.unit == "nanoseconds" else None
        if isinstance(calendar, Days):
            return NANOSECONDS_PER_UNIT["day"]
        return calendar.step if isinstance(calendar, OfficeHours) else None

    def in_ticks(self, times: pd.Index) -> int | float:
        """Length of a step in ticks of these times."""
        per_tick = units_per_tick(times, self.unit)
        return self.size // per_tick if isinstance(self.size, int) else self.size / per_tick


def describe_duration(nanoseconds: int | float) -> str:
    """A duration in its largest whole unit.

    >>> describe_duration(90 * 10**9), describe_duration(10**9 / 30)
    ('90 seconds', '33.3333 milliseconds')
    """
    whole = (name for name, length in NANOSECONDS_PER_UNIT.items() if nanoseconds % length == 0)
    largest = (name for name, length in NANOSECONDS_PER_UNIT.items() if nanoseconds >= length)
    name = next(whole, None) or next(largest, "nanosecond")
    count = nanoseconds / NANOSECONDS_PER_UNIT[name]
    return count_noun(int(count) if count == int(count) else float(f"{count:.6g}"), name)


def infer_frequency(index: pd.Index) -> Frequency | None:
    """The most common difference between consecutive rows of a series; None if no series has two rows.

    Where timestamps are not equally far apart, a calendar is taken if its steps are more regular. Without times the
    frequency is one row, also if rows were dropped.
    """
    if has_row_numbers(index):
        return Frequency(1) if (series_lengths(index) > 1).any() else None
    times = index.get_level_values(-1)
    found, regular = _most_common(index, find_unit(times))
    if found is None or regular == 1 or not isinstance(times, pd.DatetimeIndex):
        return found
    best, least = found, max(regular, MIN_CALENDAR_SHARE)
    for calendar in candidate_calendars(times.tz_localize(None), times.tz is not None):
        other, share = _most_common(index, calendar.name)
        if other is not None and share > least:
            best, least = other, share
    return best


def _most_common(index: pd.Index, unit: Unit) -> tuple[Frequency | None, float]:
    """The most common difference between consecutive rows, and the share of the differences that have this length."""
    times = index.get_level_values(-1)
    differences, _ = tick_differences(index, unit)
    differences = differences[differences > 0]
    if not differences.size:
        return None, 0.0
    if (differences == differences[0]).all():
        return Frequency(differences[0].item() * units_per_tick(times, unit), unit), 1.0
    if differences.dtype.kind == "f":
        rounded = np.round(differences / np.median(differences) / TOLERANCE)
        values, counts = np.unique(rounded, return_counts=True)
        share = float(counts.max() / len(differences))
        return Frequency(float(differences[rounded == values[counts.argmax()]].mean())), share
    values, counts = np.unique(differences, return_counts=True)
    size = int(values[counts.argmax()])
    if unit == "nanoseconds" and len(values) > 1 and (mean := _rounded_step(differences, size, times)) is not None:
        return Frequency(mean * units_per_tick(times, unit), unit), 1.0
    return Frequency(size * units_per_tick(times, unit), unit), float(counts.max() / len(differences))


def _rounded_step(differences: Numbers, size: int, times: pd.DatetimeIndex) -> float | None:
    """The mean step in ticks if it explains the differences (rows,) up to rounding, such as 1/30 s; otherwise None.

    It is a whole number of steps a second, if there is one.
    """
    steps = np.rint(differences / size)
    count = float(steps.sum())
    mean = float(differences.sum()) / count if count else 0.0
    if mean < MIN_ROUNDED_TICKS or mean == size or (np.abs(differences - steps * mean) > 1).any():
        return None
    second = NANOSECONDS_PER_UNIT["second"] / NANOSECONDS_PER_TICK[times.unit]
    exact = second / max(1, round(second / mean))
    return exact if abs(exact - mean) * count <= 1 else mean


def count_steps(index: pd.Index, frequency: Frequency) -> NDArray[np.int64]:
    """Time of every row in whole steps: (rows,), from 0 at the earliest time of all series.

    Without times, the last row of every series is step 0.

    >>> count_steps(pd.RangeIndex(4, name="row"), Frequency(1)).tolist()
    [-3, -2, -1, 0]
    """
    if not len(index):
        return np.empty(0, np.int64)
    if has_row_numbers(index):
        if isinstance(index, pd.RangeIndex):
            return np.arange(index[0] - index[-1], 1, index.step)
        numbers, lengths = row_positions(index), series_lengths(index)
        if index.names[-1] != ROW:
            return np.asarray(numbers - numbers.min())
        last = numbers[series_starts(index) + lengths - 1]  # (series,)
        return np.asarray(numbers - np.repeat(last, lengths))
    times = index.get_level_values(-1)
    ticks = to_ticks(times, frequency.unit)
    past, size = ticks - ticks.min(), frequency.in_ticks(times)
    if past.dtype.kind == "f" or isinstance(size, float):
        return np.asarray(np.floor(past / size + TOLERANCE), np.int64)
    return np.asarray(past // size)


def row_steps(index: pd.Index, frequency: Frequency | None = None) -> NDArray[np.int64]:
    """Time of every row in whole steps of a frequency, or of the inferred one: (rows,); 0 if there is none."""
    frequency = frequency or infer_frequency(index)
    return np.zeros(len(index), np.int64) if frequency is None else count_steps(index, frequency)


def times_after(last: Any, frequency: Frequency, count: int) -> pd.Index:
    """Times of the next `count` steps: (count,).

    >>> times_after(pd.Timestamp("2001-01-31"), Frequency(1, "month ends"), 2).astype(str).tolist()
    ['2001-02-28', '2001-03-31']
    """
    return times_at(last, frequency, np.arange(1, count + 1))


def times_at(first: Any, frequency: Frequency, steps: NDArray[np.int64]) -> pd.Index:
    """Times that are `steps` (times,) steps after `first`: (times,)."""
    if isinstance(first, str):  # a label of a wide table: the next labels are unknown
        return pd.Index([f"{first}+{number}" for number in steps])
    if frequency.unit == "number":
        return pd.Index(first + steps * frequency.size)
    stamp = pd.Timestamp(first)
    if frequency.calendar is None:
        if isinstance(frequency.size, int):
            return (stamp + pd.to_timedelta(steps * frequency.size, unit="ns")).as_unit(stamp.unit)
        ticks = np.rint(steps * frequency.in_ticks(pd.DatetimeIndex([stamp]))).astype(np.int64)
        return pd.DatetimeIndex(stamp + pd.to_timedelta(ticks, unit=stamp.unit))
    local = stamp.tz_localize(None)
    ticks = frequency.calendar.to_ticks(pd.DatetimeIndex([local])) + steps * int(frequency.size)
    times = frequency.calendar.to_times(ticks, local)
    return times.tz_localize(stamp.tz, ambiguous=np.ones(len(times), bool), nonexistent="shift_forward")


def _without_categories(ids: pd.Series) -> pd.Series:
    """Ids with the type of their categories, if they are categorical."""
    return ids.astype(ids.cat.categories.dtype) if isinstance(ids.dtype, pd.CategoricalDtype) else ids
