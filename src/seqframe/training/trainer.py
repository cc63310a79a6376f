"""Train one network: groups of epochs, with events and checkpoints between them.

The results equal Keras' `model.fit(shuffle=False)`, bit for bit, for every loss and optimizer. They do not depend on
the number of epochs in a group, nor on how often the process was killed and resumed. Samples up to 64 MiB are passed to
the graph as a whole; larger ones are streamed in chunks of whole batches.
"""

import hashlib
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe import __version__
from seqframe.config import RUNTIME_ONLY, TrainingSettings
from seqframe.networks.backend import keras
from seqframe.networks.spec import NetworkState
from seqframe.training.checkpoint import CheckpointFile, CheckpointStore
from seqframe.training.events import EpochEnd, Message, TrainingHistory, emit
from seqframe.training.loop import ClassWeights, LoopConfig, Trainer, get_trainer
from seqframe.training.losses import LossConfig, loss_of_values
from seqframe.training.optimizers import optimizer_of
from seqframe.training.samples import CHUNK_BYTES, WHOLE_BYTES, ArraySamples, Data, SampleSource, count_bytes
from seqframe.training.schedules import schedule_of
from seqframe.training.stream import StreamingTrainer, get_streaming_trainer

REPORT_EVERY_S = 0.25  # target duration of one call of the graph


@dataclass
class TrainingState:
    """Progress of one training."""

    framing: str
    label: str
    epochs: int
    losses: list[float] = field(default_factory=list)
    val_losses: list[float] = field(default_factory=list)
    seconds: float = 0.0  # of the processes before this one
    started: float = field(default_factory=perf_counter)
    checkpoint: CheckpointFile | None = None
    fingerprint: str = ""
    every_s: float = 0.0
    saved_at: float = field(default_factory=perf_counter)

    @property
    def name(self) -> str:
        """The network, for messages."""
        return ", ".join(filter(None, (self.framing, self.label)))

    @property
    def total_seconds(self) -> float:
        """Training time so far, in s."""
        return self.seconds + perf_counter() - self.started

    def resume(self, trainer: Trainer) -> None:
        """Restore the state from the checkpoint, if there is one."""
        if self.checkpoint is None:
            return
        loaded = self.checkpoint.load(self.fingerprint)
        for text in loaded.messages:
            emit(Message(f"{self.name}: {text}."))
        if loaded.arrays is None:
            return
        self.losses, self.val_losses = (loaded.arrays.pop(name).tolist() for name in ("losses", "val_losses"))
        self.seconds = float(loaded.arrays.pop("seconds"))
        trainer.set_state(loaded.arrays)
        if not self._ended(trainer):
            emit(Message(f"{self.name}: resuming at epoch {len(self.losses) + 1}/{self.epochs}."))
        self._emit(self.losses, 1, trainer)

    def run(self, trainer: Trainer) -> None:
        """Train to the end."""
        count = 1
        traced = False
        while not self._ended(trainer):
            call_started = perf_counter()
            losses, val_losses = trainer.run(min(count, self.epochs - len(self.losses)))
            seconds = perf_counter() - call_started
            self.losses += losses
            self.val_losses += val_losses
            self._emit(losses, len(self.losses) - len(losses) + 1, trainer)
            if traced:  # the first call may have traced the graph and does not tell the speed
                count = max(1, int(len(losses) * REPORT_EVERY_S / max(seconds, 1e-9)))
            traced = True
            if self._ended(trainer) or perf_counter() - self.saved_at > self.every_s:
                self._save(trainer)

    def _ended(self, trainer: Trainer) -> bool:
        return len(self.losses) >= self.epochs or trainer.stopped

    def _emit(self, losses: list[float], first: int, trainer: Trainer) -> None:
        emit(EpochEnd(self.framing, self.label, tuple(losses), first, self.epochs, self._ended(trainer)))

    def _save(self, trainer: Trainer) -> None:
        if self.checkpoint is None:
            return
        progress = {"losses": self.losses, "val_losses": self.val_losses, "seconds": self.total_seconds}
        arrays = {name: np.array(value, np.float64) for name, value in progress.items()}
        try:
            self.checkpoint.save(self.fingerprint, trainer.state() | arrays)
        except OSError as error:
            emit(Message(f"{self.name}: no checkpoint could be written ({error.strerror}); training continues."))
            self.checkpoint = None
        self.saved_at = perf_counter()


def train(
    network: NetworkState,
    X: NDArray[Any],
    y: NDArray[Any],
    training: TrainingSettings,
    validation: Data | None = None,
    checkpoints: CheckpointStore | None = None,
    label: str = "",
    loss: LossConfig | None = None,
    class_weights: ClassWeights | None = None,
) -> tuple[NetworkState, TrainingHistory]:
    """Train a copy of a network on arrays.

    `X` is (samples, timesteps, features), `y` has the shape of the output, or (..., 1) with codes of classes.
    `validation` is another such pair; with early stopping, its loss is monitored instead of the training loss.
    `loss` is None for the loss of the settings; labels need a cross-entropy. `LossConfig("keras", keras_loss=...)` is a
    loss of your own; such a training has no checkpoints, since its loss cannot be compared with an earlier one.
    `class_weights` is (classes,), or with `binary_crossentropy` (classes, 2) for the labels 0 and 1 of each class.
    """
    each = max(1, network.spec.steps_per_sequence)
    val_samples = ArraySamples(*validation, each) if validation else None
    samples = ArraySamples(X, y, each)
    return train_samples(
        network, samples, training, val_samples, checkpoints, label, loss=loss, class_weights=class_weights
    )


def train_samples(
    network: NetworkState,
    samples: SampleSource,
    training: TrainingSettings,
    validation: SampleSource | None = None,
    checkpoints: CheckpointStore | None = None,
    label: str = "",
    whole_bytes: int = WHOLE_BYTES,
    chunk_bytes: int = CHUNK_BYTES,
    loss: LossConfig | None = None,
    class_weights: ClassWeights | None = None,
) -> tuple[NetworkState, TrainingHistory]:
    """Train a copy of a network on samples that need not fit into memory.

    The result equals `train`, bit for bit, unless samples are shuffled or bucketed: samples that take more than
    `whole_bytes` are streamed in chunks of about `chunk_bytes`, and are then shuffled window by window, and bucketed
    chunk by chunk.

    Raises:
        UserError: One batch is too large.
    """
    loss = loss or loss_of_values(training)
    config = LoopConfig(
        shuffle=training.shuffle,
        patience=training.patience or 0,
        validated=validation is not None,
        loss=loss,
        optimizer=optimizer_of(training),
        schedule=schedule_of(training),
        bucketing=training.bucketing and network.spec.variable_length,
    )
    framing = network.spec.framing
    large = max(count_bytes(each) for each in (samples, validation) if each is not None) > whole_bytes
    trainer: Trainer = (get_streaming_trainer if large else get_trainer)(network.spec, config)
    with trainer.lock:
        state = TrainingState(framing, label, training.epochs_of(framing), every_s=training.checkpoint_every_s)
        if isinstance(trainer, StreamingTrainer):
            trainer.start_stream(network, samples, validation, training, chunk_bytes, class_weights)
        else:
            val_data = validation.batch(slice(None)) if validation is not None else None
            trainer.start(network, samples.batch(slice(None)), val_data, training, class_weights)
        if network.spec.skip and validation is not None:
            trainer.monitor_initial(validation)
        if checkpoints is not None and loss.keras_loss is None and checkpoints.lock():
            weights = None if class_weights is None else np.asarray(class_weights).tolist()
            state.fingerprint = _fingerprint(network, samples, training, validation, f"{loss} {weights}")
            state.checkpoint = checkpoints.file(framing, state.fingerprint)
            if training.resume:
                state.resume(trainer)
        state.run(trainer)
        trained = NetworkState(network.spec, trainer.weights())
        trainer.release()
    val_losses = tuple(state.val_losses) if validation is not None else ()
    losses, seconds = tuple(state.losses), state.total_seconds
    return trained, TrainingHistory(framing, losses, seconds, val_losses, trainer.backends, loss.title)


def _fingerprint(
    network: NetworkState,
    samples: SampleSource,
    training: TrainingSettings,
    validation: SampleSource | None,
    loss: str,
) -> str:
    """A hash of everything that determines the result: code, initial weights, settings, data."""
    settings = training.model_dump_json(exclude=RUNTIME_ONLY | {"n_seeds"})
    digest = hashlib.sha256(f"{__version__} {keras.__version__} {network.spec} {settings} {loss}".encode())
    for weights in network.weights:
        digest.update(f"{weights.dtype} {weights.shape}".encode() + weights.tobytes())
    samples.update_hash(digest)
    if validation is not None:
        validation.update_hash(digest)
    return digest.hexdigest()
