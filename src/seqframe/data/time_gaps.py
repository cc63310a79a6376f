"""Checks of a time column: increasing times, one frequency, and no gaps unless `data.missing` allows them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.time_index import (
    TOLERANCE,
    Frequency,
    Numbers,
    SourceRow,
    find_unit,
    join_levels,
    series_lengths,
    series_starts,
    tick_differences,
    times_at,
    units_per_tick,
)
from seqframe.errors import UserError

MAX_INSERTED = 100  # inserted rows per existing row; more than that means a wrong time rather than missing rows
SECOND_FREQUENCY_SHARE = 1 / 4  # share of differences with one other length that makes it a second frequency
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
    size = frequency.in_ticks(index.get_level_values(-1))
    if ticks.dtype.kind == "i":
        return TimeDeltas(ticks, rows, (ticks // size).astype(np.int64), ticks % size == 0)
    steps = np.rint(ticks / size)
    return TimeDeltas(ticks, rows, steps.astype(np.int64), np.abs(ticks - steps * size) <= TOLERANCE * size)


def check_time_order(index: pd.Index, source: SourceRow) -> None:
    """Check that the times of every series increase.

    Raises:
        UserError: A time is earlier than the one before it, or equal to it.
    """
    times = index.get_level_values(-1)
    within = " within each series" if index.nlevels > 1 else ""
    differences, rows = tick_differences(index, find_unit(times, allow_months=False))
    for bad, rule, relation, hint in (
        (differences < 0, "be sorted by time", "after", "Sort the table by it, the earliest row first."),
        (differences == 0, "have no duplicate times", "again after", "Remove one, or set data.id_column."),
    ):
        if bad.any():
            first = rows[bad.argmax()]
            raise UserError(
                f"Column {times.name} of {source.file} must {rule}{within}. "
                f"Received: {_format_time(times[first])} {relation} {_format_time(times[first - 1])} in "
                f"{source.describe(first, index)} ({bad.sum()} such rows). {hint}"
            )


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
    regular = other | (deltas.whole & (deltas.steps == 1))
    change = deltas.rows[regular][np.argmax(other[regular] != other[regular][0])]
    second = Frequency(deltas.ticks[other][0].item() * units_per_tick(times, frequency.unit), frequency.unit)
    raise UserError(
        f"Column {times.name} of {source.file} must have one frequency. Received: steps of {frequency} and of "
        f"{second}, the first change in {source.describe(change, index)} ({other.sum()} of {len(other)} steps are not "
        f"{frequency}). Resample the table, or split it into one table per frequency."
    )


def fill_time_gaps(df: pd.DataFrame, frequency: Frequency, source: SourceRow, missing: str) -> pd.DataFrame:
    """Insert rows of missing values into gaps, unless `missing` is `drop`: (rows, columns), sorted by time.

    Raises:
        UserError: There are gaps and `missing` is `raise`, or far more rows are missing than exist.
    """
    deltas = measure_time_deltas(df.index, frequency)
    gaps = deltas.steps > 1
    n_missing = int((deltas.steps[gaps] - 1).sum())
    if not n_missing or missing == "drop":
        return df
    times = df.index.get_level_values(-1)
    if missing == "raise" or n_missing > MAX_INSERTED * len(df):
        first = deltas.rows[gaps.argmax()]
        hint = MISSING_HINT if missing == "raise" else "That is too many to fill in; fix the table."
        raise UserError(
            f"Column {times.name} of {source.file} must have no gaps. Received: a frequency of {frequency}, and no "
            f"rows between {_format_time(times[first - 1])} and {_format_time(times[first])} in "
            f"{source.describe(first, df.index)} (gaps: {gaps.sum()}, missing rows: {n_missing}). {hint}"
        )
    return _insert_rows(df, frequency, deltas)


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


def _format_time(time: Any) -> str:
    """A time as text; a date alone at midnight."""
    return str(time).removesuffix(" 00:00:00")
