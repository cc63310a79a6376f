"""The season of a series: after how many rows it comes back to where it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import Floats

# How alike values are that lie a number of rows apart, over several runs of rows, some of them not measured (NaN).

Runs = Sequence[Floats]


@dataclass(frozen=True)
class Autocorrelation:
    """By lag from 0: the autocorrelation `values` (lags,), and how many `pairs` (lags,) of rows each is from."""

    values: Floats
    pairs: Floats


def correlate(runs: Runs) -> Autocorrelation:
    """The autocorrelation of runs (rows,) about zero, at every lag; all zero where the runs are.

    >>> correlate([np.array([1.0, -1.0, 1.0])]).values.round(9).tolist()
    [1.0, -1.0, 1.0]
    """
    lags = max(len(run) for run in runs)
    total, pairs = np.zeros(lags), np.zeros(lags)
    for run in runs:
        measured = ~np.isnan(run)
        total[: len(run)] += _products(np.where(measured, run, 0.0))
        pairs[: len(run)] += np.rint(_products(measured.astype(np.float64)))
    covariance = total / np.maximum(pairs, 1)
    return Autocorrelation(covariance / (covariance[0] or 1.0), pairs)


def detrend(run: Floats) -> Floats:
    """Take the straight line of least squares off a run (rows,); nothing is left of fewer than 3 measured rows."""
    measured = ~np.isnan(run)
    if measured.sum() < 3:
        return np.full(len(run), np.nan)
    rows = np.arange(len(run), dtype=np.float64)
    rows -= rows[measured].mean()
    level = run - run[measured].mean()
    detrended: Floats = level - rows * (rows[measured] @ level[measured]) / (rows[measured] @ rows[measured])
    return detrended


def whiten(runs: Runs) -> list[Floats]:
    """What a value does not owe to the one before, by one factor for all runs (rows,): (rows - 1,) each.

    Floats that wander look as if they had a season (Nelson & Kang, "Spurious periodicity in inappropriately detrended
    time series", Econometrica 49, 1981); without what they owe to each other they do not.
    """
    before, now = (np.concatenate([run[part] for run in runs]) for part in (slice(None, -1), slice(1, None)))
    both = ~np.isnan(before) & ~np.isnan(now)
    size = before[both] @ before[both]
    factor = np.clip(before[both] @ now[both] / size, -1, 1) if size > 0 else 0.0
    whitened = [run[1:] - factor * run[:-1] for run in runs]
    return [run - np.nanmean(run) if np.isfinite(run).any() else run for run in whitened]


def _products(run: Floats) -> Floats:
    """The sum of value times value so many rows later, by lag: (rows,) -> (rows,), by the fast Fourier transform."""
    size = 1 << (2 * len(run) - 1).bit_length()  # room for no end to meet the beginning
    sums: Floats = np.fft.irfft(np.abs(np.fft.rfft(run, size)) ** 2, size)[: len(run)]
    return sums


NEWEST = 100_000  # rows that are looked at
SHORTEST = 3  # rows: two that alternate cannot be told from values that correct each other
REPEATS = 3  # periods that the longest run must hold
FALSE_ALARM = 0.01  # how often white noise may pass for a season, over all periods together; other noise does more
VISIBLE = 0.02  # how far a hill must rise above its surroundings also before whitening
SLOPES = 8  # a hill is averaged over a period / 8 to both sides
MEMORY = 3  # lags of what is left of the short memory after whitening
FALLS_TO = 0.5  # the hill after two periods is at least this part of the one after one
ROUNDING = 1e-24  # of the sum of squares: what is left of a straight line when it is detrended
AS_HIGH = 0.8  # a fraction of the best period is preferred where its hill is this part of the best


@dataclass(frozen=True)
class Seasonality:
    """A period in rows, and its strength: the autocorrelation of the detrended series there, up to 1."""

    period: int
    strength: float


@dataclass(frozen=True)
class AcfPeaks:
    """Of every period considered (periods,): its rows, how high its hills are, their error, and whether they count."""

    periods: NDArray[np.intp]
    heights: Floats
    errors: Floats
    count: NDArray[np.bool_]


def find_seasonality(values: Floats, runs: Sequence[range] | None = None) -> Seasonality | None:
    """Find the season of a series (rows,) of training rows; None where there is none to be told from noise.

    Every run of rows is detrended by a straight line, and then whitened: what remains is without trend and without
    the memory by which a random walk seems to swing. A period is a season if the autocorrelation of that has a hill
    after one period and another after two, both beyond what noise would heap up: of 200 random walks, three or
    four pass. Periods are rounded to rows, from 3 to a third of the longest run; the fundamental is preferred to its
    multiples. Only the last 100,000 rows are looked at. NaN is left out.
    """
    newest = _newest(values, runs or [range(len(values))])
    parts = [detrend(part) for part in newest]
    longest = max((len(part) for part in parts), default=0)
    if longest < SHORTEST * REPEATS or _power(parts) <= ROUNDING * _power(newest):
        return None
    plain = correlate(parts)
    hills = _heap_up(correlate(whiten(parts)), plain, longest // REPEATS)
    if not hills.count.any():
        return None
    period = _choose(hills)
    return Seasonality(period, min(1.0, float(plain.values[period])))


def _newest(values: Floats, runs: Sequence[range]) -> list[Floats]:
    """The runs that hold the last rows, the oldest of them cut."""
    parts: list[Floats] = []
    left = NEWEST
    for run in reversed(runs):
        if left > 0:
            parts.append(np.asarray(values[max(run.start, run.stop - left) : run.stop], np.float64))
            left -= len(parts[-1])
    return parts


def _power(parts: list[Floats]) -> float:
    """The sum of squares of what was measured."""
    return float(sum(np.nansum(part**2) for part in parts))


def _heap_up(white: Autocorrelation, plain: Autocorrelation, longest: int) -> AcfPeaks:
    """Measure the hill of every period, against what white noise would heap up (Bartlett's formula for its error)."""
    periods = np.arange(SHORTEST, longest + 1)
    width = np.maximum(1, periods // SLOPES)
    around = _mean(white.values, periods - periods // 2, 2 * periods + periods // 2)
    once, twice = (_hill(white.values, lags, width) - around for lags in (periods, 2 * periods))
    memory = 1 + 2 * np.sum(white.values[1 : MEMORY + 1] ** 2)
    weights = (2 * width**2 + 1) / (3 * width**3)  # the sum of the squares of a triangle's weights
    errors, later = (np.sqrt(memory * weights / np.maximum(white.pairs[lags], 1)) for lags in (periods, 2 * periods))
    limit = NormalDist().inv_cdf(1 - sqrt(FALSE_ALARM / len(periods)))  # for two hills that must both be there
    seen = plain.values[periods] - _mean(plain.values, periods - periods // 2, periods + periods // 2)
    high = (once > limit * errors) & (twice > limit * later)
    return AcfPeaks(periods, (once + twice) / 2, errors, high & (twice >= FALLS_TO * once) & (seen > VISIBLE))


def _hill(values: Floats, lags: NDArray[np.intp], width: NDArray[np.intp]) -> Floats:
    """The mean around each lag (periods,), by weights that fall to zero `width` lags away: a triangle.

    A triangle is a sum of sums: its mean is a second difference of the running sum of the running sum.
    """
    sums = np.concatenate([[0.0], np.cumsum(np.cumsum(values))])
    hills: Floats = (sums[lags + width] - 2 * sums[lags] + sums[lags - width]) / width**2
    return hills


def _mean(values: Floats, first: NDArray[np.intp], last: NDArray[np.intp]) -> Floats:
    """The mean from one lag to another, both included: (periods,)."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    last = np.minimum(last, len(values) - 1)
    means: Floats = (sums[last + 1] - sums[first]) / (last + 1 - first)
    return means


def _choose(hills: AcfPeaks) -> int:
    """The period of the highest hill, or the shortest fraction of it whose hill is about as high."""
    best = int(np.argmax(np.where(hills.count, hills.heights, -np.inf)))
    period = hills.periods[best]
    fraction = np.abs(hills.periods - period / np.maximum(1, np.rint(period / hills.periods))) <= 1
    high = hills.heights >= AS_HIGH * hills.heights[best] - 2 * hills.errors[best]
    first = int(np.flatnonzero(hills.count & fraction & high)[0])
    near = np.where(hills.count, hills.heights, -np.inf)[first : first + 3]  # the top of the hill that begins there
    return int(hills.periods[first + int(np.argmax(near))])
