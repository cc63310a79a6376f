"""Bootstrap of mean losses over forecast times and over series, whose neighbors are correlated.

Forecast windows overlap, so errors of neighboring forecast times are correlated, and errors of different series at one
time may be. Times are therefore resampled in blocks of neighbors, with all series together, and series with all their
times together. Losses are (times, series), and NaN where a series has no forecast or no actual value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import Floats
from seqframe.errors import UserError

Resamples = NDArray[np.int32]  # (replicates, drawn): the times or series of each bootstrap replicate
CHUNK_SIZE = 1_000_000  # losses gathered at once, so that memory does not grow with the number of replicates
REPLICATES = 2000
MIN_INDEPENDENT = 6  # forecasts: a sign test of n forecasts reaches p = 0.5 ** (n - 1), which is below 0.05 from 6 on
MIN_BLOCKS = 3


@dataclass(frozen=True)
class SampleSize:
    """How many forecasts count as independent.

    Attributes:
        times: Number of forecast times that do not overlap.
        series: Number of series.
    """

    times: int
    series: int

    @property
    def over_times(self) -> bool:
        """Whether there are enough forecast times to resample them."""
        return self.times >= MIN_INDEPENDENT

    @property
    def over_series(self) -> bool:
        """Whether there are enough series to resample them."""
        return self.series >= MIN_INDEPENDENT

    @property
    def sufficient(self) -> bool:
        """Whether differences can be tested."""
        return self.over_times or self.over_series

    @property
    def independent(self) -> int:
        """Number of forecasts that count as independent: the smaller one where times and series are resampled.

        >>> [SampleSize(*size).independent for size in ((8, 1), (8, 40), (2, 40), (2, 3))]
        [8, 8, 40, 2]
        """
        if self.over_times and self.over_series:
            return min(self.times, self.series)
        return self.series if self.over_series else self.times


@dataclass(frozen=True)
class Resampling:
    """Circular block bootstrap of times or series, drawn again at each use, so that its memory does not grow.

    Sources: Künsch, "The jackknife and the bootstrap for general stationary observations", Annals of Statistics 17
    (1989); Politis & Romano, "A circular block-resampling procedure for stationary data" (1992).

    Attributes:
        length: Number of positions; the first one follows the last one.
        block: Number of neighboring positions in a block.
        replicates: Number of bootstrap replicates.
        seed: Seed of the random numbers.
    """

    length: int
    block: int
    replicates: int
    seed: int

    def draw(self) -> Resamples:
        """All replicates: (replicates, length).

        >>> Resampling(5, block=2, replicates=2, seed=0).draw().tolist()
        [[4, 0, 3, 4, 2], [1, 2, 1, 2, 0]]
        """
        return next(self.chunks(self.replicates))

    def chunks(self, size: int) -> Iterator[Resamples]:
        """The replicates of `draw` in chunks of up to `size`."""
        random, block = np.random.default_rng(self.seed), min(self.block, self.length)
        for first in range(0, self.replicates, size):
            shape = (min(size, self.replicates - first), -(-self.length // block))
            starts = random.integers(self.length, size=shape, dtype=np.int32)
            positions = (starts[:, :, None] + np.arange(block, dtype=np.int32)) % self.length
            yield positions.reshape(len(starts), -1)[:, : self.length].astype(np.int32)


@dataclass(frozen=True)
class Bootstrap:
    """Bootstrap replicates of a mean loss, the same ones for all models.

    Times are resampled in blocks of one forecast with all series together, the panel moving-blocks bootstrap, which is
    valid where series are correlated and errors are correlated over time. With `MIN_INDEPENDENT` series, series are
    resampled too, independently of the times (the pigeonhole bootstrap); the variance is then not underestimated where
    a difference varies from series to series. With too few times, only series are resampled, which assumes that they
    are independent.

    Sources: Gonçalves, "The moving blocks bootstrap for panel linear regression models with individual fixed effects",
    Econometric Theory 27 (2011); Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1 (2007).

    Attributes:
        size: The number of independent forecasts.
        overlap: Number of neighboring forecast times that overlap.
        times: Draws the times of each replicate; None if they are not resampled.
        series: Draws the series of each replicate; None if they are not resampled.
    """

    size: SampleSize
    overlap: int
    times: Resampling | None
    series: Resampling | None

    def means(self, losses: Floats) -> Floats:
        """Mean loss of each replicate: (times, series) -> (replicates,). A replicate without any loss is dropped.

        The mean of a time is taken over its series, and then the mean over times.

        Raises:
            UserError: Every loss is NaN.
        """
        if np.isnan(losses).all():
            raise UserError(
                f"A mean loss needs at least one actual value. Received: {len(losses)} forecast times, all without. "
                "Score other forecasts."
            )
        means: Floats = np.concatenate(list(self._means(losses)))
        valid: Floats = means[~np.isnan(means)]
        return valid

    def standard_error(self, losses: Floats) -> float:
        """Standard error of the mean loss, corrected for few forecasts and for blocks of overlapping forecasts."""
        return float(self.means(losses).std()) * self._correction

    @cached_property
    def _correction(self) -> float:
        """Factor of the standard error; a bootstrap of n draws has (n - 1) / n of the variance of the mean."""
        count = max(2, self.size.independent)
        return sqrt(count / (count - 1) * overlap_variance(1 if self.times is None else self.overlap))

    def _means(self, losses: Floats) -> Iterator[Floats]:
        chunk = max(1, CHUNK_SIZE // losses.size)
        times, series = (repeat(None) if each is None else each.chunks(chunk) for each in (self.times, self.series))
        for of_times, of_series in zip(times, series, strict=False):
            by_time = mean_over_series(losses, of_series)
            if of_times is not None:
                by_time = np.take_along_axis(np.broadcast_to(by_time, of_times.shape), of_times, axis=1)
            yield mean_of_valid(by_time)


def overlap_variance(overlap: int) -> float:
    """Factor of the variance of a mean that is estimated from blocks of `overlap` forecast times.

    Errors of overlapping windows of length h have autocorrelations up to 1 - k / h at distance k; blocks of length h
    then hold (2 h² + 1) / (3 h²) of the variance.

    >>> [round(overlap_variance(overlap), 2) for overlap in (1, 2, 12)]
    [1.0, 1.33, 1.49]
    """
    return 3 * overlap**2 / (2 * overlap**2 + 1)


def mean_over_series(losses: Floats, drawn: Resamples | None) -> Floats:
    """Mean loss of each time over its series, or over the drawn series: (times, series) -> (replicates or 1, times)."""
    valid = ~np.isnan(losses)
    if drawn is None:
        return mean_of_valid(losses)[None]
    n_series = losses.shape[1]
    numbers = drawn + n_series * np.arange(len(drawn), dtype=np.int64)[:, None]
    counts = np.bincount(numbers.reshape(-1), minlength=n_series * len(drawn)).reshape(len(drawn), n_series)
    total = counts.astype(np.float64) @ np.where(valid, losses, 0.0).T
    weight = counts.astype(np.float64) @ valid.T.astype(np.float64)
    means: Floats = np.where(weight > 0, total / np.maximum(weight, 1), np.nan)
    return means


def mean_of_valid(values: Floats) -> Floats:
    """Mean over the last axis, without NaN; NaN where there is nothing else."""
    valid = ~np.isnan(values)
    count = valid.sum(axis=-1)
    means: Floats = np.where(count > 0, np.where(valid, values, 0.0).sum(axis=-1) / np.maximum(count, 1), np.nan)
    return means


def make_bootstrap(n_times: int, n_series: int, overlap: int, replicates: int = REPLICATES) -> Bootstrap:
    """Bootstrap of losses (times, series), where `overlap` neighboring forecast times overlap.

    Blocks are one forecast long, or a third of all times where there are few. The times of all folds form one sequence,
    so that there are enough blocks.
    """
    size = SampleSize(max(1, n_times // overlap), n_series)
    block = min(overlap, max(1, n_times // MIN_BLOCKS))
    times = Resampling(n_times, block, replicates, seed=0) if size.over_times or not size.over_series else None
    series = Resampling(n_series, 1, replicates, seed=1) if size.over_series else None
    return Bootstrap(size, overlap, times, series)
