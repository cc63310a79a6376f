"""What came of trying a framing: several networks in every fold, and what each of them forecasts."""

from dataclasses import dataclass

import numpy as np

from seqframe.backtest.entries import Entry
from seqframe.framings import Framing
from seqframe.plan import Plan
from seqframe.posing import Values
from seqframe.progress import History


@dataclass(frozen=True)
class Attempt:
    """One network: its fold from 1, its seed, how it was trained, and what it forecasts, in physical units.

    Attributes:
        validation: (origins, leads, targets).
        test: (origins, leads, targets).
        forecast_ms: The time of one forecast, when all of the test part are made together.
    """

    fold: int
    seed: int
    history: History
    validation: Values
    test: Values
    forecast_ms: float


@dataclass(frozen=True)
class Attempts:
    """All networks of a framing, fold after fold, and in each seed after seed; the highest memory, in megabytes."""

    framing: Framing
    plan: Plan
    each: tuple[Attempt, ...]
    peak_memory_mb: float | None

    def entries(self) -> tuple[Entry, Entry]:
        """Two lines of the leaderboard: one network, as it comes on average, and the mean of all of a fold's."""
        seeds = sorted({attempt.seed for attempt in self.each})
        of_seed = [[attempt for attempt in self.each if attempt.seed == seed] for seed in seeds]
        runs = np.stack([np.concatenate([attempt.test for attempt in attempts]) for attempts in of_seed])
        by_fold = tuple(np.stack([attempt.validation for attempt in fold]) for fold in zip(*of_seed, strict=True))
        with np.errstate(invalid="ignore"):  # one that diverged may be infinite on both sides
            mean, mean_by_fold = _over_runs(runs), tuple(map(_over_runs, by_fold))
        name, costs = self.framing.name, self._costs()
        together = {cost: value * len(seeds) for cost, value in costs.items() if cost != "memory_mb"}
        return (
            Entry(name, runs, by_fold, costs, name),
            Entry(mean_name(name), mean, mean_by_fold, costs | together, name),
        )

    def _costs(self) -> dict[str, float]:
        memory = {} if self.peak_memory_mb is None else {"memory_mb": self.peak_memory_mb}
        return {
            "parameters": float(self.plan.parameters),
            "training_s": float(np.mean([attempt.history.seconds for attempt in self.each])),
            "forecast_ms": float(np.median([attempt.forecast_ms for attempt in self.each])),
            **memory,
        }


def _over_runs(forecasts: Values) -> Values:
    """The mean over runs, as one run: (runs, origins, leads, targets) -> (1, origins, leads, targets)."""
    mean: Values = forecasts.mean(axis=0, keepdims=True)
    return mean


def mean_name(framing: str) -> str:
    """What the mean over the seeds of a framing is called."""
    return f"{framing}, mean"
