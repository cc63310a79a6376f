"""Seasonal periods of a table with one or several series."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

import numpy as np
import pandas as pd

from seqframe.config import DataSettings
from seqframe.data.columns import target_columns
from seqframe.data.seasonality import MAX_ROWS, Seasonality, find_panel_seasons, find_seasons, given_seasons
from seqframe.data.time_index import Frequency, count_steps, infer_frequency, series_starts
from seqframe.data.windows import Floats

MAX_STEPS_PER_ROW = 2  # with longer gaps, only the longest segment is inspected


def find_table_seasons(df: pd.DataFrame, rows: Sequence[range], data_settings: DataSettings) -> tuple[Seasonality, ...]:
    """Seasons of the first target in the given segments (rows, columns), in ascending order; `data.season` overrules.

    Gaps in time are rows of NaN, so that a season continues after a gap. In a table with several series, a season is
    one that most series have; constant series are not inspected.
    """
    target = target_columns(data_settings, list(df.columns))[0]
    frequency = infer_frequency(df.index)
    series = list(_series_values(df, target, rows, frequency))
    series = [values for values in series if np.fmin.reduce(values) < np.fmax.reduce(values)] or series[:1]
    if not series:
        return ()
    if data_settings.season is not None:
        return given_seasons(max(series, key=len), data_settings.season)
    return find_seasons(series[0], frequency) if len(series) == 1 else find_panel_seasons(series, frequency)


def _series_values(
    df: pd.DataFrame, target: str, rows: Sequence[range], frequency: Frequency | None
) -> Iterator[Floats]:
    """Values of the target in each series, at consecutive time steps: (steps,) each."""
    values = df[target].to_numpy(np.float64)
    steps = np.arange(len(df)) if frequency is None else count_steps(df.index, frequency)
    starts = series_starts(df.index)
    parts = [each for each in rows if each]
    numbers = np.searchsorted(starts, [each.start for each in parts], side="right").tolist()
    for _, of_series in groupby(zip(numbers, parts, strict=True), key=itemgetter(0)):
        yield _fill_gaps(values, steps, [each for _, each in of_series])


def _fill_gaps(values: Floats, steps: Sequence[int] | np.ndarray, segments: Sequence[range]) -> Floats:
    """Values of segments of one series with NaN at the steps between them: (steps,); or of the longest segment."""
    positions = np.concatenate([np.arange(each.start, each.stop) for each in segments])
    own = np.asarray(steps)[positions]
    length = int(own.max() - own.min()) + 1
    if length > MAX_STEPS_PER_ROW * len(positions):
        longest = max(segments, key=len)
        return values[longest.start : longest.stop]
    filled: Floats = np.full(length, np.nan)
    filled[own - own.min()] = values[positions]
    return filled[-MAX_ROWS:]
