"""How sure a mean loss is, where the losses of neighbouring origins depend on each other."""

import numpy as np
from numpy.typing import NDArray

from seqframe.errors import UserError

Floats = NDArray[np.float64]
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
