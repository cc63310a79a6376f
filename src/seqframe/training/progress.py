"""Progress of the training of one network: losses, events and checkpoints between groups of epochs."""

from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seqframe.training.checkpoint import CheckpointFile
from seqframe.training.events import EpochEnd, Message, emit

REPORT_EVERY_S = 0.25  # target duration of a group of epochs


class Trainable(Protocol):
    """A network with all state that training changes."""

    @property
    def stopped(self) -> bool:
        """Whether early stopping has ended the training."""

    def state(self) -> dict[str, NDArray[Any]]:
        """All state that training changes, by name."""

    def set_state(self, state: dict[str, NDArray[Any]]) -> None:
        """Restore what `state` returned."""


@dataclass
class TrainingState:
    """Progress of one training."""

    framing: str
    label: str
    epochs: int
    losses: list[float] = field(default_factory=list)
    val_losses: list[float] = field(default_factory=list)
    seconds: float = 0.0
    checkpoint: CheckpointFile | None = None
    fingerprint: str = ""
    every_s: float = 0.0
    saved_at: float = field(default_factory=perf_counter)

    @property
    def name(self) -> str:
        """The network, for messages."""
        return ", ".join(filter(None, (self.framing, self.label)))

    def resume(self, network: Trainable) -> None:
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
        network.set_state(loaded.arrays)
        if not self.ended(network):
            emit(Message(f"{self.name}: resuming at epoch {len(self.losses) + 1}/{self.epochs}."))
        self._emit(self.losses, 1, network)

    def ended(self, network: Trainable) -> bool:
        """Whether the training has ended."""
        return len(self.losses) >= self.epochs or network.stopped

    def record(self, network: Trainable, losses: list[float], val_losses: list[float], seconds: float) -> None:
        """Add some epochs that took some seconds, emit them, and write a checkpoint if one is due."""
        self.losses += losses
        self.val_losses += val_losses
        self.seconds += seconds
        self._emit(losses, len(self.losses) - len(losses) + 1, network)
        if self.ended(network) or perf_counter() - self.saved_at > self.every_s:
            self._save(network)

    def _emit(self, losses: list[float], first: int, network: Trainable) -> None:
        emit(EpochEnd(self.framing, self.label, tuple(losses), first, self.epochs, self.ended(network)))

    def _save(self, network: Trainable) -> None:
        if self.checkpoint is None:
            return
        progress = {"losses": self.losses, "val_losses": self.val_losses, "seconds": self.seconds}
        arrays = {name: np.array(value, np.float64) for name, value in progress.items()}
        try:
            self.checkpoint.save(self.fingerprint, network.state() | arrays)
        except OSError as error:
            emit(Message(f"{self.name}: no checkpoint could be written ({error.strerror}); training continues."))
            self.checkpoint = None
        self.saved_at = perf_counter()


class GroupSize:
    """The number of epochs that are trained at once, so that they take about the target duration."""

    def __init__(self, target_s: float = REPORT_EVERY_S) -> None:
        self.target_s = target_s
        self._measured = False
        self.epochs = 1

    def measure(self, epochs: int, seconds: float) -> None:
        """Adapt to the time that some epochs took; the first of them may have compiled and do not tell the speed."""
        if self._measured:
            self.epochs = max(1, int(epochs * self.target_s / max(seconds, 1e-9)))
        self._measured = True


class Clock:
    """Seconds since its start, or since the last lap."""

    def __init__(self) -> None:
        self._last = perf_counter()

    def lap(self) -> float:
        """Start the next lap; the seconds of the last one."""
        last, self._last = self._last, perf_counter()
        return self._last - last
