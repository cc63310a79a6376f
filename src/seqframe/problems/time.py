"""The step of time: from the names of rows to numbers of steps that know of gaps, and on to the times that follow."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.problems.series import ROW, series_lengths, series_starts
from seqframe.problems.ticks import Unit, differences_in, is_plain_order, nanoseconds_in, places, to_ticks, unit_of

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
class Step:
    """What lies between a row and the next: calendar months, nanoseconds, or a number in the unit of the time column.

    >>> print(Step(7 * 86_400 * 10**9, "nanoseconds"), Step(1, "months"), Step(12, "month ends"), Step(0.5), sep=", ")
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


def find_step(index: pd.Index) -> Step | None:
    """The most common difference between neighbours of a series; None where no series has two rows.

    Rows without time are one row apart, whichever of them were dropped.
    """
    if is_plain_order(index):
        return Step(1) if (series_lengths(index) > 1).any() else None
    times = index.get_level_values(-1)
    unit = unit_of(times)
    differences, _ = differences_in(index, unit)
    differences = differences[differences > 0]
    if not differences.size:
        return None
    if differences.dtype.kind == "f":
        rounded = np.round(differences / np.median(differences) / TOLERANCE)
        values, counts = np.unique(rounded, return_counts=True)
        return Step(float(differences[rounded == values[counts.argmax()]].mean()))
    values, counts = np.unique(differences, return_counts=True)
    return Step(int(values[counts.argmax()]) * nanoseconds_in(times, unit), unit)


def count_steps(index: pd.Index, step: Step) -> NDArray[np.int64]:
    """Which step every row stands at: (rows,), from 0 at the earliest time of all series.

    Rows without time count from the end of their series, which is 0.

    >>> count_steps(pd.RangeIndex(4, name="row"), Step(1)).tolist()
    [-3, -2, -1, 0]
    """
    if not len(index):
        return np.empty(0, np.int64)
    if is_plain_order(index):
        if isinstance(index, pd.RangeIndex):
            return np.arange(index[0] - index[-1], 1, index.step)
        numbers, lengths = places(index), series_lengths(index)
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


def in_ticks(step: Step, times: pd.Index) -> int | float:
    """How long a step is in the ticks of such times."""
    return step.size // nanoseconds_in(times, step.unit) if isinstance(step.size, int) else step.size


def times_after(last: Any, step: Step, count: int) -> pd.Index:
    """The times of the `count` steps that follow: (count,).

    >>> times_after(pd.Timestamp("2001-01-31"), Step(1, "month ends"), 2).astype(str).tolist()
    ['2001-02-28', '2001-03-31']
    """
    return times_at(last, step, np.arange(1, count + 1))


def times_at(first: Any, step: Step, steps: NDArray[np.int64]) -> pd.Index:
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
