"""Which rows are trained on, and which are kept from training. Whatever is fitted sees the former alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from seqframe.config import DataSettings
from seqframe.data.time_index import SEQUENCE, count_steps, infer_frequency

RowRanges = tuple[range, ...]


@dataclass(frozen=True)
class Split:
    """Row numbers, as runs of rows that follow each other in one sequence and part: no window crosses their ends.

    Attributes:
        train: Training rows.
        unseen: What forecasts are scored on.
        validation: What training is stopped by, and intervals are calibrated on; there may be none.
    """

    train: RowRanges
    test: RowRanges
    validation: RowRanges = ()


def split_data(rows: pd.DataFrame, data_settings: DataSettings) -> Split:
    """Split generated rows by sequence: the first `data.n_train` are trained on. Of a table all rows are.

    >>> index = pd.MultiIndex.from_product([range(3), range(2)], names=["sequence", "row"])
    >>> rows = pd.DataFrame({"x": range(6)}, index)
    >>> split_data(rows, DataSettings(sequence_length=2, n_test=2))
    Split(train=(range(0, 2),), test=(range(2, 4), range(4, 6)), validation=())
    """
    if data_settings.is_table:
        return Split(find_segments(rows).runs, ())
    runs = tuple(_sequences(rows))
    return Split(runs[: data_settings.n_train], runs[data_settings.n_train :])


@dataclass(frozen=True)
class Segments:
    """Runs of rows that follow each other without a gap in time, within one series, and the step that each begins at.

    Steps count time in whole steps, alike in all series.
    """

    runs: RowRanges
    begins: tuple[int, ...]

    @property
    def first(self) -> int:
        """The step of the oldest row."""
        return min(self.begins)

    @property
    def end(self) -> int:
        """One more than the step of the newest row."""
        return max(begin + len(run) for run, begin in zip(self.runs, self.begins, strict=True))

    def between(self, first: int, end: int) -> RowRanges:
        """Of every run the rows from step `first` up to `end`, which is left out; without runs that have none.

        >>> Segments((range(0, 4), range(4, 9)), (0, 1)).between(2, 5)
        (range(2, 4), range(5, 8))
        """
        cut = (
            range(max(run.start, run.start + first - begin), min(run.stop, run.start + end - begin))
            for run, begin in zip(self.runs, self.begins, strict=True)
        )
        return tuple(rows for rows in cut if len(rows))


def find_segments(rows: pd.DataFrame) -> Segments:
    """Find the runs of a table.

    >>> find_segments(pd.DataFrame({"x": [5.0, 6.0, 7.0, 8.0]}, pd.Index([1900, 1901, 1903, 1904], name="year")))
    Segments(runs=(range(0, 2), range(2, 4)), begins=(0, 3))
    """
    if isinstance(rows.index, pd.RangeIndex):  # nothing to look for, in however many rows
        return Segments((range(len(rows)),), (0,))
    step = infer_frequency(rows.index)
    steps = np.zeros(len(rows), np.int64) if step is None else count_steps(rows.index, step)
    runs: list[range] = []
    for sequence in _sequences(rows):
        gaps = np.flatnonzero(np.diff(steps[sequence.start : sequence.stop]) != 1) + 1 + sequence.start
        runs += (range(start, stop) for start, stop in pairwise([sequence.start, *gaps.tolist(), sequence.stop]))
    return Segments(tuple(runs), tuple(int(steps[run.start]) for run in runs))


def split_folds(time: Segments, folds: int, validation: int, test: int, embargo: int = 0) -> tuple[Split, ...]:
    """Cut time into a training, a validation and a test part, once for each fold, the test parts one after the other.

    A part begins and ends at the same step in all series. The last test part ends with the newest row, and `embargo`
    steps lie between the parts.

    >>> split_folds(Segments((range(0, 12),), (0,)), folds=2, validation=2, test=3, embargo=1)[0]
    Split(train=(range(0, 2),), test=(range(6, 9),), validation=(range(3, 5),))
    """
    ends = (time.end - later * test for later in reversed(range(folds)))
    return tuple(_cut_fold(time, end, validation, test, embargo) for end in ends)


def _cut_fold(time: Segments, end: int, validation: int, test: int, embargo: int) -> Split:
    checked_until = end - test - embargo
    checked_from = checked_until - validation
    return Split(
        train=time.between(time.first, checked_from - embargo),
        test=time.between(end - test, end),
        validation=time.between(checked_from, checked_until),
    )


def _sequences(rows: pd.DataFrame) -> Iterator[range]:
    """The rows of every sequence, one after the other."""
    if SEQUENCE not in rows.index.names:
        yield range(len(rows))
        return
    codes = rows.index.codes[rows.index.names.index(SEQUENCE)]  # type: ignore[attr-defined]
    bounds = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(rows)]
    yield from (range(start, stop) for start, stop in pairwise(bounds))
