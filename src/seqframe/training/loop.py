"""The epoch loop as one compiled graph: no Python between epochs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import pi
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.config import TrainingSettings
from seqframe.networks import layers
from seqframe.networks.backend import keras, tf
from seqframe.networks.build import build_model
from seqframe.networks.spec import NetworkSpec, NetworkState, Weights
from seqframe.training.samples import Data

LossOf = Callable[[Any, Any], Any]
CHECKED_AT_ONCE = 1024  # validation samples in one forward pass


@dataclass(frozen=True)
class LoopConfig:
    """What is fixed when the graph is made. `patience` 0 means that training never stops early."""

    batch_size: int
    shuffle: bool
    cosine: bool
    patience: int
    validated: bool


class EpochLoop:
    """The loop for one plan and recipe. Everything that it changes is one of its `variables`.

    `kit` is where the layers come from, as `assemble` takes it.
    """

    def __init__(self, spec: NetworkSpec, recipe: LoopConfig, layer_module: Any = layers) -> None:
        self.config = recipe
        self.steps_per_sequence = spec.steps_per_sequence
        self.model = build_model(spec, seed=0, layer_module=layer_module)
        self.backends = layers.describe_backends(self.model)
        self.optimizer = keras.optimizers.Adam()
        self.model.compile(optimizer=self.optimizer, loss="mse")
        self.optimizer.build(self.model.trainable_variables)
        self.epoch = tf.Variable(0)
        self.stopped = tf.Variable(False)
        self.waited = tf.Variable(0)
        self.best_loss = tf.Variable(np.float32(np.inf))
        self.best = [tf.Variable(variable) for variable in self.model.trainable_variables]
        self.compiled = tf.function(self._run_epochs, autograph=False)

    def variables(self) -> dict[str, Any]:
        """All that training changes, by name."""
        own = {"epoch": self.epoch, "stopped": self.stopped, "waited": self.waited, "best_loss": self.best_loss}
        groups = {"model": self.model.variables, "optimizer": self.optimizer.variables, "best": self.best}
        return own | {f"{group}_{i}": each for group, members in groups.items() for i, each in enumerate(members)}

    def _run_epochs(self, X: Any, y: Any, X_check: Any, y_check: Any, numbers: Any, count: Any) -> Any:
        """Up to `count` epochs: their losses, and those on the validation data."""
        learning_rate, epochs, seed, samples = numbers

        def goes_on(done: Any, *_: Any) -> Any:
            return tf.logical_and(done < count, tf.logical_not(self.stopped))

        def one_epoch(done: Any, losses: Any, checks: Any) -> Any:
            self._begin_epoch(learning_rate, epochs)
            loss = self._train_epoch(X, y, seed) / samples  # a constant divisor would be folded into 1 / samples
            check = self._check(X_check, y_check) if self.config.validated else loss
            self._end_epoch(check)
            return done + 1, losses.write(done, loss), checks.write(done, check)

        arrays = [tf.TensorArray(tf.float32, size=count) for _ in range(2)]
        done, losses, checks = _loop(goes_on, one_epoch, (tf.constant(0), *arrays))
        return losses.stack()[:done], checks.stack()[:done]

    def _begin_epoch(self, learning_rate: Any, epochs: Any) -> None:
        """Set the learning rate of the epoch."""
        if self.config.cosine:
            turn = pi * tf.cast(self.epoch, tf.float32) / tf.cast(epochs, tf.float32)
            learning_rate = learning_rate * 0.5 * (1.0 + tf.cos(turn))
        self.optimizer.learning_rate.assign(learning_rate)

    def _train_epoch(self, X: Any, y: Any, seed: Any) -> Any:
        """One pass over the samples in batches, the last with what remains; the sum of loss times batch size."""
        if self.config.shuffle:  # a function of seed and epoch alone
            order = tf.random.experimental.stateless_shuffle(tf.range(X.shape[0]), tf.stack([seed, self.epoch]))
            X, y = tf.gather(X, order), tf.gather(y, order)
        return self._add_batches(self._update, X, y, self.config.batch_size)

    def _update(self, X: Any, y: Any) -> Any:
        """One step of Adam on one batch; its loss."""
        with tf.GradientTape() as tape:
            loss = self.model.compute_loss(X, y, self.model(X, training=True))
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    def _check(self, X: Any, y: Any) -> Any:
        """The loss on the validation data, which nothing is learnt from."""
        size = 1 if self.steps_per_sequence else min(CHECKED_AT_ONCE, X.shape[0])
        return self._add_batches(self._loss, X, y, size) / float(X.shape[0])

    def _loss(self, X: Any, y: Any) -> Any:
        return self.model.compute_loss(X, y, self.model(X, training=False), training=False)

    def _end_epoch(self, loss: Any) -> None:
        """Count the epoch, keep the best weights, and stop when `patience` epochs brought no better ones."""
        self.epoch.assign_add(1)
        if not self.config.patience:
            return
        better = loss < self.best_loss
        self.best_loss.assign(tf.where(better, loss, self.best_loss))
        self.waited.assign(tf.where(better, 0, self.waited + 1))
        for best, variable in zip(self.best, self.model.trainable_variables, strict=True):
            best.assign(tf.where(better, tf.convert_to_tensor(variable), best))
        self.stopped.assign(self.waited >= self.config.patience)

    def _add_batches(self, loss_of: LossOf, X: Any, y: Any, size: int) -> Any:
        """The sum of loss times batch size over batches of `size` samples and a last one of those that remain."""
        samples = X.shape[0]
        total = self._add_whole_batches(loss_of, X, y, size, samples // size, tf.constant(0.0))
        rest = samples % size
        return total + loss_of(X[-rest:], y[-rest:]) * float(rest) if rest else total

    def _add_whole_batches(self, loss_of: LossOf, X: Any, y: Any, size: int, batches: Any, total: Any) -> Any:
        """Add loss times batch size to `total`, of so many batches of `size` samples.

        A state is carried from batch to batch, and reset where a sequence begins.
        """

        def one_batch(batch: Any, total: Any) -> Any:
            if self.steps_per_sequence:
                tf.cond(batch % self.steps_per_sequence == 0, self._reset_states, lambda: tf.constant(0))
            rows = [
                tf.ensure_shape(part[batch * size : (batch + 1) * size], (size, *part.shape[1:])) for part in (X, y)
            ]
            return batch + 1, total + loss_of(*rows) * float(size)

        self._reset_states()
        return _loop(lambda batch, _: batch < batches, one_batch, (tf.constant(0), total))[1]

    def _reset_states(self) -> Any:
        for layer in self.model.layers:
            if getattr(layer, "stateful", False):
                layer.reset_state()
        return tf.constant(0)


def _loop(goes_on: Callable[..., Any], step: Callable[..., Any], start: tuple[Any, ...]) -> Any:
    """A loop inside the graph. Written out, since to have AutoGraph find it doubles the time that tracing takes."""
    return tf.while_loop(goes_on, step, start, parallel_iterations=1)


# The compiled loop with its state: set going, run on, taken out and put back to the bit.


class Trainer:
    """Trains one plan by one recipe: `start` sets it going, `run` trains, `state` is all that it has."""

    graph_kind: type[EpochLoop] = EpochLoop

    def __init__(self, spec: NetworkSpec, recipe: LoopConfig, layer_module: Any = layers) -> None:
        self.lock = Lock()
        self._graph = self.graph_kind(spec, recipe, layer_module)
        self._fresh = self.state()
        self.backends = self._graph.backends

    def start(self, network: NetworkState, data: Data, validation: Data | None, training: TrainingSettings) -> None:
        """Begin at epoch 0 with a network's weights and a fresh optimizer."""
        self._set_going(network, training, len(data[0]))
        trained_on = tuple(tf.constant(part, tf.float32) for part in data)
        checked = tuple(tf.constant(part, tf.float32) for part in validation) if validation else trained_on
        self._data: tuple[Any, ...] = (*trained_on, *checked)

    def _set_going(self, network: NetworkState, training: TrainingSettings, samples: int) -> None:
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
            tf.constant(training.epochs_of(network.spec.framing)),
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
        used = best if self._graph.config.patience else {}
        return tuple(used.get(variable.path, variable).numpy() for variable in self._graph.model.weights)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Everything that training changes, by name."""
        return {name: variable.numpy() for name, variable in self._graph.variables().items()}

    def set_state(self, state: dict[str, NDArray[np.generic]]) -> None:
        """Put back what `state` gave."""
        for name, variable in self._graph.variables().items():
            variable.assign(state[name])


@cache
def get_trainer(spec: NetworkSpec, recipe: LoopConfig) -> Trainer:
    """The runner of a plan and recipe; made, and its graph traced, once a process."""
    return Trainer(spec, recipe)
