"""Cost of the networks of a framing: parameters, seconds of training, milliseconds of prediction, and peak memory."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np

from seqframe.networks.spec import NetworkSpec
from seqframe.training.events import TrainingHistory

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")  # Linux


class TimedRun(Protocol):
    """One trained network with the time of its training, and of a prediction in milliseconds."""

    @property
    def history(self) -> TrainingHistory:
        """The course of its training."""

    @property
    def forecast_ms(self) -> float:
        """Milliseconds per prediction."""


def network_costs(spec: NetworkSpec, runs: Sequence[TimedRun], peak_memory_mb: float | None) -> dict[str, float]:
    """Costs of one network, by column of the leaderboard: means or medians over the runs."""
    memory = {} if peak_memory_mb is None else {"memory_mb": peak_memory_mb}
    return {
        "parameters": float(spec.parameters),
        "training_s": float(np.mean([run.history.seconds for run in runs])),
        "forecast_ms": float(np.median([run.forecast_ms for run in runs])),
        **memory,
    }


def ensemble_costs(costs: Mapping[str, float], seeds: int) -> dict[str, float]:
    """Costs of all networks of an ensemble; the peak memory is the one of a single network."""
    return {cost: value if cost == "memory_mb" else value * seeds for cost, value in costs.items()}


class PeakMemory:
    """Context manager that measures the peak memory of this process: `megabytes`, None where it is unknown.

    On Linux the peak is reset on entry; elsewhere it is the peak of the process so far.
    """

    def __init__(self) -> None:
        self.megabytes: float | None = None

    def __enter__(self) -> Self:
        with suppress(OSError):
            CLEAR.write_text("5")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.megabytes = peak_memory()


def peak_memory() -> float | None:
    """Peak memory of this process since its start or the last reset, in megabytes; None where it is unknown."""
    with suppress(OSError, StopIteration):
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) / 1024
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes on macOS
