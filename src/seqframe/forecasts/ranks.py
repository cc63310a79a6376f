"""An order of forecasters in which nobody stands above another by luck."""

from dataclasses import dataclass
from itertools import combinations
from math import comb, floor

import numpy as np
from numpy.typing import NDArray

from seqframe.errors import UserError
from seqframe.forecasts.bootstrap import Draws, Floats, p_from_means, replicate_means


@dataclass(frozen=True)
class Entry:
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
    within_noise: bool


@dataclass(frozen=True)
class Ranking:
    """Entries by mean loss, the best first, and every pair of them."""

    entries: tuple[Entry, ...]
    pairs: tuple[Pair, ...]


def rank_entries(losses: dict[str, Floats], draws: Draws, level: float = 0.05, smallest: float = 0.0) -> Ranking:
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
    needed = fewest_replicates(len(losses), level)
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
    beaten = [pair.worse for pair in pairs if not pair.within_noise]
    ranks = np.minimum.accumulate([1 + beaten.count(name) for name in order][::-1])[::-1]
    return Ranking(tuple(Entry(name, loss[name], int(rank)) for name, rank in zip(order, ranks, strict=True)), pairs)


def fewest_replicates(entries: int, level: float = 0.05) -> int:
    """How many bootstrap replicates it takes for one pair of so many entries to be able to differ beyond noise.

    >>> fewest_replicates(2), fewest_replicates(10)  # the smallest p, 1 / (1 + replicates), times 1 and 45 pairs
    (20, 900)
    """
    return floor(comb(entries, 2) / level + 1e-9)


def correct_by_holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """The p-values (tests,) of tests that are made together, corrected for their number.

    >>> correct_by_holm(np.array([0.04, 0.01, 0.03])).tolist()
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
    corrected = np.maximum(correct_by_holm(p), smallest)
    return tuple(
        Pair(*names[i], differences[i], float(p[i]), float(corrected[i]), bool(corrected[i] >= level))
        for i in range(len(names))
    )
