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
    variance = float(np.nanmean(detrended**2)) if np.isfinite(detrended).any() else 0.0
    if variance <= EPSILON * np.nanvar(values):
        return PhaseTest(0.0, 0.0, 1.0)
    blocks = min(cycles, MAX_BLOCKS)
    numbers = np.arange(1, max(1, (period - 1) // 2) + 1)  # without the highest harmonic of an even period
    _, powers = _test_harmonics(_harmonics(detrended, length, blocks)[:, numbers])
    powers = powers * 2 / (period**2 * variance)
    p_values, _ = _test_harmonics(_harmonics(_whiten(detrended, length), length, blocks)[:, numbers])
    own = [numbers % prime > 0 for prime in prime_factors(period)]
    return PhaseTest(
        share=float(np.clip(powers.sum(), 0, 1)),
        own_share=float(np.clip(min(powers[group].sum() for group in own), 0, 1)),
        p_value=max(_combine(p_values[group]) for group in own),
    )


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


def _harmonics(values: Floats, length: float, blocks: int) -> NDArray[np.complex128]:
    """Fourier transform of the phase means of each block: (rows,) -> (blocks, harmonics), the mean first."""
    return np.fft.rfft(_block_means(values, length, blocks), axis=1)


def _whiten(detrended: Floats, length: float) -> Floats:
    """Residuals of a first-order autoregression of what the phase means leave: (rows,); the first one is 0."""
    (means,) = _block_means(detrended, length, 1)
    phase = np.arange(len(detrended)) % length * (len(means) / length)
    noise = detrended - means[np.minimum(phase, len(means) - 1).astype(np.intp)]
    both = ~np.isnan(noise[1:]) & ~np.isnan(noise[:-1])
    size = float(noise[:-1][both] @ noise[:-1][both])
    factor = np.clip(noise[:-1][both] @ noise[1:][both] / size, -1, 1) if size > 0 else 0.0
    return np.concatenate([[0.0], detrended[1:] - factor * detrended[:-1]])


def _block_means(values: Floats, length: float, blocks: int) -> Floats:
    """Phase means of each block of whole periods: (rows,) -> (blocks, period); 0 where all values are missing."""
    period = round(length)
    cycle, phase = np.divmod(np.arange(len(values)), length)
    cycles = int(len(values) / length + 1e-9)
    block = np.minimum(cycle, cycles - 1).astype(np.intp) * blocks // cycles
    cell = block * period + np.minimum(phase * (period / length), period - 1).astype(np.intp)
    valid = ~np.isnan(values)
    sums = np.bincount(cell[valid], values[valid], blocks * period)
    counts = np.bincount(cell[valid], minlength=blocks * period)
    means: Floats = (sums / np.maximum(counts, 1)).reshape(blocks, period)
    return means


def _test_harmonics(harmonics: NDArray[np.complex128]) -> tuple[Floats, Floats]:
    """p-value and squared magnitude, without bias, of the mean over the blocks: (blocks, harmonics) -> (harmonics,).

    The statistic of each harmonic has an F distribution with 2 and 2 * (blocks - 1) degrees of freedom.
    """
    blocks = len(harmonics)
    mean = np.abs(harmonics.mean(axis=0)) ** 2
    variance = np.sum(np.abs(harmonics - harmonics.mean(axis=0)) ** 2, axis=0) / (blocks - 1)
    variance = np.maximum(variance, blocks * mean.max() / MAX_STABILITY)
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
