"""What a time column must keep: order, one step, and no gaps that nobody has allowed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.errors import UserError
from seqframe.problems.series import Place, join_levels, series_lengths, series_starts
from seqframe.problems.ticks import Numbers, differences_in, nanoseconds_in, unit_of
from seqframe.problems.time import TOLERANCE, Step, in_ticks, times_at

MOST_INSERTED = 100  # rows for each that is there: beyond that a time is wrong, rather than rows missing
SHARE_OF_SECOND_STEP = 1 / 4
HINT = "Set problem.missing to drop, interpolate or ffill, or mend the table."


@dataclass(frozen=True)
class Jumps:
    """The ticks from rows to the next of their series, all (differences,): in steps, and whether they are whole steps.

    `rows` numbers the latter row of each.
    """

    ticks: Numbers
    rows: NDArray[np.intp]
    steps: NDArray[np.int64]
    whole: NDArray[np.bool_]


def measure_jumps(index: pd.Index, step: Step) -> Jumps:
    """Count the steps between neighbours."""
    ticks, rows = differences_in(index, step.unit)
    size = in_ticks(step, index.get_level_values(-1))
    if ticks.dtype.kind == "i":
        return Jumps(ticks, rows, (ticks // size).astype(np.int64), ticks % size == 0)
    steps = np.rint(ticks / size)
    return Jumps(ticks, rows, steps.astype(np.int64), np.abs(ticks - steps * size) <= TOLERANCE * size)


def check_order(index: pd.Index, place: Place) -> None:
    """Hold the times of every series to be rising.

    Raises:
        UserError: A time is earlier than the one before it, or is there twice.
    """
    times = index.get_level_values(-1)
    within = " within each series" if index.nlevels > 1 else ""
    differences, rows = differences_in(index, unit_of(times, within_months=False))
    for bad, rule, said, hint in (
        (differences < 0, "be in order of time", "after", "Sort the table by it, the earliest row first."),
        (differences == 0, "have no time twice", "again after", "Keep one row, or name the ids in problem.series."),
    ):
        if bad.any():
            first = rows[bad.argmax()]
            raise UserError(
                f"Column {times.name} of {place.file} must {rule}{within}. Received: {_say(times[first])} {said} "
                f"{_say(times[first - 1])} in {place.row(first, index)} ({bad.sum()} such rows). {hint}"
            )


def check_step(index: pd.Index, step: Step, place: Place) -> None:
    """Hold all series to one step, several of which may lie between two rows.

    Raises:
        UserError: Rows lie no whole number of steps apart, a quarter of them lie another step apart, or a series has
            none that are one step apart.
    """
    jumps = measure_jumps(index, step)
    other = _second_step(index, jumps)
    if not other.any():
        return
    times = index.get_level_values(-1)
    kinds = other[other | (jumps.whole & (jumps.steps == 1))]
    change = jumps.rows[other | (jumps.whole & (jumps.steps == 1))][np.argmax(kinds != kinds[0])]
    second = jumps.ticks[other][0].item() * nanoseconds_in(times, step.unit)
    names = [str(step), str(Step(second, step.unit))]
    raise UserError(
        f"Column {times.name} of {place.file} must have one step. Received: steps of {' and of '.join(names)}, "
        f"the first change in {place.row(change, index)} ({other.sum()} of {len(other)} steps are not {names[0]}). "
        "Bring all rows to one step, or read the parts as tables of their own."
    )


def close_gaps(rows: pd.DataFrame, step: Step, place: Place, missing: str) -> pd.DataFrame:
    """Insert rows of missing values into gaps, unless `missing` is to drop them: (rows, columns), in order.

    Raises:
        UserError: There are gaps, and `missing` is to refuse them; or far more rows are missing than there are.
    """
    jumps = measure_jumps(rows.index, step)
    gaps = jumps.steps > 1
    lost = int((jumps.steps[gaps] - 1).sum())
    if not lost or missing == "drop":
        return rows
    times = rows.index.get_level_values(-1)
    if missing == "refuse" or lost > MOST_INSERTED * len(rows):
        first = jumps.rows[gaps.argmax()]
        hint = HINT if missing == "refuse" else "That is too many to fill in; mend the table."
        raise UserError(
            f"Column {times.name} of {place.file} must have no gaps. Received: a step of {step}, and nothing from "
            f"{_say(times[first - 1])} to {_say(times[first])} in {place.row(first, rows.index)} "
            f"(gaps: {gaps.sum()}, missing rows: {lost}). {hint}"
        )
    return _insert_rows(rows, step, jumps)


def _insert_rows(rows: pd.DataFrame, step: Step, jumps: Jumps) -> pd.DataFrame:
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


def _second_step(index: pd.Index, jumps: Jumps) -> NDArray[np.bool_]:
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
