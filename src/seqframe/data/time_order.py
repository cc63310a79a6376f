"""Order of the rows of a table: sorted by time, one row for each time, and times at equal steps.

Every repair is one sentence in `notes`; what cannot be repaired without a decision is refused.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.time_gaps import MAX_INSERTED, describe_summer_time, measure_time_deltas
from seqframe.data.time_index import (
    NANOSECONDS_PER_TICK,
    NANOSECONDS_PER_UNIT,
    SEQUENCE,
    Frequency,
    Numbers,
    SourceRow,
    describe_duration,
    find_unit,
    infer_frequency,
    join_levels,
    series_lengths,
    series_starts,
    tick_differences,
    to_ticks,
)
from seqframe.data.time_zones import zone_that_repeats
from seqframe.data.timestamps import format_time
from seqframe.errors import UserError

MIN_FOR_OUTLIERS = 10  # rows of a series in which a time may be called far from the others
MAX_JITTER = 0.05  # deviation from a regular step at which a time is rounded, as a fraction of the step
LARGER_STEP = 0.01  # change of the step to a rounder length, as a fraction
COMMON_SHARE = 1 / 2  # of the rows that have one deviation, so that it belongs to the times
MUCH_BETTER = 1 / 4  # deviation from a step that is not round, compared with the deviation from a round one

Ordered = tuple[pd.DataFrame, SourceRow]


def sort_rows(df: pd.DataFrame, source: SourceRow, notes: list[str]) -> Ordered:
    """Sort the rows (rows, columns) of every series by time."""
    times = df.index.get_level_values(-1)
    differences, _ = tick_differences(df.index, find_unit(times, allow_months=False))
    late = int((differences < 0).sum())
    if not late:
        return df, source
    lengths = series_lengths(df.index)
    ticks = to_ticks(times, find_unit(times, allow_months=False))
    order = np.lexsort((ticks, np.repeat(np.arange(len(lengths)), lengths)))
    newest_first = ", newest first" if late == len(differences) else ""
    notes.append(
        f"The rows of {source.file} were sorted by {times.name}: {late} of {len(df)} came before the row above"
        f"{newest_first}."
    )
    return df.iloc[order], source.select(order)


def check_plausible_times(index: pd.Index, source: SourceRow) -> None:
    """Check that the first and the last time of a sorted series are not far from the others.

    Raises:
        UserError: A time is farther from the others than these from each other; its year may be mistyped.
    """
    times = index.get_level_values(-1)
    ticks = to_ticks(times, find_unit(times, allow_months=False))
    starts, lengths = series_starts(index), series_lengths(index)
    starts, ends = starts[lengths >= MIN_FOR_OUTLIERS], (starts + lengths)[lengths >= MIN_FOR_OUTLIERS]
    for rows, next_rows, rest, word in (
        (starts, starts + 1, ticks[ends - 1] - ticks[starts + 1], "before"),
        (ends - 1, ends - 2, ticks[ends - 2] - ticks[starts], "after"),
    ):
        far = np.abs(ticks[rows] - ticks[next_rows]) > rest
        if far.any():
            row = int(rows[far.argmax()])
            raise UserError(
                f"Column {times.name} of {source.file} must hold times near each other. Received: "
                f"{format_time(times[row])} in {source.describe(row, index)}, far {word} the next, "
                f"{format_time(times[int(next_rows[far.argmax()])])}. Correct it, or remove the row."
            )


def merge_duplicates(df: pd.DataFrame, source: SourceRow, policy: str, notes: list[str]) -> Ordered:
    """Drop rows (rows, columns) of a series that repeat a row, and merge those that repeat its time as `policy` says.

    Raises:
        UserError: Values differ, and `policy` is `raise`.
    """
    times = df.index.get_level_values(-1)
    same_time = _repeats(df.index)
    if not same_time.any():
        return df, source
    values = df.to_numpy()
    later = np.flatnonzero(same_time)
    equal = np.zeros(len(df), bool)
    equal[later] = ((values[later] == values[later - 1]) | (np.isnan(values[later]) & np.isnan(values[later - 1]))).all(
        1
    )
    if equal.any():
        first = int(equal.argmax())
        notes.append(
            f"Rows of {source.file} that repeat the row above were dropped: {int(equal.sum())}, the first at "
            f"{format_time(times[first])}."
        )
        df, source = df[~equal], source.select(np.flatnonzero(~equal))
    same_time = _repeats(df.index)
    if not same_time.any():
        return df, source
    if policy == "raise":
        _raise_duplicate(df.index, same_time, source)
    notes.append(
        f"Of rows of {source.file} with the same time, the {policy} was taken: {int(same_time.sum())} such rows."
    )
    return _merge(df, same_time, source, policy)


def resample_rows(df: pd.DataFrame, source: SourceRow, interval: str, notes: list[str]) -> Ordered:
    """Average the rows (rows, columns) of every series over intervals of time; intervals without rows are skipped.

    Raises:
        UserError: The interval is no pandas offset, or the times are numbers.
    """
    times = df.index.get_level_values(-1)
    if not isinstance(times, pd.DatetimeIndex):
        raise UserError(
            f"`data.resample` needs dates. Received: {times.name} of {source.file} with numbers. Set it to null."
        )
    series = np.repeat(np.arange(len(series_lengths(df.index))), series_lengths(df.index))
    try:
        offset = pd.tseries.frequencies.to_offset(interval)
        _check_length(offset, times)
        groups = pd.DataFrame({"series": series}, times).groupby(["series", pd.Grouper(level=0, freq=offset)])
    except (ValueError, TypeError) as error:
        raise UserError(
            "`data.resample` must be an interval of time, such as 15min, 1h, 1D, W or MS, and not far shorter than the "
            f"steps of the table. Received: {interval} for {source.file}."
        ) from error
    values = df.reset_index(drop=True).groupby([groups.ngroup().to_numpy()]).mean()
    starts = groups.size().index
    notes.append(f"The rows of {source.file} were averaged over {interval}: {len(df)} rows became {len(values)}.")
    index: pd.Index = starts.get_level_values(1).as_unit(times.unit).rename(times.name)
    if df.index.nlevels > 1:
        ids = df.index.get_level_values(0)[series_starts(df.index)]
        index = join_levels(ids[starts.get_level_values(0)], index)
    return values.set_axis(index), SourceRow(source.file)


def _check_length(offset: pd.DateOffset, times: pd.DatetimeIndex) -> None:
    """Check that an offset of fixed length is positive, and that not nearly all of its intervals are empty.

    Raises:
        ValueError: It is shorter.
    """
    if isinstance(offset, pd.offsets.Tick):
        span = times.max() - times.min()
        if offset.nanos <= 0 or span / pd.Timedelta(offset) > MAX_INSERTED * len(times):
            raise ValueError(f"{offset} is too short for {span}")


def round_times(df: pd.DataFrame, source: SourceRow, notes: list[str], frequency: Frequency | None) -> pd.DataFrame:
    """Round timestamps that deviate a little from a regular step of at most a day: (rows, columns).

    `frequency` is known if the table continues another one. Times are kept if one deviates by more than 5% of the
    step, or if two rows of a series would have one time.
    """
    times = df.index.get_level_values(-1)
    known = frequency or infer_frequency(df.index)
    if not isinstance(times, pd.DatetimeIndex) or known is None:
        return df
    if measure_time_deltas(df.index, known).whole.all():
        if known.calendar is None and isinstance(known.size, float):
            notes.append(
                f"Times of column {times.name} were taken as steps of {known}, up to the rounding in the table."
            )
        return df
    times = times.as_unit("us") if times.unit in ("s", "ms") else times  # a step may be a fraction of a millisecond
    per_tick, base = NANOSECONDS_PER_TICK[times.unit], times.asi8.min() // _day(times) * _day(times)
    ticks = times.asi8 - base
    _, rows = tick_differences(df.index, "nanoseconds")
    differences = ticks[rows] - ticks[rows - 1]
    if frequency is None:
        steps = _candidate_steps(differences[differences > 0], per_tick)
    else:
        steps = [] if frequency.nanoseconds is None else [frequency.nanoseconds / per_tick]
    rounded, step = _best_rounding(ticks, [each for each in steps if 0 < each <= _day(times)])
    if rounded is None or (np.diff(rounded)[rows - 1] <= 0).any():
        return df
    deviations = np.abs(rounded - ticks)
    notes.append(
        f"Times of column {times.name} were rounded to steps of {describe_duration(_shorten(step * per_tick))}: "
        f"{int((deviations > 0).sum())} of {len(df)}, by up to {describe_duration(int(deviations.max()) * per_tick)}."
    )
    stamps = pd.DatetimeIndex((rounded + base).astype(f"M8[{times.unit}]"), name=times.name)
    if times.tz is not None:
        stamps = stamps.tz_localize("UTC").tz_convert(times.tz)
    ids = df.index.get_level_values(0) if df.index.nlevels > 1 else None
    return df.set_axis(stamps if ids is None else join_levels(ids, stamps))


def _candidate_steps(differences: Numbers, per_tick: int) -> list[float]:
    """Lengths that a step may have, in ticks: the most common one, rounder ones, and the mean."""
    values, counts = np.unique(differences, return_counts=True)
    median = float(np.median(differences))
    units = [length / per_tick for length in NANOSECONDS_PER_UNIT.values()]
    rounder = (np.rint(median / unit) * unit for unit in units)
    round_lengths = [float(each) for each in rounder if each and abs(each - median) <= LARGER_STEP * median]
    mean = float(differences.sum() / np.rint(differences / median).sum())
    second = NANOSECONDS_PER_UNIT["second"] / per_tick
    rates = [second / round(second / mean)] if mean < second else []  # a whole number of steps a second
    return [float(values[counts.argmax()]), *round_lengths[:1], *rates, mean]


def _best_rounding(ticks: NDArray[np.int64], steps: list[float]) -> tuple[NDArray[np.int64] | None, float]:
    """The ticks (rows,) at equal steps that are near all of them, and the step; None if there are none."""
    best, best_step, least = None, 0.0, np.inf
    for step in steps:
        residuals = (ticks + step / 2) % step - step / 2
        values, counts = np.unique(np.rint(residuals), return_counts=True)
        common = float(values[counts.argmax()])
        offset = common if counts.max() > COMMON_SHARE * len(ticks) else 0.0
        if np.abs(residuals).max() > MAX_JITTER * step and not offset:
            offset = float(np.median((ticks - ticks[0] + step / 2) % step - step / 2)) + ticks[0] % step
        rounded = np.rint(np.rint((ticks - offset) / step) * step + offset).astype(np.int64)
        deviation = float(np.abs(rounded - ticks).max())
        if deviation <= MAX_JITTER * step and deviation < least * (1 if best is None else MUCH_BETTER):
            best, best_step, least = rounded, step, deviation
    return best, best_step


def _shorten(nanoseconds: float) -> int | float:
    return int(nanoseconds) if nanoseconds == int(nanoseconds) else nanoseconds


def _day(times: pd.DatetimeIndex) -> int:
    return NANOSECONDS_PER_UNIT["day"] // NANOSECONDS_PER_TICK[times.unit]


def _repeats(index: pd.Index) -> NDArray[np.bool_]:
    """Whether a row has the time of the row above, in the same series: (rows,)."""
    differences, rows = tick_differences(index, find_unit(index.get_level_values(-1), allow_months=False))
    repeats = np.zeros(len(index), bool)
    repeats[rows] = differences == 0
    return repeats


def _raise_duplicate(index: pd.Index, same_time: NDArray[np.bool_], source: SourceRow) -> None:
    times = index.get_level_values(-1)
    row = int(same_time.argmax())
    summer = describe_summer_time(times[same_time], zone_that_repeats, "ends")
    raise UserError(
        f"Column {times.name} of {source.file} must have no duplicate times{_in_series(index)}. Received: "
        f"{format_time(times[row])} in {source.describe(row - 1, index)} and again in {source.describe(row, index)}, "
        f"with other values ({same_time.sum()} such rows). "
        + (summer or "Set data.duplicates to first, last or mean, or data.id_column.")
    )


def _merge(df: pd.DataFrame, same_time: NDArray[np.bool_], source: SourceRow, policy: str) -> Ordered:
    first = np.flatnonzero(~same_time)
    if policy == "mean":
        merged = df.reset_index(drop=True).groupby(np.cumsum(~same_time)).mean().set_axis(df.index[first])
        return merged, source.select(first)
    chosen = first if policy == "first" else np.append(first[1:], len(df)) - 1
    return df.iloc[chosen], source.select(chosen)


def _in_series(index: pd.Index) -> str:
    return " within each series" if SEQUENCE in index.names else ""
