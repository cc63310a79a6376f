"""A framing, tried: trained from several seeds in every fold, each network forecasting its validation and test part."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Self

import numpy as np

from seqframe.config import TrainingSettings
from seqframe.data.dataset import SequenceDataset
from seqframe.data.windows import Floats, Windows
from seqframe.evaluation.folds import Folds
from seqframe.forecasting import baselines
from seqframe.forecasting.baselines import forecast_ridge
from seqframe.forecasting.predict import forecast
from seqframe.framings import Framing
from seqframe.networks.spec import NetworkSpec
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import TrainingHistory
from seqframe.training.runs import fit_runs

# What stands on the leaderboard: forecasts of every test origin, and of the validation origins that calibrate them.

PERSISTENCE, SEASONAL, DRIFT, RIDGE = "persistence", "seasonal naive", "drift", "ridge"
NAIVE = (PERSISTENCE, SEASONAL, DRIFT)


@dataclass(frozen=True)
class ModelForecasts:
    """Forecasts, fold after fold, by one forecaster.

    Attributes:
        name: As the leaderboard calls it.
        test: (runs, origins, leads, targets), physical units; a run for each seed, one where nothing is drawn.
        validation: By fold, (runs, origins, leads, targets).
        costs: Parameters, seconds, milliseconds, megabytes, by their names on the leaderboard.
        framing: The framing that it is of; empty for baselines.
    """

    name: str
    test: Floats
    validation: tuple[Floats, ...]
    costs: Mapping[str, float] = field(default_factory=dict)
    framing: str = ""


def forecast_baselines(folds: Folds) -> tuple[ModelForecasts, ...]:
    """The naive forecasters that can be had, and the linear one."""
    design = folds.design
    horizon, gap, lookback = design.task.horizon or 0, design.task.gap, design.task.lookback or 0

    def persist(dataset: SequenceDataset, windows: Windows) -> Floats:
        return baselines.persistence(dataset.past_targets(windows), horizon)

    def repeat(dataset: SequenceDataset, windows: Windows) -> Floats:
        return baselines.seasonal_naive(dataset.past_targets(windows), design.season, horizon, gap)

    def draw_on(dataset: SequenceDataset, windows: Windows) -> Floats:
        return baselines.drift(dataset.past_targets(windows), horizon, gap)

    forecasters = {PERSISTENCE: persist}
    if 1 < design.season <= lookback:
        forecasters[SEASONAL] = repeat
    if lookback > 1:
        forecasters[DRIFT] = draw_on
    entries = [
        ModelForecasts(
            name,
            np.concatenate([_forecast(forecaster, dataset, dataset.test) for dataset in folds.datasets])[None],
            tuple(_forecast(forecaster, dataset, dataset.validation)[None] for dataset in folds.datasets),
        )
        for name, forecaster in forecasters.items()
    ]
    return (*entries, _linear(folds))


def _forecast(
    forecaster: Callable[[SequenceDataset, Windows], Floats], dataset: SequenceDataset, windows: Windows
) -> Floats:
    return np.concatenate([forecaster(dataset, some) for some in windows.batches()])


def _linear(folds: Folds) -> ModelForecasts:
    results = [forecast_ridge(dataset) for dataset in folds.datasets]
    return ModelForecasts(
        RIDGE,
        np.concatenate([result.test for result in results])[None],
        tuple(result.validation[None] for result in results),
        {"parameters": results[-1].parameters, "training_s": float(np.mean([result.seconds for result in results]))},
    )


# What came of trying a framing: several networks in every fold, and what each of them forecasts.


@dataclass(frozen=True)
class BacktestRun:
    """One network: its fold from 1, its seed, how it was trained, and what it forecasts, in physical units.

    Attributes:
        validation: (origins, leads, targets).
        test: (origins, leads, targets).
        forecast_ms: The time of one forecast, when all of the test part are made together.
    """

    fold: int
    seed: int
    history: TrainingHistory
    validation: Floats
    test: Floats
    forecast_ms: float


@dataclass(frozen=True)
class BacktestRuns:
    """All networks of a framing, fold after fold, and in each seed after seed; the highest memory, in megabytes."""

    framing: Framing
    spec: NetworkSpec
    each: tuple[BacktestRun, ...]
    peak_memory_mb: float | None

    def forecasts(self) -> tuple[ModelForecasts, ModelForecasts]:
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
            ModelForecasts(name, runs, by_fold, costs, name),
            ModelForecasts(ensemble_name(name, len(seeds)), mean, mean_by_fold, costs | together, name),
        )

    def _costs(self) -> dict[str, float]:
        memory = {} if self.peak_memory_mb is None else {"memory_mb": self.peak_memory_mb}
        return {
            "parameters": float(self.spec.parameters),
            "training_s": float(np.mean([attempt.history.seconds for attempt in self.each])),
            "forecast_ms": float(np.median([attempt.forecast_ms for attempt in self.each])),
            **memory,
        }


def _over_runs(forecasts: Floats) -> Floats:
    """The mean over runs, as one run: (runs, origins, leads, targets) -> (1, origins, leads, targets)."""
    mean: Floats = forecasts.mean(axis=0, keepdims=True)
    return mean


def ensemble_name(framing: str, seeds: int) -> str:
    """Name of the mean forecast of the networks trained from several seeds, such as `dense (ensemble of 3)`."""
    return f"{framing} (ensemble of {seeds})"


# How much memory a piece of work takes, at its highest.

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class PeakMemory:
    """Watches the memory of this process while it is entered; `megabytes` is the highest, None where it can't be told.

    The system keeps the highest, and Linux lets a process begin anew; elsewhere it is that of the whole run so far.
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
        self.megabytes = highest_memory()


def highest_memory() -> float | None:
    """The highest memory of this process since it began, or since it was last made to begin anew; megabytes."""
    with suppress(OSError, StopIteration):
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) / 1024
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS counts in bytes


def run_backtest(
    spec: NetworkSpec,
    framing: Framing,
    folds: Folds,
    training: TrainingSettings,
    checkpoints: CheckpointStore | None = None,
) -> BacktestRuns:
    """Train one network per fold and seed, and forecast the validation part and the test part of its fold."""
    from seqframe.networks.build import predict

    runs = []
    with PeakMemory() as memory:
        for fit in fit_runs(spec, framing, folds.datasets, training, range(training.n_seeds), checkpoints):
            dataset = folds.datasets[fit.fold - 1]
            model = partial(predict, fit.network)
            validation = forecast(model, framing, dataset, dataset.validation)
            started = perf_counter()
            test = forecast(model, framing, dataset, dataset.test)
            milliseconds = (perf_counter() - started) / len(dataset.test) * 1000
            runs.append(BacktestRun(fit.fold, fit.seed, fit.history, validation, test, milliseconds))
    return BacktestRuns(framing, spec, tuple(runs), memory.megabytes)
