"""Test of a seasonal period by phase means: the means of all rows at the same position within a period.

A stable season has equal phase means in every part of a series. The parts are compared harmonic by harmonic, since the
odd harmonics of a period of 24 rows do not occur in a period of 12.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import Floats

MIN_CYCLES = 3  # periods that the rows must contain
MAX_BLOCKS = 20  # parts of the series whose phase means are compared
EPSILON = 1e-24  # share of the variance that detrending leaves of a straight line
MAX_STABILITY = 1e12  # upper bound of F statistics: a season without noise


@dataclass(frozen=True)
class PhaseTest:
    """Result of the test of one period.

    Attributes:
        share: Share of the variance of the detrended series that the phase means explain.
        own_share: The part of it that no shorter period explains.
        p_value: Probability of phase means as stable as these without a season of exactly this period.
    """

    share: float
    own_share: float
    p_value: float


def check_period(values: Floats, length: float) -> PhaseTest:
    """Test whether values (rows,) have a season of `length` rows, which need not be whole; NaN is ignored.

    The trend, a centered moving average over one period, is subtracted. The series is divided into blocks of whole
    periods, and each harmonic of the phase means is tested by an F test of its mean over the blocks against its
    variance between them, as in Welch's method, so noise may be autocorrelated. The p-values of the harmonics are
    combined by the weighted Bonferroni and by Fisher's method. For each prime factor of the period, the harmonics
    that are absent from the period divided by it are tested separately, and the largest p-value counts.
    """
    period, cycles = round(length), int(len(values) / length + 1e-9)
    if cycles < MIN_CYCLES:
        return PhaseTest(0.0, 0.0, 1.0)
    detrended = (values - moving_trend(values, period))[len(values) - int(np.ceil(cycles * length - 1e-9)) :]
    variance = _power(detrended)
    if variance <= EPSILON * _power(values):
        return PhaseTest(0.0, 0.0, 1.0)
    blocks = min(cycles, MAX_BLOCKS)
    numbers = np.arange(1, period // 2 + 1)
    _, powers = _test_harmonics(_harmonics(detrended, length, blocks))
    powers = powers * np.where(2 * numbers == period, 1, 2) / (period**2 * variance)
    p_values, _ = _test_harmonics(_harmonics(_whiten(detrended, length), length, blocks))
    own = [numbers % prime > 0 for prime in prime_factors(period)]
    tested = (2 * numbers < period) | (period == 2)  # without the highest harmonic of an even period, which is real
    return PhaseTest(
        share=float(np.clip(powers.sum(), 0, 1)),
        own_share=float(np.clip(min(powers[group].sum() for group in own), 0, 1)),
        p_value=max(_combine(p_values[group & tested]) for group in own),
    )


def check_alternation(values: Floats) -> PhaseTest:
    """Test whether values (rows,) alternate: whether they have a season of two rows.

    The noise is a first-order autoregression of the values with alternating signs, so that negative autocorrelation
    alone is no season. Its coefficient is corrected for bias (Kendall, Biometrika 41, 1954).
    """
    if len(values) < 2 * MIN_CYCLES:
        return PhaseTest(0.0, 0.0, 1.0)
    signed = (values - moving_trend(values, 2)) * np.where(np.arange(len(values)) % 2, -1.0, 1.0)
    count, power = int((~np.isnan(signed)).sum()), _power(signed)
    if count < 2 * MIN_CYCLES or power <= EPSILON * _power(values):
        return PhaseTest(0.0, 0.0, 1.0)
    mean = float(np.nanmean(signed))
    noise = signed - mean
    factor = _autoregression(noise)
    factor = min(factor + (1 + 3 * factor) / count, 1.0)
    variance = float(np.nanmean((noise[1:] - factor * noise[:-1]) ** 2))
    ratio = (mean * (1 - factor)) ** 2 * count / max(variance, power / MAX_STABILITY)
    share = mean**2 / power
    return PhaseTest(share, share, float((1 + ratio / count) ** (-count / 2)))


def moving_trend(values: Floats, period: int) -> Floats:
    """Centered moving average of values (rows,) over one period: (rows,); at the ends a straight line.

    The first and the last weight of an even period are halved. The series must contain two periods.

    >>> moving_trend(np.array([0.0, 3, 2, 5, 4, 7]), 2).tolist()
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    """
    half = period // 2
    valid = ~np.isnan(values)
    center = values[valid].mean() if valid.any() else 0.0
    sums, counts = (_window_sums(each, period) for each in (np.where(valid, values - center, 0.0), valid * 1.0))
    average = center + sums / np.where(counts > 0, counts, np.nan)
    slopes = [(average[span] - average[0]) / span if span else 0.0 for span in [min(period, len(average) - 1)]]
    slopes += [(average[-1] - average[-1 - span]) / span if span else 0.0 for span in [min(period, len(average) - 1)]]
    before = average[0] + slopes[0] * np.arange(-half, 0)
    after = average[-1] + slopes[1] * np.arange(1, len(values) - half - len(average) + 1)
    trend: Floats = np.concatenate([before, average, after])
    return trend


def prime_factors(number: int) -> list[int]:
    """Prime factors of a number without repetitions, in ascending order.

    >>> prime_factors(168)
    [2, 3, 7]
    """
    return list(_prime_factors(number))


def _prime_factors(number: int) -> Iterator[int]:
    factor = 2
    while number > 1:
        if factor * factor > number:
            factor = number
        if number % factor == 0:
            yield factor
            while number % factor == 0:
                number //= factor
        factor += 1


def _window_sums(values: Floats, period: int) -> Floats:
    """Sums over windows of one period, centered at a row: (rows - 2 * (period // 2),)."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    windows: Floats = sums[period:] - sums[:-period]
    return windows if period % 2 else (windows[1:] + windows[:-1]) / 2


def _power(values: Floats) -> float:
    """Mean of the squares of all valid values (rows,); 0 if there is none."""
    return float(np.nansum(values**2)) / max(1, int((~np.isnan(values)).sum()))


def _harmonics(values: Floats, length: float, blocks: int) -> NDArray[np.complex128]:
    """Fourier transform of the phase means of each block, without the mean: (rows,) -> (blocks, harmonics)."""
    return np.fft.rfft(_block_means(values, length, blocks), axis=1)[:, 1:]


def _whiten(detrended: Floats, length: float) -> Floats:
    """Residuals of a first-order autoregression of what the phase means leave: (rows,); the first one is 0."""
    (means,) = _block_means(detrended, length, 1)
    factor = _autoregression(detrended - means[_phases(len(detrended), length)])
    return np.concatenate([[0.0], detrended[1:] - factor * detrended[:-1]])


def _autoregression(noise: Floats) -> float:
    """Coefficient of a first-order autoregression of noise (rows,), from -1 to 1."""
    both = ~np.isnan(noise[1:]) & ~np.isnan(noise[:-1])
    before, now = noise[:-1][both], noise[1:][both]
    size = float(np.sum(before * before))
    return float(np.clip(np.sum(before * now) / size, -1, 1)) if size > 0 else 0.0


def _block_means(values: Floats, length: float, blocks: int) -> Floats:
    """Phase means of each block of whole periods: (rows,) -> (blocks, period); 0 where all values are missing."""
    period, cycles = round(length), int(len(values) / length + 1e-9)
    edges = np.ceil(np.arange(blocks + 1) * cycles // blocks * length - 1e-9).astype(np.intp)  # rows
    cell = _phases(len(values), length) + period * np.repeat(np.arange(blocks), np.diff(edges))
    valid = ~np.isnan(values)
    sums = np.bincount(cell, np.where(valid, values, 0.0), blocks * period)
    counts = np.bincount(cell, valid, blocks * period)
    means: Floats = (sums / np.maximum(counts, 1)).reshape(blocks, period)
    return means


def _phases(rows: int, length: float) -> NDArray[np.intp]:
    """Position of every row in its period: (rows,), from 0; rows of a period that is not whole are rounded down."""
    period = round(length)
    phases = np.arange(rows) % length * (period / length)
    return np.asarray(np.minimum(phases, period - 1), np.intp)


def _test_harmonics(harmonics: NDArray[np.complex128]) -> tuple[Floats, Floats]:
    """p-value and squared magnitude, without bias, of the mean over the blocks: (blocks, harmonics) -> (harmonics,).

    The statistic of each harmonic has an F distribution with 2 and 2 * (blocks - 1) degrees of freedom.
    """
    blocks = len(harmonics)
    mean = np.abs(harmonics.mean(axis=0)) ** 2
    variance = np.sum(np.abs(harmonics - harmonics.mean(axis=0)) ** 2, axis=0) / (blocks - 1)
    variance = np.maximum(variance, blocks * mean.max() / MAX_STABILITY + np.finfo(np.float64).tiny)
    p_values: Floats = (1 + blocks * mean / variance / (blocks - 1)) ** (1.0 - blocks)
    return p_values, mean - variance / blocks


def _combine(p_values: Floats) -> float:
    """p-value of several independent tests, the first ones weighted more: (tests,).

    It is twice the smaller one of Bonferroni's with weights 1, 1/2, 1/3, ... and of Fisher's, whose chi-squared
    distribution is approximated as in Wilson and Hilferty (PNAS 17, 1931).
    """
    ranks = np.arange(1, len(p_values) + 1)
    bonferroni = float(np.min(p_values * ranks) * np.sum(1 / ranks))
    cube, size = float(-np.log(p_values).mean()) ** (1 / 3), 1 / (9 * len(p_values))
    fisher = NormalDist().cdf(-(cube - (1 - size)) / sqrt(size))
    return min(1.0, 2 * min(bonferroni, fisher))
