"""One network, posed, trained and scored: the experiment that most answers are made of."""

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
    """What one network did: `scores` in physical units on the part trained on and, where there is one, the unseen."""

    dataset: SequenceDataset
    network: NetworkState
    history: TrainingHistory
    predictions: pd.DataFrame
    scores: Scores

    @property
    def parameters(self) -> int:
        """How many parameters the network has."""
        return self.network.spec.parameters


def training_settings(epochs: int, **others: object) -> TrainingSettings:
    """Settings of training for an experiment: the tutorial's, but for what is given."""
    given = {"batch_size": "full", "learning_rate": 0.001, "seed": 0, "n_seeds": 1, "epochs": epochs}
    return TrainingSettings.model_validate(given | others)


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
    """The runs of `run_seeds`, each trained when it is asked for."""
    from seqframe.networks.build import predict

    dataset = make_dataset(data_settings, task)
    X, y = frame_arrays(dataset, framing, dataset.train)
    spec = framing.make_spec(X, y, model, len(dataset.train))
    settings, seeds = training_settings(epochs, **training), range(context.n_seeds)
    for fit in fit_runs(spec, framing, [dataset], settings, seeds, context.checkpoints, label=experiment):
        predictions, scores = evaluate(partial(predict, fit.network), framing, dataset)
        yield ExperimentRun(dataset, fit.network, fit.history, predictions, scores)


def mean_baseline_mae(trial: ExperimentRun) -> float:
    """The mean absolute error, on what is unseen, of who always says the mean of what was trained on."""
    dataset = trial.dataset
    guess = dataset.actuals(dataset.train).mean(axis=(0, 1))  # (targets,)
    return float(np.abs(dataset.actuals(dataset.test) - guess).mean())


def median_score(trials: Sequence[ExperimentRun], metric: str = "mae", part: str = TEST) -> float:
    """The median of a score over the seeds, in physical units."""
    return median(trial.scores[part][metric] for trial in trials)


# How long one update takes, in the loop that trains everywhere else, and all sides in turns.

ROUNDS = 5
SPAN_S = 0.05  # how long one side is timed in a round, at least so many updates:
FEWEST = 2
KEPT = ("model_", "optimizer_")  # how what a training needs for its next update is named


@dataclass(frozen=True)
class TimedStep:
    """A network whose updates can be timed, and the bytes of all that its training keeps from update to update."""

    run: Callable[[int], Any]
    kept_bytes: int


def make_timed_step(spec: NetworkSpec, X: NDArray[Any], y: NDArray[Any], stock: bool = False) -> TimedStep:
    """Compile updates of a plan with Adam on one batch; `stock` takes Keras' own LSTM and TimeDistributed."""
    from seqframe.networks import layers
    from seqframe.networks.backend import keras
    from seqframe.networks.build import init_network
    from seqframe.training.loop import LoopConfig, Trainer

    config = LoopConfig(shuffle=False, cosine=False, patience=0, validated=False)
    trainer = Trainer(spec, config, keras.layers if stock else layers)
    trainer.start(init_network(spec, seed=0), (X, y), None, training_settings(epochs=1))
    kept = sum(value.nbytes for name, value in trainer.state().items() if name.startswith(KEPT))
    return TimedStep(trainer.run, kept)


def time_in_turns(sides: Mapping[str, TimedStep], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Milliseconds an update of every side in every round: A, B, C, A, B, C, …, so that all suffer alike."""
    counts = {}
    for name, side in sides.items():
        side.run(FEWEST)  # builds the graph
        counts[name] = max(FEWEST, round(SPAN_S / max(_seconds(side, FEWEST), 1e-6)))
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            found[name].append(1000 * _seconds(side, counts[name]))
    return found


def ratio(of: list[float], to: list[float]) -> float:
    """The median of the ratios of each round."""
    return float(np.median(np.divide(of, to)))


def _seconds(side: TimedStep, count: int) -> float:
    started = perf_counter()
    side.run(count)
    return (perf_counter() - started) / count
