"""The compiled loop with its state: set going, run on, taken out and put back to the bit."""

from functools import cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe import layers
from seqframe.backend import tf
from seqframe.config import Training
from seqframe.plan import Network, Plan, Weights
from seqframe.training.graph import EpochGraph, Recipe
from seqframe.training.samples import Data


class EpochRunner:
    """Trains one plan by one recipe: `start` sets it going, `run` trains, `state` is all that it has."""

    graph_kind: type[EpochGraph] = EpochGraph

    def __init__(self, plan: Plan, recipe: Recipe, kit: Any = layers) -> None:
        self.lock = Lock()
        self._graph = self.graph_kind(plan, recipe, kit)
        self._fresh = self.state()
        self.engines = self._graph.engines

    def start(self, network: Network, data: Data, validation: Data | None, training: Training) -> None:
        """Begin at epoch 0 with a network's weights and a fresh optimizer."""
        self._set_going(network, training, len(data[0]))
        trained_on = tuple(tf.constant(part, tf.float32) for part in data)
        checked = tuple(tf.constant(part, tf.float32) for part in validation) if validation else trained_on
        self._data: tuple[Any, ...] = (*trained_on, *checked)

    def _set_going(self, network: Network, training: Training, samples: int) -> None:
        """Put everything that training changes back to where it begins."""
        model = self._graph.model
        self.set_state(self._fresh)
        model.set_weights(network.weights)
        seeds = [variable for variable in model.variables if "seed_generator" in variable.path]
        for number, state in enumerate(seeds):
            state.assign([training.seed, number])  # where dropout draws its noise from
        for best, variable in zip(self._graph.best, model.trainable_variables, strict=True):
            best.assign(variable)
        self._numbers = (
            tf.constant(training.learning_rate, tf.float32),
            tf.constant(training.epochs_of(network.plan.framing)),
            tf.constant(training.seed),
            tf.constant(samples, tf.float32),
        )

    def run(self, epochs: int) -> tuple[list[float], list[float]]:
        """Train so many epochs more, or fewer where it stops early: their losses, and those on the validation data."""
        losses, checks = self._graph.compiled(*self._data, self._numbers, tf.constant(epochs))
        return [float(loss) for loss in losses.numpy()], [float(loss) for loss in checks.numpy()]

    def forget(self) -> None:
        """Let go of the data."""
        self._data = ()

    @property
    def stopped(self) -> bool:
        """Whether it stopped before its last epoch."""
        return bool(self._graph.stopped.numpy())

    def weights(self) -> Weights:
        """The weights as they are now, or those of the best epoch where training may stop early."""
        trainable = self._graph.model.trainable_variables
        best = {each.path: value for each, value in zip(trainable, self._graph.best, strict=True)}
        used = best if self._graph.recipe.patience else {}
        return tuple(used.get(variable.path, variable).numpy() for variable in self._graph.model.weights)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Everything that training changes, by name."""
        return {name: variable.numpy() for name, variable in self._graph.variables().items()}

    def set_state(self, state: dict[str, NDArray[np.generic]]) -> None:
        """Put back what `state` gave."""
        for name, variable in self._graph.variables().items():
            variable.assign(state[name])


@cache
def runner_for(plan: Plan, recipe: Recipe) -> EpochRunner:
    """The runner of a plan and recipe; made, and its graph traced, once a process."""
    return EpochRunner(plan, recipe)
