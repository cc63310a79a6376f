"""Autocorrelation of a series, and the periods at which it has significant peaks.

Cycles of varying length, such as sunspots, have no stable phase means, but their autocorrelation has a peak.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import Floats

MIN_PERIOD = 3  # rows: a period of two cannot be distinguished from negative autocorrelation at lag 1
MIN_REPEATS = 3  # periods that the longest segment must contain
FALSE_ALARM_RATE = 0.01  # for white noise, over all periods and block sizes together
MIN_RAW_HEIGHT = 0.02  # height of a peak above its surroundings before whitening
WIDTH_DIVISOR = 8  # a peak is averaged over period / 8 lags on both sides
SHORT_LAGS = 3  # lags with short-term correlation that whitening may leave
MIN_SECOND_PEAK = 0.5  # minimum height of the peak after two periods, relative to the peak after one
EPSILON = 1e-24  # relative sum of squares that detrending leaves of a straight line
SIMILAR_HEIGHT = 0.8  # a fraction of the best period is preferred if its peak has this relative height
MIN_COARSE_ROWS = 24  # rows of a series averaged over blocks
MIN_COARSE_PERIOD = 6  # blocks: shorter periods are found in shorter blocks

Segments = Sequence[Floats]  # values of several segments, (rows,) each; NaN is a missing value


@dataclass(frozen=True)
class Autocorrelation:
    """Autocorrelation by lag, from 0: `values` (lags,), and the number of `pairs` (lags,) of rows behind each value."""

    values: Floats
    pairs: Floats


@dataclass(frozen=True)
class AcfPeaks:
    """Autocorrelation peaks at all candidate periods; all arrays are (periods,).

    Attributes:
        periods: Candidate periods in rows.
        heights: Mean height of the peaks after one and two periods.
        errors: Standard errors of the heights.
        significant: Whether both peaks are significant.
    """

    periods: NDArray[np.intp]
    heights: Floats
    errors: Floats
    significant: NDArray[np.bool_]


def find_acf_period(segments: Segments) -> int | None:
    """Find the period at which the autocorrelation of segments (rows,) has a significant peak; None if it has none.

    Every segment is detrended by a straight line and then whitened, which removes the trend and the short-term
    correlation that makes a random walk look periodic. A period is significant if the autocorrelation has a peak after
    one period and another after two, both above the level of noise. The rows are then averaged over blocks of 2, 4, 8,
    ... rows, which removes noise that hides a long period, until a period is significant. The fundamental is preferred
    to its multiples.
    """
    parts = [detrend(part) for part in segments]
    longest = max((len(part) for part in parts), default=0)
    if longest < MIN_PERIOD * MIN_REPEATS or _power(parts) <= EPSILON * _power(list(segments)):
        return None
    sizes = [2**power for power in range(longest.bit_length()) if power == 0 or longest >> power >= MIN_COARSE_ROWS]
    for size in sizes:
        coarse = [block_means(part, size) for part in parts]
        max_period = longest // size // MIN_REPEATS
        raw, white = (autocorrelate(each, 5 * max_period // 2 + 2) for each in (coarse, whiten(coarse)))
        peaks = _find_peaks(white, raw, max_period, FALSE_ALARM_RATE / len(sizes))
        if size > 1:
            peaks = replace(peaks, significant=peaks.significant & (peaks.periods >= MIN_COARSE_PERIOD))
        if peaks.significant.any():
            return _refine(parts, _select_period(peaks) * size, size)
    return None


def highest_peaks(segments: Segments, count: int) -> list[int]:
    """Periods at which the autocorrelation of whitened segments (rows,) is highest in standard errors."""
    parts = [detrend(part) for part in segments]
    max_period = max((len(part) for part in parts), default=0) // MIN_REPEATS
    if max_period < MIN_PERIOD:
        return []
    raw, white = (autocorrelate(each, 5 * max_period // 2 + 2) for each in (parts, whiten(parts)))
    peaks = _find_peaks(white, raw, max_period, FALSE_ALARM_RATE)
    heights = peaks.heights / np.maximum(peaks.errors, np.finfo(np.float64).tiny)
    around = np.concatenate([[-np.inf], heights, [-np.inf]])
    local = np.flatnonzero((heights >= around[:-2]) & (heights >= around[2:]))
    return [int(each) for each in peaks.periods[local[np.argsort(-heights[local], kind="stable")[:count]]]]


def block_means(values: Floats, size: int) -> Floats:
    """Means of blocks of rows, the newest ones: (rows,) -> (rows // size,); NaN where all values are missing."""
    if size == 1:
        return values
    blocks = values[len(values) % size :].reshape(-1, size)
    counts = np.isfinite(blocks).sum(axis=1)
    means: Floats = np.nansum(blocks, axis=1) / np.where(counts > 0, counts, np.nan)
    return means


def _refine(parts: Segments, period: int, size: int) -> int:
    """The period near one found in blocks at which the autocorrelation after one and two periods is highest."""
    if size == 1:
        return period
    values = autocorrelate(parts).values
    lags = np.arange(period - size, min(period + size, (len(values) - 1) // MIN_REPEATS) + 1)
    width = np.maximum(1, lags // WIDTH_DIVISOR)
    heights = _peak_height(values, lags, width) + _peak_height(values, 2 * lags, width)
    return int(lags[np.argmax(heights)])


def autocorrelate(segments: Segments, lags: int | None = None) -> Autocorrelation:
    """Autocorrelation of segments (rows,) about zero at every lag, or at the first ones; all zero if the segments are.

    >>> autocorrelate([np.array([1.0, -1.0, 1.0])]).values.round(9).tolist()
    [1.0, -1.0, 1.0]
    """
    longest = max(len(segment) for segment in segments)
    lags = longest if lags is None else min(lags, longest)
    total, pairs = np.zeros(lags), np.zeros(lags)
    for segment in segments:
        valid = ~np.isnan(segment)
        first = min(lags, len(segment))
        if valid.all():
            total[:first] += _lagged_products(segment, first)
            pairs[:first] += len(segment) - np.arange(first)
        else:
            total[:first] += _lagged_products(np.where(valid, segment, 0.0), first)
            pairs[:first] += np.rint(_lagged_products(valid.astype(np.float64), first))
    covariance = total / np.maximum(pairs, 1)
    return Autocorrelation(covariance / (covariance[0] or 1.0), pairs)


def detrend(segment: Floats) -> Floats:
    """Subtract the least-squares line from a segment (rows,); all NaN with fewer than 3 valid rows."""
    valid = ~np.isnan(segment)
    if valid.sum() < 3:
        return np.full(len(segment), np.nan)
    rows = np.arange(len(segment), dtype=np.float64)
    rows -= rows[valid].mean()
    centered = segment - segment[valid].mean()
    detrended: Floats = centered - rows * np.sum(rows[valid] * centered[valid]) / np.sum(rows[valid] ** 2)
    return detrended


def whiten(segments: Segments) -> list[Floats]:
    """Residuals of a first-order autoregression with one coefficient for all segments (rows,): (rows - 1,) each.

    Random walks look periodic without it (Nelson & Kang, "Spurious periodicity in inappropriately detrended time
    series", Econometrica 49, 1981).
    """
    before, now = (np.concatenate([each[part] for each in segments]) for part in (slice(None, -1), slice(1, None)))
    both = ~np.isnan(before) & ~np.isnan(now)
    size = np.sum(before[both] ** 2)
    factor = np.clip(np.sum(before[both] * now[both]) / size, -1, 1) if size > 0 else 0.0
    whitened = [each[1:] - factor * each[:-1] for each in segments]
    return [each - np.nanmean(each) if np.isfinite(each).any() else each for each in whitened]


def _lagged_products(segment: Floats, lags: int) -> Floats:
    """Sum of the products of values that are a lag apart, by lag: (rows,) -> (lags,), by fast Fourier transform."""
    size = _transform_length(len(segment) + lags - 1)  # zero padding, so that the ends do not wrap around
    sums: Floats = np.fft.irfft(np.abs(np.fft.rfft(segment, size)) ** 2, size)[:lags]
    return sums


def _transform_length(least: int) -> int:
    """The smallest length of at least this size for a fast transform: a power of two, or 3/4 or 5/8 of it."""
    power = 1 << max(3, (least - 1).bit_length())
    return next(length for length in (power * 5 // 8, power * 3 // 4, power) if length >= least)


def _power(parts: list[Floats]) -> float:
    """Sum of squares of all valid values."""
    return float(sum(np.nansum(part**2) for part in parts))


def _find_peaks(white: Autocorrelation, raw: Autocorrelation, max_period: int, rate: float) -> AcfPeaks:
    """Measure the peak at every period and test it against white noise; standard errors by Bartlett's formula."""
    periods = np.arange(MIN_PERIOD, max_period + 1)
    width = np.maximum(1, periods // WIDTH_DIVISOR)
    around = _mean_between(white.values, periods - periods // 2, 2 * periods + periods // 2)
    first, second = (_peak_height(white.values, lags, width) - around for lags in (periods, 2 * periods))
    inflation = 1 + 2 * np.sum(white.values[1 : SHORT_LAGS + 1] ** 2)
    weights = (2 * width**2 + 1) / (3 * width**3)  # sum of the squared triangle weights
    errors, second_errors = (
        np.sqrt(inflation * weights / np.maximum(white.pairs[lags], 1)) for lags in (periods, 2 * periods)
    )
    limit = NormalDist().inv_cdf(1 - sqrt(rate / len(periods)))  # both peaks must exceed it
    raw_height = raw.values[periods] - _mean_between(raw.values, periods - periods // 2, periods + periods // 2)
    high = (first > limit * errors) & (second > limit * second_errors)
    significant = high & (second >= MIN_SECOND_PEAK * first) & (raw_height > MIN_RAW_HEIGHT)
    return AcfPeaks(periods, (first + second) / 2, errors, significant)


def _peak_height(values: Floats, lags: NDArray[np.intp], width: NDArray[np.intp]) -> Floats:
    """Mean around each lag (periods,) with triangular weights that reach zero `width` lags away.

    A triangle is the convolution of two boxes, so its mean is a second difference of the twice cumulated sum.
    """
    sums = np.concatenate([[0.0], np.cumsum(np.cumsum(values))])
    heights: Floats = (sums[lags + width] - 2 * sums[lags] + sums[lags - width]) / width**2
    return heights


def _mean_between(values: Floats, first: NDArray[np.intp], last: NDArray[np.intp]) -> Floats:
    """Mean from one lag to another, both included: (periods,)."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    last = np.minimum(last, len(values) - 1)
    means: Floats = (sums[last + 1] - sums[first]) / (last + 1 - first)
    return means


def _select_period(peaks: AcfPeaks) -> int:
    """The period with the highest peak, or its shortest fraction with a similar peak."""
    heights = np.where(peaks.significant, peaks.heights, -np.inf)
    best = int(np.argmax(heights))
    period = peaks.periods[best]
    fraction = np.abs(peaks.periods - period / np.maximum(1, np.rint(period / peaks.periods))) <= 1
    similar = peaks.heights >= SIMILAR_HEIGHT * peaks.heights[best] - 2 * peaks.errors[best]
    first = int(np.flatnonzero(peaks.significant & fraction & similar)[0])
    return int(peaks.periods[first + int(np.argmax(heights[first : first + 3]))])  # the top of that peak
