"""News from work that takes long: whoever does it announces, whoever cares listens.

Training announces epochs; the terminal draws them and MLflow keeps them. Neither knows of the other.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class EpochEnd:
    """Epochs that have just been trained.

    Attributes:
        framing: Whose network it is.
        part: Which of a framing's many networks it is, such as `seed 3 of 20`; empty where there is but one.
        losses: The loss of each of these epochs, mean squared error in scaled units.
        first: The number of the first of them, from 1.
        epochs: How many there are to be in all.
        ended: Whether training has come to its end with them, which may be before its last epoch.
        at: When they were done, in s since 1970.
    """

    framing: str
    part: str
    losses: tuple[float, ...]
    first: int
    epochs: int
    ended: bool = False
    at: float = field(default_factory=time.time, compare=False)

    @property
    def last(self) -> int:
        """The number of the last of these epochs."""
        return self.first + len(self.losses) - 1


@dataclass(frozen=True)
class Message:
    """Something that people should know, in one line."""

    text: str


@dataclass(frozen=True)
class TrainingHistory:
    """What training left behind.

    Attributes:
        framing: Whose network it was.
        losses: The loss of every epoch, mean squared error in scaled units.
        seconds: Its wall time.
        validation_losses: The same on the validation data; empty where there was none.
        engines: What ran each layer: by layer, in words.
    """

    framing: str
    losses: tuple[float, ...]
    seconds: float
    validation_losses: tuple[float, ...] = ()
    backends: Mapping[str, str] = field(default_factory=dict)


Event = EpochEnd | Message
Callback = Callable[[Event], None]
_listeners: list[Callback] = []


def subscribe(listener: Callback) -> None:
    """Call `listener` with all news to come; a second time changes nothing."""
    if listener not in _listeners:
        _listeners.append(listener)


def unsubscribe(listener: Callback) -> None:
    """Undo `listen`."""
    if listener in _listeners:
        _listeners.remove(listener)


def emit(news: Event) -> None:
    """Tell all listeners."""
    for listener in tuple(_listeners):
        listener(news)
