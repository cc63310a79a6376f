"""Divisors of the MASE: the in-sample error of the seasonal naive forecast of each series in its training rows."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import Floats

EPSILON = 1e-9  # a seasonal error below this share of the one-step error is rounding


def error_scales(values: Floats, segments: Sequence[range], series: NDArray[np.intp], season: int) -> Floats:
    """In-sample MAE of the seasonal naive forecast: (series + 1, targets), physical units; the last row is of all.

    `values` is (rows, targets) without NaN in the segments of training rows; `series` is the number of the series of
    each segment: (segments,). No difference crosses the end of a segment (Hyndman & Koehler 2006).

    A target that repeats exactly after a season has its one-step error instead. A series whose segments are not longer
    than a season, or that is constant, has the scale of all series together; if these are constant too, it is the
    absolute value of the constant, or 1.

    >>> error_scales(np.array([[1.0], [2.0], [4.0], [8.0]]), [range(4)], np.array([0]), 2).tolist()
    [[4.5], [4.5]]
    """
    lengths = np.array([len(each) for each in segments], np.intp)
    rows = np.concatenate([np.arange(each.start, each.stop) for each in segments])
    numbers, n_series = np.repeat(np.arange(len(segments)), lengths), int(series.max()) + 1
    seasonal, one_step = (_mean_changes(values[rows], numbers, series, n_series, lag) for lag in (season, 1))
    together = np.where(np.isnan(seasonal[-1]), one_step[-1], seasonal[-1])  # between gaps, no segment may be longer
    together = np.where(together > EPSILON * one_step[-1], together, one_step[-1])
    level = np.abs(values[rows[0]])
    together = np.where(together > 0, together, np.where(level > 0, level, 1.0))
    scales = np.where(seasonal > EPSILON * one_step, seasonal, one_step)
    valid = ~np.isnan(seasonal) & (scales > 0)
    scales = np.where(valid, scales, together)
    scales[-1] = together
    return scales


def _mean_changes(
    values: Floats, numbers: NDArray[np.intp], series: NDArray[np.intp], n_series: int, lag: int
) -> Floats:
    """Mean absolute change after `lag` rows: (series + 1, targets), the last row of all; NaN where there is none.

    `values` (rows, targets) are the rows of the segments `numbers` (rows,), one after the other.
    """
    inside = numbers[lag:] == numbers[:-lag]
    changes = np.abs(values[lag:] - values[:-lag])[inside]  # (changes, targets)
    own = series[numbers[lag:][inside]]
    counts = np.bincount(own, minlength=n_series)[:, None]
    sums = np.stack([np.bincount(own, column, minlength=n_series) for column in changes.T], axis=1)
    sums, counts = (np.concatenate([each, each.sum(axis=0, keepdims=True)]) for each in (sums, counts))
    means: Floats = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return means
