"""The epoch loop as one compiled graph per network, for any number of samples: no Python between epochs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import prod
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.config import TrainingSettings
from seqframe.networks import layers
from seqframe.networks.backend import tf
from seqframe.networks.build import build_model
from seqframe.networks.layers.lstm_kernel import release_blocks
from seqframe.networks.spec import NetworkSpec, NetworkState, Weights
from seqframe.training.buckets import cut_padding, shuffled_batches, sort_by_bucket
from seqframe.training.losses import MSE, LossConfig, logits_spec
from seqframe.training.optimizers import ADAM, OptimizerConfig
from seqframe.training.samples import Data, SampleSource
from seqframe.training.schedules import CONSTANT, LearningRateSchedule
from seqframe.training.shuffle import shuffle_seed, shuffled_indices

BatchLoss = Callable[[Any, Any], tuple[Any, Any]]  # X and y of one batch -> its mean loss, and how much counts in it
Totals = tuple[Any, Any]  # sum of loss times what counts, float32; sum of what counts, float64
ClassWeights = NDArray[Any]  # (classes,), or (classes, 2) for the labels 0 and 1 of each class
VALIDATION_BATCH = 1024  # validation samples per forward pass


@dataclass(frozen=True)
class LoopConfig:
    """Options of the compiled graph. With `patience` 0, training never stops early.

    With `bucketing`, samples of similar length are in one batch.
    """

    shuffle: bool
    patience: int
    validated: bool
    loss: LossConfig = MSE
    optimizer: OptimizerConfig = ADAM
    schedule: LearningRateSchedule = CONSTANT
    bucketing: bool = False


class EpochLoop:
    """The compiled epoch loop of one network specification.

    Its graph is traced once and serves any number of samples and any batch size. All state that training changes is
    listed by `variables`. `layer_module` provides the layer classes, as in `build_model`.
    """

    def __init__(self, spec: NetworkSpec, config: LoopConfig, layer_module: Any = layers) -> None:
        self.config = config
        self.steps_per_sequence = spec.steps_per_sequence
        self.has_padding = spec.variable_length and not spec.steps_per_sequence
        self.model = build_model(logits_spec(spec, config.loss), seed=0, layer_module=layer_module)
        self.backends = layers.describe_backends(self.model)
        self.optimizer = config.optimizer.make()
        self.model.compile(optimizer=self.optimizer, loss=config.loss.make())
        self.optimizer.build(self.model.trainable_variables)
        self.epoch = tf.Variable(0)
        self.stopped = tf.Variable(False)
        self.wait = tf.Variable(0)
        self.best_loss = tf.Variable(np.float32(np.inf))
        self.best = [tf.Variable(variable) for variable in self.model.trainable_variables]
        self.class_weights = tf.Variable(np.ones(config.loss.weights_shape(spec.output_shape), np.float32))
        self.data_spec = _data_spec(spec, config.loss)
        self.labels_per_sample = prod(size or 1 for size in self.data_spec[1].shape[1:])
        numbers = [tf.TensorSpec(()), *(tf.TensorSpec((), tf.int32) for _ in range(4))]
        self.run_epochs = tf.function(self._run_epochs, [*self.data_spec, *self.data_spec, *numbers], autograph=False)

    def variables(self) -> dict[str, Any]:
        """All variables that training changes, by name."""
        own = {"epoch": self.epoch, "stopped": self.stopped, "wait": self.wait, "best_loss": self.best_loss}
        groups = {"model": self.model.variables, "optimizer": self.optimizer.variables, "best": self.best}
        return own | {f"{group}_{i}": each for group, members in groups.items() for i, each in enumerate(members)}

    def _run_epochs(
        self,
        X: Any,
        y: Any,
        X_val: Any,
        y_val: Any,
        learning_rate: Any,
        epochs: Any,
        seed: Any,
        batch_size: Any,
        count: Any,
    ) -> Any:
        """Up to `count` epochs: their training losses and validation losses."""

        def unfinished(done: Any, *_: Any) -> Any:
            return tf.logical_and(done < count, tf.logical_not(self.stopped))

        def one_epoch(done: Any, losses: Any, val_losses: Any) -> Any:
            self._begin_epoch(learning_rate, epochs)
            loss = epoch_loss(self._train_epoch(X, y, seed, batch_size))
            val_loss = epoch_loss(self._validate(X_val, y_val)) if self.config.validated else loss
            self._end_epoch(val_loss)
            return done + 1, losses.write(done, loss), val_losses.write(done, val_loss)

        arrays = [tf.TensorArray(tf.float32, size=count) for _ in range(2)]
        done, losses, val_losses = _while(unfinished, one_epoch, (tf.constant(0), *arrays))
        return losses.stack()[:done], val_losses.stack()[:done]

    def _begin_epoch(self, learning_rate: Any, epochs: Any) -> None:
        """Set the learning rate of the epoch."""
        self.optimizer.learning_rate.assign(self.config.schedule.rate(learning_rate, self.epoch, epochs))

    def _train_epoch(self, X: Any, y: Any, seed: Any, batch_size: Any) -> Totals:
        """One update per batch."""
        if self.config.shuffle:
            samples = tf.shape(X)[0]
            order = shuffled_indices(tf.range(samples), shuffle_seed(seed, self.epoch), samples)
            X, y = tf.gather(X, order), tf.gather(y, order)
        return self.train_batches(X, y, seed, batch_size, no_totals())

    def train_batches(self, X: Any, y: Any, seed: Any, batch_size: Any, totals: Totals) -> Totals:
        """One update per batch of consecutive samples, or of samples of similar length."""
        batches = None
        if self.config.bucketing and self.has_padding:
            X, y = sort_by_bucket(X, y)
            if self.config.shuffle:
                batches = shuffled_batches(seed, self.epoch, -(-tf.shape(X)[0] // batch_size))
        return self.add_batches(self.update, X, y, batch_size, totals, batches)

    def update(self, X: Any, y: Any) -> tuple[Any, Any]:
        """One update on one batch: its loss before the update, and how much counts in it.

        A stateful network is not updated on a step without a label: its gradient is zero, but momentum and penalties
        would change the weights, and the more the more steps are padded.
        """
        with tf.GradientTape() as tape:
            loss, counted = self._loss(X, y, training=True)
        variables = self.model.trainable_variables
        gradients = tape.gradient(loss, variables)

        def apply() -> Any:
            self.optimizer.apply(gradients, variables)
            return tf.constant(0)

        if self.steps_per_sequence and self.config.loss.counts_labels:
            tf.cond(counted > 0, apply, lambda: tf.constant(0))
        else:
            apply()
        return loss, counted

    def _validate(self, X: Any, y: Any) -> Totals:
        """The totals of the validation data."""
        return self.add_batches(self.loss, X, y, self.validation_batch, no_totals())

    @property
    def validation_batch(self) -> int:
        """Validation samples per forward pass; 1 for a stateful network."""
        return 1 if self.steps_per_sequence else VALIDATION_BATCH

    def loss(self, X: Any, y: Any) -> tuple[Any, Any]:
        """The loss of one batch without an update, and how much counts in it."""
        return self._loss(X, y, training=False)

    def _loss(self, X: Any, y: Any, training: bool) -> tuple[Any, Any]:
        """The mean loss of one batch, and how much counts in it: its samples, or the weights of its labels."""
        targets, outputs, weights = self.config.loss.prepare(y, self.model(X, training=training), self.class_weights)
        loss = self.model.compute_loss(X, targets, outputs, weights, training=training)
        return loss, _length(X) if weights is None else tf.reduce_sum(weights) / self.labels_per_sample

    def _end_epoch(self, loss: Any) -> None:
        """Count the epoch, keep the best weights, and stop after `patience` epochs without a smaller loss."""
        self.epoch.assign_add(1)
        if not self.config.patience:
            return
        better = loss < self.best_loss
        self.best_loss.assign(tf.where(better, loss, self.best_loss))
        self.wait.assign(tf.where(better, 0, self.wait + 1))
        for best, variable in zip(self.best, self.model.trainable_variables, strict=True):
            best.assign(tf.where(better, tf.convert_to_tensor(variable), best))
        self.stopped.assign(self.wait >= self.config.patience)

    def add_batches(
        self, batch_loss: BatchLoss, X: Any, y: Any, batch_size: Any, totals: Totals, order: Any = None
    ) -> Totals:
        """Add all batches to `totals`; the last batch holds the remaining samples.

        `order` has the numbers of the batches; None means one after the other.
        A stateful network carries its state from batch to batch; the state is reset at the start of every sequence.
        """
        batches = -(-tf.shape(X)[0] // batch_size)

        def one_batch(batch: Any, total: Any, total_counted: Any) -> Any:
            if self.steps_per_sequence:
                tf.cond(batch % self.steps_per_sequence == 0, self._reset_states, lambda: tf.constant(0))
            start = (batch if order is None else order[batch]) * batch_size
            X_batch, y_batch = (data[start : start + batch_size] for data in (X, y))
            if self.has_padding:
                X_batch, y_batch = cut_padding(X_batch, y_batch)
            if self.steps_per_sequence:  # stateful layers need a static batch size
                X_batch, y_batch = (tf.ensure_shape(data, (1, *data.shape[1:])) for data in (X_batch, y_batch))
            loss, counted = batch_loss(X_batch, y_batch)
            return batch + 1, total + loss * counted, total_counted + tf.cast(counted, tf.float64)

        self._reset_states()
        _, *added = _while(lambda batch, *_: batch < batches, one_batch, (tf.constant(0), *totals))
        return tuple(added)

    def _reset_states(self) -> Any:
        for layer in self.model.layers:
            if getattr(layer, "stateful", False):
                layer.reset_state()
        return tf.constant(0)


def no_totals() -> Totals:
    """The totals before the first batch."""
    return tf.constant(0.0), tf.constant(0.0, tf.float64)


def epoch_loss(totals: Totals) -> Any:
    """The mean loss of an epoch; 0 if nothing counts."""
    return tf.math.divide_no_nan(totals[0], tf.cast(totals[1], tf.float32))


def _data_spec(spec: NetworkSpec, loss: LossConfig) -> list[Any]:
    """Shapes of X and y of any number of samples, with a variable length of any number of steps."""
    y_shape: tuple[int | None, ...] = loss.target_shape(spec.output_shape)
    if spec.variable_length and len(y_shape) > 1:
        y_shape = (None, *y_shape[1:])
    return [tf.TensorSpec((None, *shape)) for shape in (spec.sample_shape, y_shape)]


def _length(data: Any) -> Any:
    """Number of samples, float32."""
    return tf.cast(tf.shape(data)[0], tf.float32)


def _while(condition: Callable[..., Any], body: Callable[..., Any], start: tuple[Any, ...]) -> Any:
    """A loop in the graph. AutoGraph would write the same loop and double the tracing time."""
    return tf.while_loop(condition, body, start, parallel_iterations=1)


class Trainer:
    """Trains networks of one specification: `start` sets the state, `run` trains, `state` returns all of it."""

    def __init__(self, spec: NetworkSpec, config: LoopConfig, layer_module: Any = layers) -> None:
        self.lock = Lock()
        self._graph = self._make_graph(spec, config, layer_module)
        self._initial = self.state()
        self.backends = self._graph.backends

    def _make_graph(self, spec: NetworkSpec, config: LoopConfig, layer_module: Any) -> EpochLoop:
        return EpochLoop(spec, config, layer_module)

    def start(
        self,
        network: NetworkState,
        data: Data,
        validation: Data | None,
        training: TrainingSettings,
        class_weights: ClassWeights | None = None,
    ) -> None:
        """Start at epoch 0 with the weights of a network and a new optimizer."""
        self.reset(network, training, len(data[0]), class_weights)
        train = tuple(tf.constant(array, tf.float32) for array in data)
        self._data: tuple[Any, ...] = (
            *train,
            *(tuple(tf.constant(array, tf.float32) for array in validation) if validation else train),
        )

    def reset(
        self, network: NetworkState, training: TrainingSettings, samples: int, class_weights: ClassWeights | None
    ) -> None:
        """Reset all state to epoch 0."""
        model = self._graph.model
        weights = self._graph.class_weights
        weights.assign(tf.ones_like(weights) if class_weights is None else class_weights)
        self.set_state(self._initial)
        model.set_weights(network.weights)
        seeds = [variable for variable in model.variables if "seed_generator" in variable.path]
        for number, state in enumerate(seeds):
            state.assign([training.seed, number])  # of dropout
        for best, variable in zip(self._graph.best, model.trainable_variables, strict=True):
            best.assign(variable)
        self.batch_size = training.batch_of(samples, stateful=network.spec.steps_per_sequence > 0)
        self._numbers = (
            tf.constant(training.learning_rate, tf.float32),
            tf.constant(training.epochs_of(network.spec.framing)),
            tf.constant(training.seed),
            tf.constant(self.batch_size),
        )

    def monitor_initial(self, validation: SampleSource) -> None:
        """Let early stopping count the untrained network: its weights are restored if no epoch has a smaller loss."""
        totals = no_totals()
        for start in range(0, len(validation), VALIDATION_BATCH):
            X, y = (tf.constant(data, tf.float32) for data in validation.batch(slice(start, start + VALIDATION_BATCH)))
            loss, counted = self._graph.loss(X, y)
            totals = totals[0] + loss * counted, totals[1] + tf.cast(counted, tf.float64)
        self._graph.best_loss.assign(epoch_loss(totals))

    def run(self, epochs: int) -> tuple[list[float], list[float]]:
        """Train that many epochs, or fewer with early stopping: their training losses and validation losses."""
        losses, val_losses = self._graph.run_epochs(*self._data, *self._numbers, tf.constant(epochs))
        return losses.numpy().tolist(), val_losses.numpy().tolist()

    def release(self) -> None:
        """Release the data, and the memory that the LSTM kernel reuses, which may grow with every epoch."""
        self._data = ()
        release_blocks()

    @property
    def stopped(self) -> bool:
        """Whether early stopping has ended the training."""
        return bool(self._graph.stopped.numpy())

    def weights(self) -> Weights:
        """The current weights; with early stopping, the weights of the best epoch."""
        trainable = self._graph.model.trainable_variables
        best = {each.path: value for each, value in zip(trainable, self._graph.best, strict=True)}
        used = best if self._graph.config.patience else {}
        return tuple(used.get(variable.path, variable).numpy() for variable in self._graph.model.weights)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """All state that training changes, by name."""
        return {name: variable.numpy() for name, variable in self._graph.variables().items()}

    def set_state(self, state: dict[str, NDArray[np.generic]]) -> None:
        """Restore what `state` returned."""
        for name, variable in self._graph.variables().items():
            variable.assign(state[name])


@cache
def get_trainer(spec: NetworkSpec, config: LoopConfig) -> Trainer:
    """The trainer of a specification; its graph is traced once per process."""
    return Trainer(spec, config)
