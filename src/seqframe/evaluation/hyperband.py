"""Hyperband: which trials of a search end before their last fold.

Li et al., "Hyperband: A novel bandit-based approach to hyperparameter optimization", JMLR 18, 2018, with the rungs of
asynchronous successive halving (Li et al., "A system for massively parallel hyperparameter tuning", MLSys 2020).
"""

import binascii
from bisect import insort
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate
from math import ceil, isnan

REDUCTION = 3  # one of so many trials is promoted to the next rung


class Hyperband:
    """Decides like `optuna.pruners.HyperbandPruner`, without reading all trials for each decision.

    Every trial is in a bracket, by a hash of its number. In bracket b, the trials compete after 3^b, 3^(b+1), … folds.

    Args:
        n_folds: Number of folds of a trial that is complete.
        name: Name of the study, which changes the brackets.
    """

    def __init__(self, n_folds: int, name: str) -> None:
        self._name = name
        rungs = next(n for n in range(n_folds + 1) if REDUCTION ** (n + 1) > n_folds)  # floor of the logarithm
        count = rungs + 1
        self._budgets = [ceil(count * REDUCTION ** (rungs - b) / (rungs - b + 1)) for b in range(count)]
        self._errors: dict[tuple[int, int], list[float]] = defaultdict(list)  # by bracket and fold, ascending

    def add(self, number: int, fold: int, error: float) -> bool:
        """Add the error of a trial after its fold `fold`, counted from 1; whether the trial ends there."""
        bracket = self._bracket(number)
        if fold not in _rungs(bracket, fold):
            return False
        if isnan(error):
            return True
        competing = self._errors[bracket, fold]
        insort(competing, error)
        return error > competing[max(0, len(competing) // REDUCTION - 1)]

    def _bracket(self, number: int) -> int:
        """The bracket of a trial: a bracket with a larger budget has more trials."""
        drawn = binascii.crc32(f"{self._name}_{number}".encode()) % sum(self._budgets)
        return next(bracket for bracket, end in enumerate(accumulate(self._budgets)) if drawn < end)


def _rungs(bracket: int, last: int) -> Iterator[int]:
    """Folds after which the trials of a bracket compete, up to the fold `last`."""
    fold = REDUCTION**bracket
    while fold <= last:
        yield fold
        fold *= REDUCTION
