"""Significance of differences between models: bootstrap intervals, p-values corrected for all pairs, and ranks.

Forecast windows overlap, so errors of neighboring forecast origins are correlated. Origins are therefore resampled in
blocks of neighbors.
"""

from dataclasses import dataclass
from itertools import combinations
from math import comb, floor

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import Floats
from seqframe.errors import UserError

Resamples = NDArray[np.int32]  # (replicates, origins): the origins of each bootstrap replicate
CHUNK_SIZE = 1_000_000  # losses gathered at once, so that memory does not grow with the number of replicates


def resample_origins(groups: NDArray[np.intp], block: int, replicates: int, seed: int) -> Resamples:
    """Circular block bootstrap of origins within each group: (replicates, origins).

    A group is a fold of a series, whose origins follow each other in time; `groups` is (origins,). Blocks of `block`
    neighbors keep the correlation of their errors; the first origin follows the last one.

    Sources: Künsch, "The jackknife and the bootstrap for general stationary observations", Annals of Statistics 17
    (1989); Politis & Romano, "A circular block-resampling procedure for stationary data" (1992).

    >>> resample_origins(np.array([7, 7, 7, 8, 8]), block=2, replicates=2, seed=0).tolist()
    [[2, 0, 1, 3, 4], [1, 2, 0, 3, 4]]
    """
    random = np.random.default_rng(seed)
    resamples = np.empty((replicates, len(groups)), np.int32)
    for group in np.unique(groups):
        origins = np.flatnonzero(groups == group)
        length = min(block, len(origins))
        n_blocks = -(-len(origins) // length)
        starts = random.integers(len(origins), size=(replicates, n_blocks), dtype=np.int32)
        positions = (starts[:, :, None] + np.arange(length, dtype=np.int32)) % len(origins)
        resamples[:, origins] = origins[positions.reshape(replicates, -1)[:, : len(origins)]]
    return resamples


def replicate_means(losses: Floats, resamples: Resamples) -> Floats:
    """Mean loss of each replicate: (origins,) -> (replicates,). Origins without an actual value (NaN) are excluded.

    Raises:
        UserError: Every loss is NaN.
    """
    valid = ~np.isnan(losses)
    if not valid.any():
        raise UserError(
            f"A mean loss needs at least one actual value. Received: {len(losses)} origins, all without. "
            "Score other origins."
        )
    filled = np.where(valid, losses, 0.0)
    means = np.empty(len(resamples))
    chunk = max(1, CHUNK_SIZE // len(losses))
    for first in range(0, len(resamples), chunk):
        rows = resamples[first : first + chunk]
        count = valid[rows].sum(axis=1)
        means[first : first + chunk] = np.where(count > 0, filled[rows].sum(axis=1) / np.maximum(count, 1), np.nan)
    return means[~np.isnan(means)]  # replicates without any actual value are dropped


def interval(losses: Floats, resamples: Resamples, confidence: float = 0.95) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean loss; `losses` is (origins,)."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(replicate_means(losses, resamples), [tail, 1 - tail])
    return float(low), float(high)


def p_from_means(mean: float, means: Floats) -> float:
    """Two-sided bootstrap p-value of a mean difference, from the mean differences of its replicates (replicates,).

    The replicates are centered at the mean difference. The p-value is at least 1 / (1 + replicates).

    Source: Davison & Hinkley, "Bootstrap Methods and their Application" (1997), section 4.4.
    """
    as_extreme = np.sum(np.abs(means - mean) >= abs(mean))
    return float((1 + as_extreme) / (1 + len(means)))


@dataclass(frozen=True)
class RankedModel:
    """A model, its mean loss, and its rank.

    The rank is 1 + the number of significantly better models; a model never ranks below one with a larger loss.
    """

    name: str
    loss: float
    rank: int


@dataclass(frozen=True)
class Pair:
    """Two models and the test of their difference.

    Attributes:
        better: Name of the model with the smaller mean loss.
        worse: Name of the other model.
        difference: Mean loss of `worse` minus mean loss of `better`.
        p: Bootstrap p-value of the difference.
        p_holm: The p-value corrected for the number of pairs.
        significant: Whether `p_holm` is below the significance level.
    """

    better: str
    worse: str
    difference: float
    p: float
    p_holm: float
    significant: bool


@dataclass(frozen=True)
class Ranking:
    """Models by mean loss, the best first, and all pairs of them."""

    models: tuple[RankedModel, ...]
    pairs: tuple[Pair, ...]

    def pair(self, one: str, other: str) -> Pair:
        """The pair of two models, by their names in any order."""
        return next(pair for pair in self.pairs if {pair.better, pair.worse} == {one, other})


def rank_models(losses: dict[str, Floats], resamples: Resamples, level: float = 0.05, smallest: float = 0.0) -> Ranking:
    """Rank models by their losses (origins,) at the same origins; only significant differences count.

    All pairs are tested on the same resamples. Holm's correction keeps the probability of at least one false difference
    below `level`. Ranks never decrease from one model to a model with a smaller loss: a model with noisy losses that
    differs from no other shares its rank with all models above it. `smallest` is a lower bound of the corrected
    p-values, since a bootstrap of few blocks is overconfident: a sign test of n blocks reaches 0.5 ** (n - 1) at best.

    Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
    (1979).

    Raises:
        UserError: The number of replicates is too small for this number of models.
        ValueError: The losses of the models are NaN at different origins.
    """
    needed = min_replicates(len(losses), level)
    if len(resamples) < needed:
        raise UserError(
            f"Ranking {len(losses)} models at level {level} needs at least {needed} bootstrap replicates. "
            f"Received: {len(resamples)}. Use more replicates, or compare fewer models."
        )
    if len({np.isnan(each).tobytes() for each in losses.values()}) > 1:
        raise ValueError("Models must be compared on the same origins: their losses must be NaN at the same origins.")
    loss = {name: float(np.nanmean(each)) for name, each in losses.items()}
    order = sorted(losses, key=lambda name: loss[name])
    means = {name: replicate_means(losses[name], resamples) for name in order}
    pairs = _compare(order, loss, means, level, smallest)
    beaten = [pair.worse for pair in pairs if pair.significant]
    ranks = np.minimum.accumulate([1 + beaten.count(name) for name in order][::-1])[::-1]
    return Ranking(
        tuple(RankedModel(name, loss[name], int(rank)) for name, rank in zip(order, ranks, strict=True)), pairs
    )


def min_replicates(models: int, level: float = 0.05) -> int:
    """Number of bootstrap replicates that one pair of so many models needs to differ significantly.

    >>> min_replicates(2), min_replicates(10)  # the smallest p-value, 1 / (1 + replicates), times 1 and 45 pairs
    (20, 900)
    """
    return floor(comb(models, 2) / level + 1e-9)


def holm_correction(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm-corrected p-values of several tests: (tests,) -> (tests,).

    >>> holm_correction(np.array([0.04, 0.01, 0.03])).tolist()
    [0.06, 0.03, 0.06]
    """
    order = np.argsort(p, kind="stable")
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return corrected


def _compare(
    order: list[str], loss: dict[str, float], means: dict[str, Floats], level: float, smallest: float
) -> tuple[Pair, ...]:
    """All pairs of models, the better one first; `means` (replicates,) are from the same replicates for all models."""
    names = list(combinations(order, 2))
    differences = [loss[worse] - loss[better] for better, worse in names]
    p = np.array(
        [
            p_from_means(difference, means[worse] - means[better])
            for difference, (better, worse) in zip(differences, names, strict=True)
        ]
    )
    corrected = np.maximum(holm_correction(p), smallest)
    return tuple(
        Pair(*names[i], differences[i], float(p[i]), float(corrected[i]), bool(corrected[i] < level))
        for i in range(len(names))
    )
