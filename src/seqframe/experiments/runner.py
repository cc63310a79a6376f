"""Networks of the experiments: trained from several seeds and scored, and updates timed in turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import DataSettings, ModelSettings, TaskSettings, TrainingSettings
from seqframe.data.dataset import TEST, SequenceDataset, make_dataset
from seqframe.evaluation.evaluate import Scores, evaluate
from seqframe.experiments.base import ExperimentContext
from seqframe.framings import Framing
from seqframe.framings.dataset import frame_arrays
from seqframe.networks.spec import NetworkSpec, NetworkState
from seqframe.training.events import TrainingHistory
from seqframe.training.runs import fit_runs


@dataclass(frozen=True)
class ExperimentRun:
    """A trained network of an experiment.

    Attributes:
        dataset: Its data.
        network: The trained network.
        history: Its training history.
        predictions: All predictions, one row per value.
        scores: Metrics by split, in physical units.
    """

    dataset: SequenceDataset
    network: NetworkState
    history: TrainingHistory
    predictions: pd.DataFrame
    scores: Scores

    @property
    def parameters(self) -> int:
        """Number of parameters of the network."""
        return self.network.spec.parameters


def training_settings(epochs: int, **others: object) -> TrainingSettings:
    """The tutorial's training settings, with the given changes."""
    defaults = {"batch_size": "full", "learning_rate": 0.001, "seed": 0, "n_seeds": 1, "epochs": epochs}
    return TrainingSettings.model_validate(defaults | others)


def run_seeds(
    experiment: str,
    context: ExperimentContext,
    framing: Framing,
    data_settings: DataSettings,
    task: TaskSettings,
    model: ModelSettings,
    epochs: int,
    **training: object,
) -> list[ExperimentRun]:
    """Train and score one network for each of the seeds 0, 1, 2, ...

    `training` holds the settings that differ from the tutorial's.
    """
    return list(iterate_seeds(experiment, context, framing, data_settings, task, model, epochs, **training))


def iterate_seeds(
    experiment: str,
    context: ExperimentContext,
    framing: Framing,
    data_settings: DataSettings,
    task: TaskSettings,
    model: ModelSettings,
    epochs: int,
    **training: object,
) -> Iterator[ExperimentRun]:
    """The runs of `run_seeds`, each trained when the iterator reaches it."""
    from seqframe.networks.build import predict

    dataset = make_dataset(data_settings, task)
    X, y = frame_arrays(dataset, framing, dataset.train)
    spec = framing.make_spec(X, y, model, len(dataset.train))
    settings, seeds = training_settings(epochs, **training), range(context.n_seeds)
    for fit in fit_runs(spec, framing, [dataset], settings, seeds, context.checkpoints, label=experiment):
        predictions, scores = evaluate(partial(predict, fit.network), framing, dataset)
        yield ExperimentRun(dataset, fit.network, fit.history, predictions, scores)


def mean_baseline_mae(run: ExperimentRun) -> float:
    """Mean absolute test error of the baseline that always predicts the training mean."""
    dataset = run.dataset
    mean = dataset.actuals(dataset.train).mean(axis=(0, 1))  # (targets,)
    return float(np.abs(dataset.actuals(dataset.test) - mean).mean())


def median_score(runs: Sequence[ExperimentRun], metric: str = "mae", split: str = TEST) -> float:
    """Median of a metric over the seeds, in physical units."""
    return median(run.scores[split][metric] for run in runs)


# Time of one update in the epoch loop, with several networks in turns.

ROUNDS = 5
SPAN_S = 0.05  # duration of one network in a round, at least:
MIN_UPDATES = 2
STATE_PREFIXES = ("model_", "optimizer_")  # of the arrays that an update needs from the one before


@dataclass(frozen=True)
class TimedStep:
    """A network whose updates can be timed: `run` takes a number of updates.

    Attributes:
        run: Runs a number of updates.
        state_bytes: Size of the weights and of the optimizer state.
    """

    run: Callable[[int], Any]
    state_bytes: int


def make_timed_step(spec: NetworkSpec, X: NDArray[Any], y: NDArray[Any], keras_layers: bool = False) -> TimedStep:
    """Compile updates with Adam on one batch, with our layers or with Keras' own LSTM and TimeDistributed."""
    from seqframe.networks import layers
    from seqframe.networks.backend import keras
    from seqframe.networks.build import init_network
    from seqframe.training.loop import LoopConfig, Trainer

    config = LoopConfig(shuffle=False, patience=0, validated=False)
    trainer = Trainer(spec, config, keras.layers if keras_layers else layers)
    trainer.start(init_network(spec, seed=0), (X, y), None, training_settings(epochs=1))
    size = sum(value.nbytes for name, value in trainer.state().items() if name.startswith(STATE_PREFIXES))
    return TimedStep(trainer.run, size)


def time_in_turns(steps: Mapping[str, TimedStep], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Milliseconds per update of every network in every round: A, B, C, A, B, C, …, to share noise equally."""
    counts = {}
    for name, step in steps.items():
        step.run(MIN_UPDATES)  # traces the graph
        counts[name] = max(MIN_UPDATES, round(SPAN_S / max(_seconds(step, MIN_UPDATES), 1e-6)))
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            times[name].append(1000 * _seconds(step, counts[name]))
    return times


def median_ratio(times: list[float], reference: list[float]) -> float:
    """Median of the ratios of all rounds."""
    return float(np.median(np.divide(times, reference)))


def _seconds(step: TimedStep, count: int) -> float:
    started = perf_counter()
    step.run(count)
    return (perf_counter() - started) / count
