"""Imputation of missing values within segments, so that no value is taken from another split or series."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.windows import Floats

CHUNK = 1 << 18  # rows checked at a time


def fill_missing(df: pd.DataFrame, segments: Sequence[range], policy: str) -> tuple[pd.DataFrame, tuple[range, ...]]:
    """Fill the NaN of every segment from its own values: (rows, columns), and the segments that remain.

    `interpolate` interpolates linearly between neighbors; `ffill` repeats the last value. A segment loses the rows
    before the first value of any column and, for `interpolate`, the rows after the last value; a segment with an empty
    column is dropped. If nothing is missing, the same data frame is returned. Segments must not overlap.

    >>> df = pd.DataFrame({"x": [np.nan, 1, np.nan, 3, np.nan]})
    >>> filled, segments = fill_missing(df, [range(5)], "interpolate")
    >>> filled["x"].tolist(), segments
    ([nan, 1.0, 2.0, 3.0, nan], (range(1, 4),))
    """
    original = df.to_numpy(np.float64)  # (rows, columns)
    if not _any_missing(original, range(len(original))) or not any(_any_missing(original, each) for each in segments):
        return df, tuple(segments)
    values = original.copy()
    trimmed = []
    for segment in segments:
        if _any_missing(original, segment):
            part = values[segment.start : segment.stop]  # (rows of the segment, columns)
            trimmed.append(_trim(segment, np.isnan(part), both_ends=policy == "interpolate"))
            for column in part.T:
                FILLERS[policy](column)
        else:
            trimmed.append(segment)
    return pd.DataFrame(values, df.index, df.columns, copy=False), tuple(segment for segment in trimmed if segment)


def _any_missing(values: Floats, segment: range) -> bool:
    return any(np.isnan(values[start : min(start + CHUNK, segment.stop)]).any() for start in segment[::CHUNK])


def _trim(segment: range, missing: NDArray[np.bool_], both_ends: bool) -> range:
    """The rows of a segment that can be filled; `missing` is (rows of the segment, columns)."""
    if missing.all(axis=0).any():
        return segment[:0]
    first = int(missing.argmin(axis=0).max())
    after_last = int(missing[::-1].argmin(axis=0).max()) if both_ends else 0
    return segment[first : max(first, len(segment) - after_last)]


def _interpolate(column: Floats) -> None:
    """Interpolate linearly between the first and the last value, in place."""
    missing = np.isnan(column)
    valid = np.flatnonzero(~missing)
    if valid.size:
        column[missing] = np.interp(np.flatnonzero(missing), valid, column[valid], left=np.nan, right=np.nan)


def _fill_forward(column: Floats) -> None:
    """Repeat the last value, in place; rows before the first value stay NaN."""
    last_valid = np.where(np.isnan(column), 0, np.arange(len(column)))
    column[:] = column[np.maximum.accumulate(last_valid)]


FILLERS: dict[str, Callable[[Floats], None]] = {"interpolate": _interpolate, "ffill": _fill_forward}
