"""The epoch loop as one compiled graph: no Python between epochs."""

from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np

from seqframe.backend import keras, tf
from seqframe.network import assemble
from seqframe.plan import Plan

CHECKED_AT_ONCE = 1024  # validation samples in one forward pass


@dataclass(frozen=True)
class Recipe:
    """What is fixed when the graph is made. `patience` 0 means that training never stops early."""

    batch_size: int
    shuffle: bool
    cosine: bool
    patience: int
    validated: bool


class EpochGraph:
    """The loop for one plan and recipe. Everything that it changes is one of its `variables`."""

    def __init__(self, plan: Plan, recipe: Recipe) -> None:
        self.recipe = recipe
        self.model = assemble(plan, seed=0)
        self.optimizer = keras.optimizers.Adam()
        self.model.compile(optimizer=self.optimizer, loss="mse")
        self.optimizer.build(self.model.trainable_variables)
        self.epoch = tf.Variable(0)
        self.stopped = tf.Variable(False)
        self.waited = tf.Variable(0)
        self.best_loss = tf.Variable(np.float32(np.inf))
        self.best = [tf.Variable(variable) for variable in self.model.trainable_variables]
        self.compiled = tf.function(self._run_epochs, reduce_retracing=True)

    def variables(self) -> dict[str, Any]:
        """All that training changes, by name."""
        own = {"epoch": self.epoch, "stopped": self.stopped, "waited": self.waited, "best_loss": self.best_loss}
        groups = {"model": self.model.variables, "optimizer": self.optimizer.variables, "best": self.best}
        return own | {f"{group}_{i}": each for group, members in groups.items() for i, each in enumerate(members)}

    def _run_epochs(self, X: Any, y: Any, X_check: Any, y_check: Any, numbers: Any, count: Any) -> Any:
        learning_rate, epochs, seed, samples = numbers
        losses = tf.TensorArray(tf.float32, size=count)
        checks = tf.TensorArray(tf.float32, size=count)
        done = tf.constant(0)
        while tf.logical_and(done < count, tf.logical_not(self.stopped)):
            if self.recipe.cosine:
                turn = pi * tf.cast(self.epoch, tf.float32) / tf.cast(epochs, tf.float32)
                self.optimizer.learning_rate.assign(learning_rate * 0.5 * (1.0 + tf.cos(turn)))
            else:
                self.optimizer.learning_rate.assign(learning_rate)
            loss = self._train_epoch(X, y, seed) / samples  # a constant divisor would be folded into 1 / samples
            check = self._check(X_check, y_check) if self.recipe.validated else loss
            losses = losses.write(done, loss)
            checks = checks.write(done, check)
            self.epoch.assign_add(1)
            done += 1
            if self.recipe.patience:
                self._judge(check)
        return losses.stack()[:done], checks.stack()[:done]

    def _train_epoch(self, X: Any, y: Any, seed: Any) -> Any:
        """One pass over the samples in batches, the last with what remains; the sum of loss times batch size."""
        self._reset_states()
        size, samples = self.recipe.batch_size, X.shape[0]
        if self.recipe.shuffle:  # a function of seed and epoch alone
            order = tf.random.experimental.stateless_shuffle(tf.range(samples), tf.stack([seed, self.epoch]))
            X, y = tf.gather(X, order), tf.gather(y, order)
        total = tf.constant(0.0)
        for batch in tf.range(samples // size):
            start = batch * size
            total += self._update(X[start : start + size], y[start : start + size], size)
        rest = samples % size
        if rest:
            total += self._update(X[-rest:], y[-rest:], rest)
        return total

    def _update(self, X: Any, y: Any, size: int) -> Any:
        """One step of Adam on one batch; its loss times its size, as Keras adds them up."""
        X, y = tf.ensure_shape(X, (size, *X.shape[1:])), tf.ensure_shape(y, (size, *y.shape[1:]))
        with tf.GradientTape() as tape:
            loss = self.model.compute_loss(X, y, self.model(X, training=True))
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return loss * float(size)

    def _check(self, X: Any, y: Any) -> Any:
        """The loss on the validation data, which nothing is learnt from."""
        self._reset_states()
        size, samples = min(CHECKED_AT_ONCE, X.shape[0]), X.shape[0]
        total = tf.constant(0.0)
        for start in tf.range(0, samples - samples % size, size):
            total += self._loss(X[start : start + size], y[start : start + size]) * float(size)
        rest = samples % size
        if rest:
            total += self._loss(X[-rest:], y[-rest:]) * float(rest)
        return total / float(samples)

    def _loss(self, X: Any, y: Any) -> Any:
        return self.model.compute_loss(X, y, self.model(X, training=False), training=False)

    def _judge(self, loss: Any) -> None:
        """Keep the best weights, and stop when `patience` epochs brought no better ones."""
        if loss < self.best_loss:
            self.best_loss.assign(loss)
            self.waited.assign(0)
            for best, variable in zip(self.best, self.model.trainable_variables, strict=True):
                best.assign(variable)
        else:
            self.waited.assign_add(1)
        self.stopped.assign(self.waited >= self.recipe.patience)

    def _reset_states(self) -> None:
        for layer in self.model.layers:
            if getattr(layer, "stateful", False):
                layer.reset_state()
