"""The rows up to a forecast origin: their series, their time in steps, and where they follow each other without a gap.

A baseline reads all rows up to the origin, not only the lookback.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.dataset import SequenceDataset
from seqframe.data.splits import find_segments
from seqframe.data.time_index import (
    Frequency,
    count_steps,
    has_row_numbers,
    infer_frequency,
    row_positions,
    series_lengths,
    series_starts,
    to_ticks,
)
from seqframe.data.windows import Floats, RowNumbers, Windows


@dataclass(frozen=True)
class TargetRows:
    """The targets of all rows of a dataset, and where each row is in time.

    Attributes:
        values: Targets (rows, targets), physical units, imputed; NaN where a value could not be imputed.
        series: Number of the series of each row: (rows,).
        names: Names of the series.
        steps: Time of each row in steps: (rows,).
        starts: First row of the consecutive rows without a gap that a row belongs to: (rows,).
        fixed: Whether steps count from a fixed time, so that they agree between tables.
    """

    values: Floats
    series: NDArray[np.intp]
    names: tuple[str, ...]
    steps: NDArray[np.int64]
    starts: RowNumbers
    fixed: bool

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Whether a row has a value of every target: (rows,)."""
        return np.asarray(~np.isnan(self.values).any(axis=1))

    def last_rows(self, windows: Windows, season: int) -> RowNumbers:
        """For each target row, the last complete row up to the origin in the same season phase: (windows, steps).

        It is found by time, so gaps do not shift the phase. -1 where the series has no such row.
        """
        first, span = int(self.steps.min()), int(np.ptp(self.steps)) + 1

        def keys(series: NDArray[np.intp], phase: NDArray[np.int64], step: NDArray[np.int64]) -> NDArray[np.int64]:
            return (series * season + phase) * span + step - first

        rows = np.flatnonzero(self.complete)
        known = keys(self.series[rows], self.steps[rows] % season, self.steps[rows])
        order = np.argsort(known)
        rows, known = rows[order], known[order]
        origins = windows.origins[:, None]
        phase = self.target_steps(windows) % season
        last = keys(self.series[origins], phase, self.steps[origins])
        position = np.searchsorted(known, last, side="right") - 1
        found = (position >= 0) & (known[position] >= keys(self.series[origins], phase, np.full_like(phase, first)))
        return np.where(found, rows[position], -1)

    def target_steps(self, windows: Windows) -> NDArray[np.int64]:
        """Time of each target row in steps: (windows, steps)."""
        ahead = windows.first_target - windows.lookback + 1 + np.arange(windows.steps)
        return self.steps[windows.origins][:, None] + ahead


def read_target_rows(dataset: SequenceDataset) -> TargetRows:
    """The targets of all rows of a dataset."""
    values = dataset.filled[dataset.targets].to_numpy(np.float64)
    index = dataset.df.index
    steps, fixed = _count_steps(index, dataset.frequency)
    series, names = series_of_rows(dataset)
    begins = np.zeros(len(values), bool)
    begins[[rows.start for rows in find_segments(dataset.df, dataset.frequency).ranges]] = True
    missing = np.isnan(values).any(axis=1)
    begins |= missing
    begins[1:] |= missing[:-1]
    starts = np.maximum.accumulate(np.where(begins, np.arange(len(values)), 0))
    return TargetRows(values, series, names, steps, starts, fixed)


def series_of_rows(dataset: SequenceDataset) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Number of the series of each row (rows,), and the names of the series; generated data is one series."""
    index = dataset.df.index
    if not dataset.forecasts_a_table or index.nlevels == 1:
        return np.zeros(len(index), np.intp), ("",)
    starts = series_starts(index)
    numbers = np.repeat(np.arange(len(starts)), series_lengths(index))
    return numbers, tuple(map(str, index[starts].get_level_values(0)))


def _count_steps(index: pd.Index, known: Frequency | None) -> tuple[NDArray[np.int64], bool]:
    """Time of each row in steps (rows,), and whether they count from a fixed time.

    Row numbers, labels and fractional times have no fixed start.
    """
    if has_row_numbers(index):
        return row_positions(index), False
    times = index.get_level_values(-1)
    ordered = isinstance(times, pd.DatetimeIndex) or pd.api.types.is_numeric_dtype(times)
    frequency = (known or infer_frequency(index)) if ordered else None
    if frequency is None:
        starts, lengths = series_starts(index), series_lengths(index)
        return np.arange(len(index)) - np.repeat(starts, lengths), False
    steps, fixed = count_steps(index, frequency), _first_step(times, frequency)
    return (steps, False) if fixed is None else (steps + fixed, True)


def _first_step(times: pd.Index, frequency: Frequency) -> int | None:
    """The earliest time in steps since the time 0; None for fractional times."""
    ticks, size = to_ticks(times, frequency.unit), frequency.in_ticks(times)
    return None if ticks.dtype.kind == "f" or isinstance(size, float) else int(ticks.min() // size)
