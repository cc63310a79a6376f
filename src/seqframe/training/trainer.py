"""Training one network: epochs in bunches, with news and a checkpoint between them; and on from a checkpoint.

The numbers are those of `model.fit(shuffle=False)`, bit for bit, without its 40 ms of Python an epoch, and they do not
depend on how many epochs go into a bunch, nor on how often the process was killed in between. Samples that take little
memory go into the graph as a whole; more of them are streamed through it, in chunks of whole batches.
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
from seqframe.training.checkpoint import CheckpointFile
from seqframe.training.events import EpochEnd, Message, TrainingHistory, emit
from seqframe.training.loop import LoopConfig, Trainer, get_trainer
from seqframe.training.samples import CHUNK_BYTES, WHOLE_BYTES, ArraySamples, Data, SampleSource, count_bytes
from seqframe.training.stream import StreamingTrainer, get_streaming_trainer

# The course of one training: how far it has come, what it tells, and the checkpoints that it leaves.

REPORT_EVERY_S = 0.25  # how long a call into the graph should last


@dataclass
class TrainingState:
    """How far the training of one network has come."""

    framing: str
    part: str
    epochs: int
    losses: list[float] = field(default_factory=list)
    checks: list[float] = field(default_factory=list)
    checkpoint: CheckpointFile | None = None
    fingerprint: str = ""
    every_s: float = 0.0
    resumes: bool = False
    saved_at: float = field(default_factory=perf_counter)

    def keep(self, checkpoint: CheckpointFile, fingerprint: str, training: TrainingSettings) -> None:
        """Keep checkpoints from now on."""
        self.checkpoint, self.fingerprint = checkpoint, fingerprint
        self.every_s, self.resumes = training.checkpoint_every_s, training.resume

    def resume(self, runner: Trainer) -> None:
        """Go on from the checkpoint, if there is one and it is ours, and say so."""
        if self.checkpoint is None or not self.resumes:
            return
        loaded = self.checkpoint.load(self.fingerprint)
        for remark in loaded.remarks:
            emit(Message(f"{self.framing}: {remark}."))
        if loaded.arrays is None:
            return
        self.losses, self.checks = (loaded.arrays.pop(name).tolist() for name in ("losses", "checks"))
        runner.set_state(loaded.arrays)
        emit(Message(f"{self.framing}: going on after epoch {len(self.losses)} of {self.epochs}."))
        if self.losses:
            self._tell(self.losses, 1, runner)

    def run(self, runner: Trainer) -> None:
        """Train to the end."""
        count = 1
        traced = False
        while not self._ended(runner):
            call_started = perf_counter()
            losses, checks = runner.run(min(count, self.epochs - len(self.losses)))
            seconds = perf_counter() - call_started
            self.losses += losses
            self.checks += checks
            self._tell(losses, len(self.losses) - len(losses) + 1, runner)
            if traced:  # the first call made the graph, and says nothing about the speed
                count = max(1, int(len(losses) * REPORT_EVERY_S / max(seconds, 1e-9)))
            traced = True
            if perf_counter() - self.saved_at > self.every_s:
                self._save(runner)
        self._save(runner)

    def _ended(self, runner: Trainer) -> bool:
        return len(self.losses) >= self.epochs or runner.stopped

    def _tell(self, losses: list[float], first: int, runner: Trainer) -> None:
        emit(EpochEnd(self.framing, self.part, tuple(losses), first, self.epochs, self._ended(runner)))

    def _save(self, runner: Trainer) -> None:
        if self.checkpoint is None:
            return
        lists = {"losses": np.array(self.losses, np.float64), "checks": np.array(self.checks, np.float64)}
        try:
            self.checkpoint.save(self.fingerprint, runner.state() | lists)
        except OSError as error:
            emit(Message(f"{self.framing}: no checkpoint could be written ({error.strerror}); training goes on."))
            self.checkpoint = None
        self.saved_at = perf_counter()


def train(
    network: NetworkState,
    X: NDArray[Any],
    y: NDArray[Any],
    training: TrainingSettings,
    validation: Data | None = None,
    checkpoint: CheckpointFile | None = None,
    part: str = "",
) -> tuple[NetworkState, TrainingHistory]:
    """Train a copy of the network with Adam on mean squared error.

    X is (samples, timesteps, features), y is shaped as the head answers, `validation` is another such pair, which early
    stopping then watches in place of the training loss. `part` goes into the announcements.
    """
    a_window = max(1, network.spec.steps_per_sequence)
    checked = ArraySamples(*validation, a_window) if validation else None
    return train_samples(network, ArraySamples(X, y, a_window), training, checked, checkpoint, part)


def train_samples(
    network: NetworkState,
    samples: SampleSource,
    training: TrainingSettings,
    validation: SampleSource | None = None,
    checkpoint: CheckpointFile | None = None,
    part: str = "",
    whole_bytes: int = WHOLE_BYTES,
    chunk_bytes: int = CHUNK_BYTES,
) -> tuple[NetworkState, TrainingHistory]:
    """Train on samples that need not be there as a whole: as `train` does, to the same bits if nothing is shuffled.

    Where they, or those of the validation, take more than `whole_bytes`, they are made in chunks of about
    `chunk_bytes`; an epoch is then shuffled window by window, in an order that is computed.

    Raises:
        UserError: A batch takes more than can be held.
    """
    recipe = LoopConfig(
        batch_size=training.batch_of(samples.X_shape[0], stateful=network.spec.steps_per_sequence > 0),
        shuffle=training.shuffle,
        cosine=training.lr_schedule == "cosine",
        patience=training.patience or 0,
        validated=validation is not None,
    )
    streams = max(count_bytes(each) for each in (samples, validation) if each is not None) > whole_bytes
    runner: Trainer = (get_streaming_trainer if streams else get_trainer)(network.spec, recipe)
    started = perf_counter()
    with runner.lock:
        _start(runner, network, samples, validation, training, chunk_bytes)
        course = TrainingState(network.spec.framing, part, training.epochs_of(network.spec.framing))
        if checkpoint is not None and checkpoint.claim():
            course.keep(checkpoint, _fingerprint(network, samples, training, validation), training)
            course.resume(runner)
        course.run(runner)
        trained = NetworkState(network.spec, runner.weights())
        runner.forget()
    checks = tuple(course.checks) if validation is not None else ()
    seconds = perf_counter() - started
    return trained, TrainingHistory(network.spec.framing, tuple(course.losses), seconds, checks, runner.backends)


def _start(
    runner: Trainer,
    network: NetworkState,
    samples: SampleSource,
    validation: SampleSource | None,
    training: TrainingSettings,
    chunk_bytes: int,
) -> None:
    """Set a runner going with samples that are made when they are needed, or made here."""
    if isinstance(runner, StreamingTrainer):
        runner.start_stream(network, samples, validation, training, chunk_bytes)
    else:
        checked = validation.batch(slice(None)) if validation is not None else None
        runner.start(network, samples.batch(slice(None)), checked, training)


def _fingerprint(
    network: NetworkState, samples: SampleSource, training: TrainingSettings, validation: SampleSource | None
) -> str:
    """What a checkpoint is of: the network as it was drawn, the data, the settings that change numbers, the code."""
    settings = training.model_dump_json(exclude=RUNTIME_ONLY | {"seeds"})
    digest = hashlib.sha256(f"{__version__} {keras.__version__} {network.spec} {settings}".encode())
    for weights in network.weights:
        digest.update(f"{weights.dtype} {weights.shape}".encode() + weights.tobytes())
    samples.update_hash(digest)
    if validation is not None:
        validation.update_hash(digest)
    return digest.hexdigest()
