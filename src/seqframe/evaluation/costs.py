"""Cost of the networks of a framing: parameters, seconds of training, milliseconds of prediction, and peak memory."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from seqframe.networks.spec import NetworkSpec
from seqframe.training.events import TrainingHistory


class TimedRun(Protocol):
    """One trained network with the time of its training, and of a prediction in milliseconds, and its peak memory."""

    @property
    def history(self) -> TrainingHistory:
        """The course of its training."""

    @property
    def forecast_ms(self) -> float:
        """Milliseconds per prediction."""

    @property
    def peak_memory_mb(self) -> float | None:
        """Peak memory of the process that trained it, in megabytes; None where it is unknown."""


def network_costs(spec: NetworkSpec, runs: Sequence[TimedRun]) -> dict[str, float]:
    """Costs of one network, by column of the leaderboard: means or medians over the runs, and the largest memory."""
    peaks = [run.peak_memory_mb for run in runs if run.peak_memory_mb is not None]
    return {
        "parameters": float(spec.parameters),
        "training_s": float(np.mean([run.history.seconds for run in runs])),
        "forecast_ms": float(np.median([run.forecast_ms for run in runs])),
        **({"memory_mb": max(peaks)} if peaks else {}),
    }


def ensemble_costs(costs: Mapping[str, float], seeds: int) -> dict[str, float]:
    """Costs of all networks of an ensemble; the peak memory is the one of a single network."""
    return {cost: value if cost == "memory_mb" else value * seeds for cost, value in costs.items()}
