"""Training, validation and test rows. Everything that is fitted uses training rows only."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import DataSettings
from seqframe.data.time_index import SEQUENCE, Frequency, row_steps

RowRanges = tuple[range, ...]
NEWEST_DIVISOR = 8  # a series that reaches the newest eighth of a series' length has not ended


@dataclass(frozen=True)
class Split:
    """Row numbers of each part, as segments: consecutive rows of one sequence.

    The target rows of a window lie in one segment. Its input rows may lie in earlier parts of the same sequence, since
    these rows are known when the forecast is made.

    Attributes:
        train: Training rows.
        test: Rows on which forecasts are scored.
        validation: Rows for early stopping and the calibration of intervals; may be empty.
        skipped: Rows between the parts; none of them is a target. May be empty.
    """

    train: RowRanges
    test: RowRanges
    validation: RowRanges = ()
    skipped: RowRanges = ()


def split_data(df: pd.DataFrame, data_settings: DataSettings) -> Split:
    """Split generated data by sequence: the first `data.n_train` sequences are for training. A table is all training.

    >>> index = pd.MultiIndex.from_product([range(3), range(2)], names=["sequence", "row"])
    >>> df = pd.DataFrame({"x": range(6)}, index)
    >>> split_data(df, DataSettings(sequence_length=2, n_test=2))
    Split(train=(range(0, 2),), test=(range(2, 4), range(4, 6)), validation=(), skipped=())
    """
    if data_settings.is_table:
        return Split(find_segments(df).ranges, ())
    sequences = tuple(_sequences(df))
    return Split(sequences[: data_settings.n_train], sequences[data_settings.n_train :])


@dataclass(frozen=True)
class Segments:
    """Segments of a table: consecutive rows of one series without a gap in time.

    Attributes:
        ranges: The rows of each segment.
        first_steps: The time step of the first row of each segment. All series share one time axis in whole steps; if
            they are of different years, it ends at the last row of each series.
        most: The step by which half of the series have begun; None for one series.
    """

    ranges: RowRanges
    first_steps: tuple[int, ...]
    most: int | None = None

    @property
    def first(self) -> int:
        """The step of the oldest row."""
        return min(self.first_steps)

    @property
    def begin(self) -> int:
        """The step by which half of the series have begun, from which the sizes of splits are counted."""
        return self.first if self.most is None else self.most

    @property
    def end(self) -> int:
        """The step after the newest row."""
        return max(step + len(rows) for rows, step in zip(self.ranges, self.first_steps, strict=True))

    def between(self, first: int, end: int) -> RowRanges:
        """The rows of every segment from step `first` up to, but excluding, step `end`; without empty segments.

        >>> Segments((range(0, 4), range(4, 9)), (0, 1)).between(2, 5)
        (range(2, 4), range(5, 8))
        """
        parts = (
            range(max(rows.start, rows.start + first - step), min(rows.stop, rows.start + end - step))
            for rows, step in zip(self.ranges, self.first_steps, strict=True)
        )
        return tuple(rows for rows in parts if len(rows))


def find_segments(df: pd.DataFrame, frequency: Frequency | None = None) -> Segments:
    """Find the segments of a table; without a frequency, it is inferred.

    >>> find_segments(pd.DataFrame({"x": [5.0, 6.0, 7.0, 8.0]}, pd.Index([1900, 1901, 1903, 1904], name="year")))
    Segments(ranges=(range(0, 2), range(2, 4)), first_steps=(0, 3), most=None)
    """
    if isinstance(df.index, pd.RangeIndex):  # no gaps, so nothing to search
        return Segments((range(len(df)),), (0,))
    sequences = tuple(_sequences(df))
    steps = _align_ends(row_steps(df.index, frequency), sequences)
    begins = [rows.start for rows in sequences]
    new = np.diff(steps, prepend=steps[:1]) != 1
    new[begins] = True
    starts = np.flatnonzero(new)
    ranges = tuple(range(start, stop) for start, stop in pairwise([*starts.tolist(), len(df)]))
    most = int(np.sort(steps[begins])[(len(begins) - 1) // 2]) if len(begins) > 1 else None
    return Segments(ranges, tuple(steps[starts].tolist()), most)


def _align_ends(steps: NDArray[np.int64], sequences: RowRanges) -> NDArray[np.int64]:
    """The steps, or steps that are 0 at the last row of every series if the series do not share a time axis.

    They share one if a time is common to all series, or if most series reach the newest rows: an eighth of a series,
    since some may have ended and some may be new. Otherwise, series of different years are split at the same distance
    from their ends.

    >>> _align_ends(np.array([0, 1, 2, 10, 11]), (range(0, 3), range(3, 5))).tolist()
    [-2, -1, 0, -1, 0]
    >>> _align_ends(np.array([0, 1, 8, 9, 8, 9]), (range(0, 2), range(2, 4), range(4, 6))).tolist()
    [0, 1, 8, 9, 8, 9]
    """
    series = [rows for rows in sequences if rows]
    if len(series) < 2:
        return steps
    first, last = (steps[[rows[place] for rows in series]] for place in (0, -1))
    recent = last.max() - np.median(last - first + 1) / NEWEST_DIVISOR
    if first.max() <= last.min() or np.mean(last >= recent) > 0.5:
        return steps
    aligned: NDArray[np.int64] = steps - np.repeat(last, [len(rows) for rows in series])
    return aligned


def split_folds(
    segments: Segments, n_folds: int, val_size: int, test_size: int, embargo: int = 0, end: int | None = None
) -> tuple[Split, ...]:
    """Split time into training, validation and test rows, once per fold; the test parts follow each other.

    The parts begin and end at the same step in all series. The last test part ends at the newest row, or before the
    step `end`, and `embargo` steps are skipped between the parts.

    >>> split_folds(Segments((range(0, 12),), (0,)), n_folds=2, val_size=2, test_size=3, embargo=1)[0]
    Split(train=(range(0, 2),), test=(range(6, 9),), validation=(range(3, 5),), skipped=(range(2, 3), range(5, 6)))
    """
    last = segments.end if end is None else end
    ends = (last - later * test_size for later in reversed(range(n_folds)))
    return tuple(_split_fold(segments, each, val_size, test_size, embargo) for each in ends)


def _split_fold(segments: Segments, end: int, val_size: int, test_size: int, embargo: int) -> Split:
    val_end = end - test_size - embargo
    val_start = val_end - val_size
    return Split(
        train=segments.between(segments.first, val_start - embargo),
        test=segments.between(end - test_size, end),
        validation=segments.between(val_start, val_end),
        skipped=(*segments.between(val_start - embargo, val_start), *segments.between(val_end, val_end + embargo)),
    )


def join_adjacent(parts: Iterable[range], starts: Collection[int]) -> RowRanges:
    """Join ranges of rows that follow each other; a row in `starts` always begins a new range.

    >>> join_adjacent([range(4, 6), range(0, 4), range(6, 9)], starts={0, 6})
    (range(0, 6), range(6, 9))
    """
    joined: list[range] = []
    for part in sorted(parts, key=lambda rows: rows.start):
        if joined and joined[-1].stop == part.start and part.start not in starts:
            joined[-1] = range(joined[-1].start, part.stop)
        else:
            joined.append(part)
    return tuple(joined)


def _sequences(df: pd.DataFrame) -> Iterator[range]:
    """The rows of every sequence."""
    if SEQUENCE not in df.index.names:
        yield range(len(df))
        return
    codes = df.index.codes[df.index.names.index(SEQUENCE)]  # type: ignore[attr-defined]
    bounds = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(df)]
    yield from (range(start, stop) for start, stop in pairwise(bounds))
