"""What goes to MLflow, as plain values that may cross to another process, and who takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd
from numpy.typing import NDArray

from seqframe.config import Settings
from seqframe.training.events import Event

PARENT = "all"  # the parent's place among the framings
LOSS = "train/loss"  # the metric that has the loss of every epoch of a framing's one network


@dataclass(frozen=True)
class RunContext:
    """One `kedro run`: its id, the name of its pipeline, the framings in it, the settings, and what was typed."""

    id: str
    pipeline: str
    framings: tuple[str, ...]
    settings: Settings
    command: str = "kedro run"

    @property
    def root(self) -> str:
        """Whose run stands above all others: the one framing's, or one of its own where there are several or none."""
        return self.framings[0] if len(self.framings) == 1 else PARENT

    @property
    def trains_many(self) -> bool:
        """Whether a framing is trained from many seeds."""
        return self.settings.trains_many(self.pipeline)


@dataclass(frozen=True)
class DatasetInfo:
    """The rows, in the words of MLflow's data sets; the last three are JSON."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str
    profile: str


@dataclass(frozen=True)
class RunInfo:
    """What is known of a framing before it is trained: settings and shapes, the fingerprint of the rows, the rows."""

    params: Mapping[str, str]
    tags: Mapping[str, str]
    rows: str
    data: DatasetInfo | None = None


@dataclass(frozen=True)
class Metrics:
    """Numbers, each with its name and its step, and the time that they are of, in ms since 1970."""

    points: tuple[tuple[str, float, int], ...]
    at_ms: int


@dataclass(frozen=True)
class Tags:
    """Words by name."""

    values: Mapping[str, str]


@dataclass(frozen=True)
class File:
    """A file's name and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class ModelFile:
    """A Keras model: its name, the bytes of its `.keras` file, one input (1, timesteps, features), its output shape."""

    name: str
    content: bytes
    example: NDArray[Any]
    output_shape: tuple[int | None, ...]


@dataclass(frozen=True)
class ForecasterFiles:
    """A forecaster.

    Attributes:
        files: Its files, by name.
        history: One that it takes.
        answer: What it answers to that.
        about: Which model it is, in a line.
        card: What people ask about it, by name.
    """

    files: Mapping[str, bytes]
    history: pd.DataFrame
    answer: pd.DataFrame
    about: str
    card: Mapping[str, str]


LogItem = Metrics | Tags | File | ModelFile | ForecasterFiles


class RunLogger(Protocol):
    """Whoever keeps the runs of a session: `RunBook` in this process, or `Clerk` in one of its own."""

    def open(self, framing: str, start: RunInfo) -> None:
        """Open a framing's run and log what is known before training."""

    def record(self, framing: str, contents: Sequence[LogItem]) -> None:
        """Log to the run of a framing, or to the run above all of them where `framing` is empty."""

    def hear(self, news: Event) -> None:
        """Keep the losses of a framing's one network."""

    def finish(self, framing: str) -> None:
        """A framing's work is done: close its run, so that it has its own duration."""

    def close(self, status: str) -> None:
        """Close every run that is still open, and be sure that all is written; called twice, it changes nothing."""
