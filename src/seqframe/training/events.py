"""Events of training, which the terminal shows and MLflow logs."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class EpochEnd:
    """One or more epochs that have just ended.

    Attributes:
        framing: Framing of the network.
        label: The network among several of a framing, such as `seed 3 of 20`; empty for a single network.
        losses: Training loss of each epoch.
        first: Number of the first of these epochs, from 1.
        epochs: Number of epochs in total.
        ended: Whether training ended with them, possibly before the last epoch.
        at: Time at which they ended, in s since 1970.
    """

    framing: str
    label: str
    losses: tuple[float, ...]
    first: int
    epochs: int
    ended: bool = False
    at: float = field(default_factory=time.time, compare=False)

    @property
    def last(self) -> int:
        """Number of the last of these epochs."""
        return self.first + len(self.losses) - 1


@dataclass(frozen=True)
class Message:
    """One line for users."""

    text: str


@dataclass(frozen=True)
class TrainingHistory:
    """The course of one training.

    Attributes:
        framing: Framing of the network.
        losses: Training loss of every epoch.
        seconds: Training time, in s.
        validation_losses: Validation loss of every epoch; empty without validation data.
        backends: What ran each layer, by layer name.
        loss: What the loss is.
    """

    framing: str
    losses: tuple[float, ...]
    seconds: float
    validation_losses: tuple[float, ...] = ()
    backends: Mapping[str, str] = field(default_factory=dict)
    loss: str = "mean squared error in scaled units"


Event = EpochEnd | Message
Callback = Callable[[Event], None]
_callbacks: list[Callback] = []


def subscribe(callback: Callback) -> None:
    """Call `callback` with every event from now on; a second call changes nothing."""
    if callback not in _callbacks:
        _callbacks.append(callback)


def unsubscribe(callback: Callback) -> None:
    """Undo `subscribe`."""
    if callback in _callbacks:
        _callbacks.remove(callback)


def emit(event: Event) -> None:
    """Pass an event to all subscribers."""
    for callback in tuple(_callbacks):
        callback(event)
