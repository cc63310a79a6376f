"""The step of time: from the names of rows to numbers of steps that know of gaps, and on to the times that follow."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.errors import UserError

# Times as they stand in a table: dates, dates written as one number, and plain numbers such as years.

FIRST_DATE, LAST_DATE = 1000_01_01, 9999_12_31  # of the whole numbers that may be dates


def parse_timestamps(column: pd.Series, file: str) -> pd.Index:
    """Read a column of times: (rows,), timestamps or numbers, named by the column.

    Raises:
        UserError: A time is missing, or is neither.
    """
    _refuse_where(column.isna().to_numpy(), column, file, "must have a time in every row")
    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.DatetimeIndex(column, name=column.name)
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return _numbers(column, file)
    return _dates_in_text(column, file)


def as_dates(numbers: NDArray[np.int64]) -> pd.DatetimeIndex | None:
    """Whole numbers as the dates that they spell as YYYYMMDD, or None where one of them spells none.

    >>> as_dates(np.array([19580329, 20000229]))
    DatetimeIndex(['1958-03-29', '2000-02-29'], dtype='datetime64[us]', freq=None)
    >>> as_dates(np.array([19580329, 20010229]))
    """
    if not numbers.size or numbers.min() < FIRST_DATE or numbers.max() > LAST_DATE:
        return None
    year, month, day = numbers // 10_000, numbers // 100 % 100, numbers % 100
    months = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    dates = months.astype("M8[D]") + (day - 1)
    if month.min() < 1 or month.max() > 12 or day.min() < 1 or (dates.astype("M8[M]") != months).any():
        return None
    return pd.DatetimeIndex(dates.astype("M8[us]"))


def _numbers(column: pd.Series, file: str) -> pd.Index:
    if pd.api.types.is_integer_dtype(column):
        numbers = column.to_numpy(np.int64)
        dates = as_dates(numbers)
        return pd.Index(numbers, name=column.name) if dates is None else dates.rename(column.name)
    numbers = column.to_numpy(np.float64)
    _refuse_where(~np.isfinite(numbers), column, file, "must hold finite numbers")
    return pd.Index(numbers, name=column.name)


def _dates_in_text(column: pd.Series, file: str) -> pd.Index:
    text = column.astype(str)
    try:
        dates = pd.to_datetime(text, format="ISO8601", errors="coerce")
    except ValueError:  # offsets from UTC differ, as where summer time begins
        dates = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
    _refuse_where(
        dates.isna().to_numpy(),
        column,
        file,
        "must hold dates as 2001-12-31 or 20011231, with a time or not, or numbers",
    )
    return pd.DatetimeIndex(dates, name=column.name)


def _refuse_where(bad: NDArray[np.bool_], column: pd.Series, file: str, rule: str) -> None:
    if bad.any():
        first = int(bad.argmax())
        received = "nothing" if pd.isna(column.iloc[first]) else repr(str(column.iloc[first]))
        raise UserError(
            f"Column {column.name} of {file} {rule}. "
            f"Received: {received} in row {first + 1} ({bad.sum()} such rows). Mend the table."
        )


# The names of rows: which series of a table they belong to, and when they are.

SEQUENCE = "sequence"  # the level of the index that tells sequences apart: numbers from 0, or the ids of a table
ROW = "row"  # the level that numbers rows which have no time


@dataclass(frozen=True)
class SourceRow:
    """Where rows stand in the file that they come from; `order` is None where they kept its order."""

    file: str
    order: NDArray[np.intp] | None = None

    def row(self, number: int, index: pd.Index) -> str:
        """A row in words, as `row 4 of series b`, counted from 1 as in the file."""
        line = int(number if self.order is None else self.order[number]) + 1
        return f"row {line}" + (f" of series {index[number][0]}" if index.nlevels > 1 else "")


def index_rows(keys: pd.DataFrame, time: str | None, series: str | None, file: str) -> tuple[pd.Index, SourceRow]:
    """Put the rows of a series together, in the order in which series appear, and name them.

    Raises:
        UserError: A row has no id, or no time that can be read.
    """
    times = parse_timestamps(keys[time], file) if time else pd.RangeIndex(len(keys), name=ROW)
    if series is None:
        return times, SourceRow(file)
    missing = keys[series].isna().to_numpy()
    if missing.any():
        raise UserError(
            f"Column {series} of {file} must name a series in every row. "
            f"Received: nothing in row {missing.argmax() + 1} ({missing.sum()} such rows). Fill it in."
        )
    codes, ids = pd.factorize(_plain(keys[series]))
    order = None if (codes[1:] >= codes[:-1]).all() else np.argsort(codes, kind="stable")
    codes = codes if order is None else codes[order]
    if time is None:
        times = number_rows(np.bincount(codes))
    elif order is not None:
        times = times[order]
    return join_levels(pd.Index(ids)[codes], times), SourceRow(file, order)


def join_levels(ids: pd.Index, times: pd.Index) -> pd.MultiIndex:
    """The names of rows of many series: (rows,), (rows,) -> (rows,) with two levels."""
    return pd.MultiIndex.from_arrays([ids, times], names=[SEQUENCE, times.name])


def number_rows(lengths: NDArray[np.intp]) -> pd.Index:
    """Row numbers that begin at 0 in every series.

    >>> number_rows(np.array([2, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    starts = np.cumsum(lengths) - lengths
    return pd.Index(np.arange(lengths.sum()) - np.repeat(starts, lengths), name=ROW)


def series_starts(index: pd.Index) -> NDArray[np.intp]:
    """The numbers of the rows with which the series begin.

    >>> series_starts(pd.MultiIndex.from_product([["a", "b"], range(3)])).tolist()
    [0, 3]
    """
    if index.nlevels == 1:
        return np.zeros(min(1, len(index)), np.intp)
    codes = index.codes[0]
    return np.concatenate([np.zeros(min(1, len(codes)), np.intp), np.flatnonzero(codes[1:] != codes[:-1]) + 1])


def series_lengths(index: pd.Index) -> NDArray[np.intp]:
    """How many rows every series has, in the order of the rows."""
    return np.diff(series_starts(index), append=len(index))


def check_series_lengths(index: pd.Index, file: str) -> None:
    """Hold every series to two rows, those included that had rows and lost them.

    Raises:
        UserError: A series is shorter.
    """
    if index.nlevels == 1:
        return
    ids = index.levels[0]
    lengths = np.bincount(index.codes[0], minlength=len(ids))
    short = np.flatnonzero(lengths < 2)
    if short.size:
        raise UserError(
            f"A series needs at least two rows. Received: series {ids[short[0]]} of {file} with {lengths[short[0]]} "
            f"({short.size} such series of {len(ids)}). Leave it out, or name another column in data.id_column."
        )


def _plain(ids: pd.Series) -> pd.Series:
    """Ids as they are, without the list of categories that a file may keep them by."""
    return ids.astype(ids.cat.categories.dtype) if isinstance(ids.dtype, pd.CategoricalDtype) else ids


# The names of rows as numbers that can be subtracted.

Unit = Literal["number", "nanoseconds", "months", "month ends"]
Numbers = NDArray[np.int64] | NDArray[np.float64]
NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}  # of a tick of timestamps of that resolution


def is_plain_order(index: pd.Index) -> bool:
    """Whether rows are named by their place alone: a row number, or the label of a step of an unfolded line."""
    names = index.levels[-1] if index.nlevels > 1 else index
    return isinstance(names.dtype, pd.CategoricalDtype) or (
        index.names[-1] == ROW and pd.api.types.is_integer_dtype(names)
    )


def row_positions(index: pd.Index) -> NDArray[np.int64]:
    """The places of rows in plain order: (rows,)."""
    names = index.get_level_values(-1)
    found: NDArray[np.int64] = (names.codes if isinstance(names, pd.CategoricalIndex) else names.to_numpy()).astype(
        np.int64
    )
    return found


def unit_of(times: pd.Index, within_months: bool = True) -> Unit:
    """What times are counted in: in calendar months where all share a day of the month, or its end, and time of day."""
    if not isinstance(times, pd.DatetimeIndex):
        return "number"
    wall = times.tz_localize(None)
    day = 86_400 * 10**9 // NANOSECONDS[times.unit]
    if within_months and len(wall) and (wall.asi8 % day == wall.asi8[0] % day).all():
        if (wall.day == wall.day[0]).all():
            return "months"
        if wall.is_month_end.all():
            return "month ends"
    return "nanoseconds"


def to_ticks(times: pd.Index, unit: Unit) -> Numbers:
    """Times as numbers: (rows,), months, ticks of the timestamps' resolution, or the numbers that they are."""
    if unit == "number":
        numbers: Numbers = times.to_numpy()
        return numbers
    if unit == "nanoseconds":
        ticks: Numbers = times.asi8
        return ticks
    months: Numbers = times.tz_localize(None).to_numpy().astype("M8[M]").astype(np.int64)
    return months


def nanoseconds_in(times: pd.Index, unit: Unit) -> int:
    """What a tick is worth in the unit of a step: nanoseconds where it counts in them, else 1."""
    return NANOSECONDS[times.unit] if unit == "nanoseconds" else 1


def differences_in(index: pd.Index, unit: Unit) -> tuple[Numbers, NDArray[np.intp]]:
    """The ticks from each row to the next of its series, and the numbers of the latter rows: both (differences,).

    >>> differences_in(pd.MultiIndex.from_arrays([["a", "a", "b", "b"], [1, 3, 2, 7]]), "number")
    (array([2, 5]), array([1, 3]))
    """
    inside = np.ones(len(index), bool)
    inside[series_starts(index)] = False
    rows = np.flatnonzero(inside)
    ticks = to_ticks(index.get_level_values(-1), unit)
    return ticks[rows] - ticks[rows - 1], rows


LENGTHS = {  # in nanoseconds
    "day": 86_400 * 10**9,
    "hour": 3_600 * 10**9,
    "minute": 60 * 10**9,
    "second": 10**9,
    "millisecond": 10**6,
    "microsecond": 10**3,
    "nanosecond": 1,
}
TOLERANCE = 1e-3  # of a step, by which times that are fractional numbers may be off


@dataclass(frozen=True)
class Frequency:
    """What lies between a row and the next: calendar months, nanoseconds, or a number in the unit of the time column.

    >>> print(Frequency(7 * 86_400 * 10**9, "nanoseconds"), Frequency(1, "months"), Frequency(12, "month ends"), Frequency(0.5), sep=", ")
    7 days, 1 month, 1 year, 0.5
    """

    size: int | float
    unit: Unit = "number"

    def __str__(self) -> str:
        if self.unit == "number":
            return str(self.size) if isinstance(self.size, int) else f"{self.size:g}"
        if self.unit == "nanoseconds":
            name = next(name for name, length in LENGTHS.items() if self.size % length == 0)
            count = int(self.size // LENGTHS[name])
        else:
            name = "year" if self.size % 12 == 0 else "month"
            count = int(self.size // 12 if name == "year" else self.size)
        return f"{count} {name}{'s' * (count != 1)}"


def infer_frequency(index: pd.Index) -> Frequency | None:
    """The most common difference between neighbours of a series; None where no series has two rows.

    Rows without time are one row apart, whichever of them were dropped.
    """
    if is_plain_order(index):
        return Frequency(1) if (series_lengths(index) > 1).any() else None
    times = index.get_level_values(-1)
    unit = unit_of(times)
    differences, _ = differences_in(index, unit)
    differences = differences[differences > 0]
    if not differences.size:
        return None
    if differences.dtype.kind == "f":
        rounded = np.round(differences / np.median(differences) / TOLERANCE)
        values, counts = np.unique(rounded, return_counts=True)
        return Frequency(float(differences[rounded == values[counts.argmax()]].mean()))
    values, counts = np.unique(differences, return_counts=True)
    return Frequency(int(values[counts.argmax()]) * nanoseconds_in(times, unit), unit)


def count_steps(index: pd.Index, step: Frequency) -> NDArray[np.int64]:
    """Which step every row stands at: (rows,), from 0 at the earliest time of all series.

    Rows without time count from the end of their series, which is 0.

    >>> count_steps(pd.RangeIndex(4, name="row"), Frequency(1)).tolist()
    [-3, -2, -1, 0]
    """
    if not len(index):
        return np.empty(0, np.int64)
    if is_plain_order(index):
        if isinstance(index, pd.RangeIndex):
            return np.arange(index[0] - index[-1], 1, index.step)
        numbers, lengths = row_positions(index), series_lengths(index)
        if index.names[-1] != ROW:
            return np.asarray(numbers - numbers.min())
        last = numbers[series_starts(index) + lengths - 1]  # (series,)
        return np.asarray(numbers - np.repeat(last, lengths))
    times = index.get_level_values(-1)
    ticks = to_ticks(times, step.unit)
    past, size = ticks - ticks.min(), in_ticks(step, times)
    if past.dtype.kind == "f" or isinstance(size, float):
        return np.asarray(np.floor(past / size + TOLERANCE), np.int64)
    return np.asarray(past // size)


def in_ticks(step: Frequency, times: pd.Index) -> int | float:
    """How long a step is in the ticks of such times."""
    return step.size // nanoseconds_in(times, step.unit) if isinstance(step.size, int) else step.size


def times_after(last: Any, step: Frequency, count: int) -> pd.Index:
    """The times of the `count` steps that follow: (count,).

    >>> times_after(pd.Timestamp("2001-01-31"), Frequency(1, "month ends"), 2).astype(str).tolist()
    ['2001-02-28', '2001-03-31']
    """
    return times_at(last, step, np.arange(1, count + 1))


def times_at(first: Any, step: Frequency, steps: NDArray[np.int64]) -> pd.Index:
    """The times that lie so many steps after the first: (times,)."""
    if isinstance(first, str):  # a label of an unfolded line, of which nobody knows how they go on
        return pd.Index([f"{first}+{number}" for number in steps])
    if step.unit == "number":
        return pd.Index(first + steps * step.size)
    stamp = pd.Timestamp(first)
    if step.unit == "nanoseconds":
        return (stamp + pd.to_timedelta(steps * step.size, unit="ns")).as_unit(stamp.unit)
    wall = stamp.tz_localize(None)
    months = wall.to_numpy().astype("M8[M]") + steps * step.size
    month_ends = (months + 1).astype("M8[D]") - 1
    same_day = months.astype("M8[D]") + (wall.day - 1)
    days = month_ends if step.unit == "month ends" else np.minimum(same_day, month_ends)
    times = pd.DatetimeIndex(days.astype(f"M8[{stamp.unit}]")) + (wall - wall.normalize())
    return times.tz_localize(stamp.tz, ambiguous=np.ones(len(times), bool), nonexistent="shift_forward")


# What a time column must keep: order, one step, and no gaps that nobody has allowed.

MOST_INSERTED = 100  # rows for each that is there: beyond that a time is wrong, rather than rows missing
SHARE_OF_SECOND_STEP = 1 / 4
HINT = "Set data.missing to drop, interpolate or ffill, or mend the table."


@dataclass(frozen=True)
class TimeDeltas:
    """The ticks from rows to the next of their series, all (differences,): in steps, and whether they are whole steps.

    `rows` numbers the latter row of each.
    """

    ticks: Numbers
    rows: NDArray[np.intp]
    steps: NDArray[np.int64]
    whole: NDArray[np.bool_]


def measure_time_deltas(index: pd.Index, step: Frequency) -> TimeDeltas:
    """Count the steps between neighbours."""
    ticks, rows = differences_in(index, step.unit)
    size = in_ticks(step, index.get_level_values(-1))
    if ticks.dtype.kind == "i":
        return TimeDeltas(ticks, rows, (ticks // size).astype(np.int64), ticks % size == 0)
    steps = np.rint(ticks / size)
    return TimeDeltas(ticks, rows, steps.astype(np.int64), np.abs(ticks - steps * size) <= TOLERANCE * size)


def check_time_order(index: pd.Index, place: SourceRow) -> None:
    """Hold the times of every series to be rising.

    Raises:
        UserError: A time is earlier than the one before it, or is there twice.
    """
    times = index.get_level_values(-1)
    within = " within each series" if index.nlevels > 1 else ""
    differences, rows = differences_in(index, unit_of(times, within_months=False))
    for bad, rule, said, hint in (
        (differences < 0, "be in order of time", "after", "Sort the table by it, the earliest row first."),
        (differences == 0, "have no time twice", "again after", "Keep one row, or name the ids in data.id_column."),
    ):
        if bad.any():
            first = rows[bad.argmax()]
            raise UserError(
                f"Column {times.name} of {place.file} must {rule}{within}. Received: {_say(times[first])} {said} "
                f"{_say(times[first - 1])} in {place.row(first, index)} ({bad.sum()} such rows). {hint}"
            )


def check_frequency(index: pd.Index, step: Frequency, place: SourceRow) -> None:
    """Hold all series to one step, several of which may lie between two rows.

    Raises:
        UserError: Rows lie no whole number of steps apart, a quarter of them lie another step apart, or a series has
            none that are one step apart.
    """
    jumps = measure_time_deltas(index, step)
    other = _second_step(index, jumps)
    if not other.any():
        return
    times = index.get_level_values(-1)
    kinds = other[other | (jumps.whole & (jumps.steps == 1))]
    change = jumps.rows[other | (jumps.whole & (jumps.steps == 1))][np.argmax(kinds != kinds[0])]
    second = jumps.ticks[other][0].item() * nanoseconds_in(times, step.unit)
    names = [str(step), str(Frequency(second, step.unit))]
    raise UserError(
        f"Column {times.name} of {place.file} must have one step. Received: steps of {' and of '.join(names)}, "
        f"the first change in {place.row(change, index)} ({other.sum()} of {len(other)} steps are not {names[0]}). "
        "Bring all rows to one step, or read the parts as tables of their own."
    )


def fill_time_gaps(rows: pd.DataFrame, step: Frequency, place: SourceRow, missing: str) -> pd.DataFrame:
    """Insert rows of missing values into gaps, unless `missing` is to drop them: (rows, columns), in order.

    Raises:
        UserError: There are gaps, and `missing` is to refuse them; or far more rows are missing than there are.
    """
    jumps = measure_time_deltas(rows.index, step)
    gaps = jumps.steps > 1
    lost = int((jumps.steps[gaps] - 1).sum())
    if not lost or missing == "drop":
        return rows
    times = rows.index.get_level_values(-1)
    if missing == "raise" or lost > MOST_INSERTED * len(rows):
        first = jumps.rows[gaps.argmax()]
        hint = HINT if missing == "raise" else "That is too many to fill in; mend the table."
        raise UserError(
            f"Column {times.name} of {place.file} must have no gaps. Received: a step of {step}, and nothing from "
            f"{_say(times[first - 1])} to {_say(times[first])} in {place.row(first, rows.index)} "
            f"(gaps: {gaps.sum()}, missing rows: {lost}). {hint}"
        )
    return _insert_rows(rows, step, jumps)


def _insert_rows(rows: pd.DataFrame, step: Frequency, jumps: TimeDeltas) -> pd.DataFrame:
    starts, lengths = series_starts(rows.index), series_lengths(rows.index)
    moves = np.ones(len(rows), np.int64)
    moves[jumps.rows] = jumps.steps
    numbers = np.cumsum(moves) - 1  # the row numbers of the rows read, among all: (rows,)
    ends = numbers[starts + lengths - 1] + 1
    full_lengths = ends - numbers[starts]
    values = np.full((rows.shape[1], ends[-1]), np.nan)
    values[:, numbers] = rows.to_numpy().T
    times = rows.index.get_level_values(-1)
    parts = [times_at(times[start], step, np.arange(n)) for start, n in zip(starts, full_lengths, strict=True)]
    index = parts[0].append(parts[1:]).rename(times.name)
    if rows.index.nlevels > 1:
        index = join_levels(rows.index.get_level_values(0)[starts].repeat(full_lengths), index)
    return pd.DataFrame(values.T, index, rows.columns, copy=False)


def _second_step(index: pd.Index, jumps: TimeDeltas) -> NDArray[np.bool_]:
    """Which jumps are another step than the first: (differences,); none where all others are gaps."""
    if not jumps.whole.all():
        return ~jumps.whole
    steps, counts = np.unique(jumps.steps[jumps.steps > 1], return_counts=True)
    if counts.size and counts.max() >= max(2, SHARE_OF_SECOND_STEP * len(jumps.steps)):
        return np.asarray(jumps.steps == steps[counts.argmax()])
    lengths = series_lengths(index)
    series = np.repeat(np.arange(len(lengths)), lengths)[jumps.rows]
    single = np.bincount(series[jumps.steps == 1], minlength=len(lengths))
    lacking = (single == 0) & (lengths > 2)
    return np.asarray(lacking[series])


def _say(time: Any) -> str:
    """A time in words: a date alone where it is midnight."""
    return str(time).removesuffix(" 00:00:00")
