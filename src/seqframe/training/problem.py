"""What networks are trained on, and how, with the fingerprint of a training."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from seqframe import __version__
from seqframe.config import RUNTIME_ONLY, TrainingSettings
from seqframe.networks.backend import keras
from seqframe.networks.spec import NetworkSpec, NetworkState
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import TrainingHistory
from seqframe.training.loop import ClassWeights, LoopConfig
from seqframe.training.losses import LossConfig
from seqframe.training.optimizers import optimizer_of
from seqframe.training.progress import Trainable, TrainingState
from seqframe.training.samples import Data, SampleSource, count_bytes
from seqframe.training.schedules import schedule_of


@dataclass(frozen=True)
class Problem:
    """What networks of one specification are trained on, and how; the arguments of `train_samples`."""

    samples: SampleSource
    training: TrainingSettings
    validation: SampleSource | None
    checkpoints: CheckpointStore | None
    loss: LossConfig
    class_weights: ClassWeights | None = None

    @property
    def bytes(self) -> int:
        """Size of the larger of the samples and the validation samples, in bytes."""
        return max(count_bytes(each) for each in (self.samples, self.validation) if each is not None)

    def arrays(self) -> tuple[Data, Data | None]:
        """X and y of all samples, and of all validation samples."""
        every = slice(None)
        return self.samples.batch(every), self.validation.batch(every) if self.validation is not None else None

    def config(self, spec: NetworkSpec) -> LoopConfig:
        """The options of the epoch loop."""
        return LoopConfig(
            shuffle=self.training.shuffle,
            patience=self.training.patience or 0,
            validated=self.validation is not None,
            loss=self.loss,
            optimizer=optimizer_of(self.training),
            schedule=schedule_of(self.training),
            bucketing=self.training.bucketing and spec.variable_length,
        )

    def resume(self, network: NetworkState, seed: int, label: str, trained: Trainable, how: str = "") -> TrainingState:
        """The progress of one network, from its checkpoint if there is one; `how` says what trains it."""
        training, framing = self.training.model_copy(update={"seed": seed}), network.spec.framing
        state = TrainingState(framing, label, training.epochs_of(framing), every_s=training.checkpoint_every_s)
        if self.checkpoints is not None and self.loss.keras_loss is None and self.checkpoints.lock():
            weights = None if self.class_weights is None else np.asarray(self.class_weights).tolist()
            loss = f"{self.loss} {weights}{how}"
            state.fingerprint = _fingerprint(network, self.samples, training, self.validation, loss)
            state.checkpoint = self.checkpoints.file(framing, state.fingerprint)
            if training.resume:
                state.resume(trained)
        return state

    def history(self, state: TrainingState, backends: Mapping[str, str]) -> TrainingHistory:
        """The course of a training."""
        val_losses = tuple(state.val_losses) if self.validation is not None else ()
        return TrainingHistory(state.framing, tuple(state.losses), state.seconds, val_losses, backends, self.loss.title)


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
