"""An order of forecasters in which nobody stands above another by luck."""

from dataclasses import dataclass
from itertools import combinations
from math import comb, floor

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import Floats
from seqframe.errors import UserError

# How sure a mean loss is, where the losses of neighbouring origins depend on each other.

Draws = NDArray[np.int32]  # (replicates, origins): which origins each replicate is made of
GATHERED = 1_000_000  # losses that are gathered at a time, so that memory does not grow with the replicates


def resample_origins(groups: NDArray[np.intp], block: int, replicates: int, seed: int) -> Draws:
    """Draw origins anew, in blocks of neighbours, within each group: (replicates, origins).

    Windows overlap, so that the errors of neighbouring origins are alike; whole blocks keep that. A group (origins,)
    is a fold of a series, whose origins follow each other in time; behind its last one comes its first one.

    Sources: Künsch, "The jackknife and the bootstrap for general stationary observations", Annals of Statistics 17
    (1989); Politis & Romano, "A circular block-resampling procedure for stationary data" (1992).

    >>> resample_origins(np.array([7, 7, 7, 8, 8]), block=2, replicates=2, seed=0).tolist()
    [[2, 0, 1, 3, 4], [1, 2, 0, 3, 4]]
    """
    random = np.random.default_rng(seed)
    draws = np.empty((replicates, len(groups)), np.int32)
    for group in np.unique(groups):
        origins = np.flatnonzero(groups == group)
        length = min(block, len(origins))
        blocks = -(-len(origins) // length)
        starts = random.integers(len(origins), size=(replicates, blocks), dtype=np.int32)
        drawn = (starts[:, :, None] + np.arange(length, dtype=np.int32)) % len(origins)
        draws[:, origins] = origins[drawn.reshape(replicates, -1)[:, : len(origins)]]
    return draws


def replicate_means(losses: Floats, draws: Draws) -> Floats:
    """The mean loss of each replicate: (origins,) -> (replicates,). Origins without a measured truth are left out.

    Raises:
        UserError: No origin has a measured truth.
    """
    measured = ~np.isnan(losses)
    if not measured.any():
        raise UserError(f"A mean needs a measured truth. Received: {len(losses)} origins, all without. Score others.")
    filled = np.where(measured, losses, 0.0)
    means = np.empty(len(draws))
    chunk = max(1, GATHERED // len(losses))
    for first in range(0, len(draws), chunk):
        drawn = draws[first : first + chunk]
        count = measured[drawn].sum(axis=1)
        # A replicate that happens to hold no measured truth says nothing.
        means[first : first + chunk] = np.where(count > 0, filled[drawn].sum(axis=1) / np.maximum(count, 1), np.nan)
    return means[~np.isnan(means)]


def interval(losses: Floats, draws: Draws, confidence: float = 0.95) -> tuple[float, float]:
    """Where the mean loss lies, by the percentiles of its replicates."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(replicate_means(losses, draws), [tail, 1 - tail])
    return float(low), float(high)


def p_value(differences: Floats, draws: Draws) -> float:
    """How often a mean difference (origins,) this far from zero comes about by chance, where it is zero in truth.

    Two-sided; the replicates are centred. At least 1 / (1 + replicates).

    Source: Davison & Hinkley, "Bootstrap Methods and their Application" (1997), section 4.4.
    """
    return p_from_means(float(np.nanmean(differences)), replicate_means(differences, draws))


def p_from_means(mean: float, means: Floats) -> float:
    """The p-value of a mean difference, from those of its replicates (replicates,)."""
    as_far = np.sum(np.abs(means - mean) >= abs(mean))
    return float((1 + as_far) / (1 + len(means)))


@dataclass(frozen=True)
class RankedModel:
    """A forecaster, its mean loss, and its rank.

    The rank is 1 + how many others are better beyond noise, or that of an entry with a larger loss if it is smaller.
    """

    name: str
    loss: float
    rank: int


@dataclass(frozen=True)
class Pair:
    """Two forecasters; `difference` is what the worse one loses more, `p_holm` is corrected for all pairs."""

    better: str
    worse: str
    difference: float
    p: float
    p_holm: float
    significant: bool


@dataclass(frozen=True)
class Ranking:
    """Entries by mean loss, the best first, and every pair of them."""

    models: tuple[RankedModel, ...]
    pairs: tuple[Pair, ...]


def rank_models(losses: dict[str, Floats], draws: Draws, level: float = 0.05, smallest: float = 0.0) -> Ranking:
    """Rank forecasters by their losses (origins,), on the same origins, and say which differences are beyond noise.

    Each pair is tested by the same blocks of origins; Holm's correction keeps the chance of even one wrong order below
    `level`. Ranks never rise from an entry to one with a smaller loss: a noisy entry that nobody can be told from
    takes those above it along. No corrected p is smaller than `smallest`, since a bootstrap of few blocks is too sure
    of itself: a sign test of so many gives no less than 0.5 ** (blocks - 1).

    Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
    (1979).

    Raises:
        UserError: There are too few replicates to tell so many entries apart.
        ValueError: Entries were not measured at the same origins.
    """
    needed = min_replicates(len(losses), level)
    if len(draws) < needed:
        raise UserError(
            f"To tell {len(losses)} entries apart at level {level} takes at least {needed} bootstrap replicates. "
            f"Received: {len(draws)}. Draw more, or compare fewer."
        )
    if len({np.isnan(each).tobytes() for each in losses.values()}) > 1:
        raise ValueError("Entries are compared on the same origins: their losses must be NaN at the same ones.")
    loss = {name: float(np.nanmean(each)) for name, each in losses.items()}
    order = sorted(losses, key=lambda name: loss[name])
    means = {name: replicate_means(losses[name], draws) for name in order}
    pairs = _compare(order, loss, means, level, smallest)
    beaten = [pair.worse for pair in pairs if pair.significant]
    ranks = np.minimum.accumulate([1 + beaten.count(name) for name in order][::-1])[::-1]
    return Ranking(
        tuple(RankedModel(name, loss[name], int(rank)) for name, rank in zip(order, ranks, strict=True)), pairs
    )


def min_replicates(entries: int, level: float = 0.05) -> int:
    """How many bootstrap replicates it takes for one pair of so many entries to be able to differ beyond noise.

    >>> min_replicates(2), min_replicates(10)  # the smallest p, 1 / (1 + replicates), times 1 and 45 pairs
    (20, 900)
    """
    return floor(comb(entries, 2) / level + 1e-9)


def holm_correction(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """The p-values (tests,) of tests that are made together, corrected for their number.

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
    """Every pair of entries, the better one first; `means` (replicates,) are of the same replicates for all."""
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
