"""The epoch loop: many epochs a call inside one compiled graph, every epoch's loss given back.

The numbers are those of `model.fit(shuffle=False)`, bit for bit, without its 40 ms of Python an epoch.
"""

from functools import cache
from threading import Lock
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.backend import keras, tf
from seqframe.config import Training
from seqframe.network import assemble
from seqframe.plan import Network, Plan
from seqframe.progress import EpochsDone, History, announce

REPORT_EVERY_S = 0.25  # how long a call into the graph should last


def train(
    network: Network, X: NDArray[Any], y: NDArray[Any], training: Training, part: str = ""
) -> tuple[Network, History]:
    """Train a copy of the network with Adam on mean squared error.

    X is (samples, timesteps, features), y is shaped as the head answers. `part` goes into the announcements.
    """
    epochs = training.epochs_of(network.plan.framing)
    runner = _runner(network.plan, training.batch_of(len(X)))
    started = perf_counter()
    losses: list[float] = []
    with runner.lock:
        runner.reset(network, X, y, training.learning_rate)
        count = 1
        while len(losses) < epochs:
            call_started = perf_counter()
            new = runner.run(min(count, epochs - len(losses)))
            announce(EpochsDone(network.plan.framing, part, tuple(new), len(losses) + 1, epochs))
            if losses:  # the first call traced the graph, and says nothing about the speed
                count = max(1, int(len(new) * REPORT_EVERY_S / (perf_counter() - call_started)))
            losses += new
        weights = runner.weights()
    return Network(network.plan, weights), History(network.plan.framing, tuple(losses), perf_counter() - started)


class EpochRunner:
    """A compiled epoch loop for one plan and batch size; its state goes in by `reset` and comes out by `weights`."""

    def __init__(self, plan: Plan, batch_size: int) -> None:
        self.lock = Lock()
        self._batch_size = batch_size
        self._model = assemble(plan, seed=0)
        self._optimizer = keras.optimizers.Adam()
        self._model.compile(optimizer=self._optimizer, loss="mse")
        self._optimizer.build(self._model.trainable_variables)
        self._fresh = [variable.numpy() for variable in self._optimizer.variables]
        self._epochs = tf.function(self._run_epochs, reduce_retracing=True)

    def reset(self, network: Network, X: NDArray[Any], y: NDArray[Any], learning_rate: float) -> None:
        """Start from a network's weights and a fresh optimizer, on these samples."""
        self._model.set_weights(network.weights)
        for variable, value in zip(self._optimizer.variables, self._fresh, strict=True):
            variable.assign(value)
        self._optimizer.learning_rate.assign(learning_rate)
        self._data = tf.constant(X, tf.float32), tf.constant(y, tf.float32)
        self._samples = tf.constant(len(X), tf.float32)

    def run(self, epochs: int) -> list[float]:
        """Train so many epochs more; their losses."""
        return [float(loss) for loss in self._epochs(*self._data, self._samples, tf.constant(epochs)).numpy()]

    def weights(self) -> tuple[NDArray[np.float32], ...]:
        """The weights as they are now."""
        return tuple(self._model.get_weights())

    def _run_epochs(self, X: Any, y: Any, samples: Any, epochs: Any) -> Any:
        losses = tf.TensorArray(tf.float32, size=epochs)
        whole, rest = divmod(X.shape[0], self._batch_size)
        for epoch in tf.range(epochs):
            total = tf.constant(0.0)
            for batch in tf.range(whole):
                start = batch * self._batch_size
                size = self._batch_size
                total += self._update(X[start : start + size], y[start : start + size], size)
            if rest:
                total += self._update(X[-rest:], y[-rest:], rest)
            losses = losses.write(epoch, total / samples)  # a constant divisor would be folded into 1 / samples
        return losses.stack()

    def _update(self, X: Any, y: Any, size: int) -> Any:
        """One step of Adam on one batch; its loss times its size, as Keras adds them up."""
        X, y = tf.ensure_shape(X, (size, *X.shape[1:])), tf.ensure_shape(y, (size, *y.shape[1:]))
        with tf.GradientTape() as tape:
            loss = self._model.compute_loss(X, y, self._model(X, training=True))
        variables = self._model.trainable_variables
        self._optimizer.apply(tape.gradient(loss, variables), variables)
        return loss * float(size)


@cache
def _runner(plan: Plan, batch_size: int) -> EpochRunner:
    return EpochRunner(plan, batch_size)
