"""Checks of a time column: one frequency, and no gaps unless `data.missing` allows them or they are holidays."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.time_calendars import candidate_calendars, on_calendar
from seqframe.data.time_index import (
    TOLERANCE,
    Frequency,
    Numbers,
    SourceRow,
    describe_duration,
    infer_frequency,
    join_levels,
    series_lengths,
    series_starts,
    tick_differences,
    times_at,
    units_per_tick,
)
from seqframe.data.time_zones import zone_that_skips
from seqframe.data.timestamps import format_time
from seqframe.errors import UserError

MAX_INSERTED = 100  # inserted rows per existing row; more than that means a wrong time rather than missing rows
SECOND_FREQUENCY_SHARE = 1 / 4  # share of differences with one other length that makes it a second frequency
NEARLY_ALL = 0.98  # of the rows, which lie on a calendar, so that the others are called mistyped
MIN_REGULAR_SHARE = 1 / 3  # of the steps that have the most common length, so that it is called the frequency
MAX_HOLIDAYS = 0.05  # rows missing on business days, compared with all rows, so that they may be holidays
MAX_HOLIDAYS_IN_A_ROW = 5  # days; a short table may lack as many in all
RESAMPLED = {  # intervals as pandas offsets, and their shortest length in seconds
    **{"1s": 1, "10s": 10, "1min": 60, "5min": 300, "10min": 600, "15min": 900, "30min": 1800},
    **{"1h": 3600, "2h": 7200, "3h": 10_800, "6h": 21_600, "12h": 43_200},
    **{"1D": 86_400, "W": 604_800, "MS": 31 * 86_400, "YS": 366 * 86_400},
}
RESAMPLED_SHARE = 0.98  # of the steps, which are not longer than the interval that is proposed
MISSING_HINT = "Set data.missing to drop, interpolate or ffill, or fix the table."


@dataclass(frozen=True)
class TimeDeltas:
    """Differences between consecutive rows of a series; all arrays are (differences,).

    Attributes:
        ticks: Differences in ticks.
        rows: Positions of the later rows.
        steps: Differences in steps, rounded.
        whole: Whether a difference is a whole number of steps.
    """

    ticks: Numbers
    rows: NDArray[np.intp]
    steps: NDArray[np.int64]
    whole: NDArray[np.bool_]


def measure_time_deltas(index: pd.Index, frequency: Frequency) -> TimeDeltas:
    """Measure the differences between consecutive rows in steps of a frequency."""
    ticks, rows = tick_differences(index, frequency.unit)
    times = index.get_level_values(-1)
    size = frequency.in_ticks(times)
    if ticks.dtype.kind == "i" and isinstance(size, int):
        whole = ticks % size == 0
        if frequency.calendar is not None:
            valid = on_calendar(frequency.calendar, times.tz_localize(None))
            whole &= valid[rows] & valid[rows - 1]
        return TimeDeltas(ticks, rows, (ticks // size).astype(np.int64), whole)
    steps = np.rint(ticks / size)
    return TimeDeltas(ticks, rows, steps.astype(np.int64), np.abs(ticks - steps * size) <= TOLERANCE * size)


def has_same_kind(index: pd.Index, frequency: Frequency) -> bool:
    """Whether the times are dates and the frequency is a step between dates, or both are numbers."""
    return isinstance(index.get_level_values(-1), pd.DatetimeIndex) == (frequency.unit != "number")


def fits(index: pd.Index, frequency: Frequency) -> bool:
    """Whether the rows have a frequency, apart from missing rows; rows alone in their series do."""
    if not has_same_kind(index, frequency):
        return False
    deltas = measure_time_deltas(index, frequency)
    return not len(deltas.steps) or bool(deltas.whole.all() and deltas.steps.min() == 1)


def check_frequency(index: pd.Index, frequency: Frequency, source: SourceRow) -> None:
    """Check that all series have one frequency; rows may be missing.

    Raises:
        UserError: Rows are not a whole number of steps apart, a quarter of the differences have one other length, or a
            series has no two rows that are one step apart.
    """
    deltas = measure_time_deltas(index, frequency)
    other = _second_frequency(index, deltas)
    if not other.any():
        return
    times = index.get_level_values(-1)
    _raise_stray_rows(index, source)
    _raise_irregular(index, deltas, frequency, source)
    regular = other | (deltas.whole & (deltas.steps == 1))
    change = deltas.rows[regular][np.argmax(other[regular] != other[regular][0])]
    second = Frequency(deltas.ticks[other][0].item() * units_per_tick(times, frequency.unit), frequency.unit)
    raise UserError(
        f"Column {times.name} of {source.file} must have one frequency. Received: steps of {frequency} and of "
        f"{second}, the first change in {source.describe(change, index)} ({other.sum()} of {len(other)} steps are not "
        f"{frequency}). {_resample_hint(times, deltas)}"
    )


def fill_time_gaps(
    df: pd.DataFrame, frequency: Frequency, source: SourceRow, missing: str, notes: list[str] | None = None
) -> pd.DataFrame:
    """Insert rows of missing values into gaps, unless `missing` is `drop`: (rows, columns), sorted by time.

    If `missing` is `raise`, rows that are missing on a few business days are inserted too, since these may be holidays;
    they repeat the row before.

    Raises:
        UserError: There are gaps and `missing` is `raise`, or far more rows are missing than exist.
    """
    deltas = measure_time_deltas(df.index, frequency)
    n_missing = int((deltas.steps[deltas.steps > 1] - 1).sum())
    if not n_missing or missing == "drop":
        return df
    holidays = missing == "raise" and _are_holidays(deltas, frequency, n_missing, len(df))
    if (missing == "raise" and not holidays) or n_missing > MAX_INSERTED * len(df):
        _raise_gap(df.index, deltas, frequency, source, missing)
    filled = _insert_rows(df, frequency, deltas)
    if holidays:
        if notes is not None:
            times = df.index.get_level_values(-1)
            before = times[deltas.rows[(deltas.steps > 1).argmax()] - 1]
            notes.append(
                f"{source.file} has no rows on some business days, which may be holidays: {n_missing} rows were "
                f"inserted that repeat the row before, the first after {format_time(before)}. Set data.missing to fill "
                "otherwise."
            )
        return filled.ffill()
    return filled


def describe_summer_time(times: pd.Index, find: Callable[[pd.DatetimeIndex], str | None], verb: str) -> str:
    """A hint if summer time begins or ends at all of some local times; empty otherwise."""
    if not isinstance(times, pd.DatetimeIndex) or times.tz is not None:
        return ""
    zone = find(times)
    return "" if zone is None else f"Summer time {verb} then: set data.timezone, for example {zone}."


def _are_holidays(deltas: TimeDeltas, frequency: Frequency, n_missing: int, rows: int) -> bool:
    """Whether so few rows are missing on business days that these may be holidays."""
    day = 0 if frequency.calendar is None else frequency.calendar.holiday
    longest = int(deltas.steps.max()) - 1
    return (
        day > 0
        and n_missing <= max(MAX_HOLIDAYS_IN_A_ROW * day, MAX_HOLIDAYS * rows)
        and longest <= MAX_HOLIDAYS_IN_A_ROW * day
    )


def _raise_gap(index: pd.Index, deltas: TimeDeltas, frequency: Frequency, source: SourceRow, missing: str) -> None:
    times = index.get_level_values(-1)
    gaps = deltas.steps > 1
    n_missing = int((deltas.steps[gaps] - 1).sum())
    first = deltas.rows[gaps.argmax()]
    hint = MISSING_HINT
    if n_missing > MAX_INSERTED * len(index):
        hint = "That is too many to fill in; fix the table."
    else:
        _raise_stray_rows(index, source)
    if n_missing <= MAX_INSERTED:
        lacking = [
            times_at(times[row - 1], frequency, np.arange(1, count))
            for row, count in zip(deltas.rows[gaps], deltas.steps[gaps], strict=True)
        ]
        hint = describe_summer_time(lacking[0].append(lacking[1:]), zone_that_skips, "begins") or hint
    raise UserError(
        f"Column {times.name} of {source.file} must have no gaps. Received: a frequency of {frequency}, and no "
        f"rows between {format_time(times[first - 1])} and {format_time(times[first])} in "
        f"{source.describe(first, index)} (gaps: {gaps.sum()}, missing rows: {n_missing}). {hint}"
    )


def _raise_stray_rows(index: pd.Index, source: SourceRow) -> None:
    """Report the first of a few rows that do not lie on the calendar of nearly all others, such as a mistyped day."""
    times = index.get_level_values(-1)
    if not isinstance(times, pd.DatetimeIndex):
        return
    local = times.tz_localize(None)
    for calendar in candidate_calendars(local, times.tz is not None, NEARLY_ALL):
        stray = ~on_calendar(calendar, local)
        frequency = infer_frequency(index[~stray])
        if not stray.any() or frequency is None or frequency.calendar is None:
            continue
        if measure_time_deltas(index[~stray], frequency).whole.all():
            row = int(stray.argmax())
            raise UserError(
                f"Column {times.name} of {source.file} must have one frequency. Received: {format_time(times[row])} in "
                f"{source.describe(row, index)}, between steps of {frequency} ({stray.sum()} such rows). Correct "
                "it, or remove the row."
            )


def _raise_irregular(index: pd.Index, deltas: TimeDeltas, frequency: Frequency, source: SourceRow) -> None:
    """Report times whose most common step is not even common."""
    regular = deltas.whole & (deltas.steps == 1)
    if frequency.unit != "nanoseconds" or regular.mean() >= MIN_REGULAR_SHARE:
        return
    times = index.get_level_values(-1)
    shortest, longest = (
        describe_duration(int(ticks) * units_per_tick(times, frequency.unit))
        for ticks in (deltas.ticks.min(), deltas.ticks.max())
    )
    row = deltas.rows[(deltas.ticks != deltas.ticks[0]).argmax()]
    raise UserError(
        f"Column {times.name} of {source.file} must have regular steps. Received: steps of {shortest} to "
        f"{longest}, the first change in {source.describe(row, index)}. "
        f"{_resample_hint(times, deltas)}"
    )


def _resample_hint(times: pd.Index, deltas: TimeDeltas) -> str:
    """The setting that averages the rows over an interval that nearly all steps fit into."""
    if not isinstance(times, pd.DatetimeIndex):
        return "Resample the table, or split it into one table per frequency."
    steps = times.asi8[deltas.rows] - times.asi8[deltas.rows - 1]
    typical = float(np.quantile(steps, RESAMPLED_SHARE)) * units_per_tick(times, "nanoseconds") / 10**9
    interval = next((each for each, seconds in RESAMPLED.items() if seconds >= typical), "YS")
    return f"Set data.resample={interval} to average the rows over equal intervals, or split the table."


def _insert_rows(df: pd.DataFrame, frequency: Frequency, deltas: TimeDeltas) -> pd.DataFrame:
    starts, lengths = series_starts(df.index), series_lengths(df.index)
    moves = np.ones(len(df), np.int64)
    moves[deltas.rows] = deltas.steps
    positions = np.cumsum(moves) - 1  # of the existing rows among all rows: (rows,)
    ends = positions[starts + lengths - 1] + 1
    full_lengths = ends - positions[starts]
    values = np.full((df.shape[1], ends[-1]), np.nan)
    values[:, positions] = df.to_numpy().T
    times = df.index.get_level_values(-1)
    parts = [times_at(times[start], frequency, np.arange(n)) for start, n in zip(starts, full_lengths, strict=True)]
    index = parts[0].append(parts[1:]).rename(times.name)
    if df.index.nlevels > 1:
        index = join_levels(df.index.get_level_values(0)[starts].repeat(full_lengths), index)
    return pd.DataFrame(values.T, index, df.columns, copy=False)


def _second_frequency(index: pd.Index, deltas: TimeDeltas) -> NDArray[np.bool_]:
    """Mask of the differences that have another frequency: (differences,); all False if the others are gaps."""
    if not deltas.whole.all():
        return ~deltas.whole
    steps, counts = np.unique(deltas.steps[deltas.steps > 1], return_counts=True)
    if counts.size and counts.max() >= max(2, SECOND_FREQUENCY_SHARE * len(deltas.steps)):
        return np.asarray(deltas.steps == steps[counts.argmax()])
    lengths = series_lengths(index)
    series = np.repeat(np.arange(len(lengths)), lengths)[deltas.rows]
    single = np.bincount(series[deltas.steps == 1], minlength=len(lengths))
    lacking = (single == 0) & (lengths > 2)
    return np.asarray(lacking[series])
