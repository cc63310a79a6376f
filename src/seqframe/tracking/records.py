"""What is logged to MLflow, as plain values that can be sent to another process, and the protocol of a run logger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
from numpy.typing import NDArray

from seqframe.config import Settings
from seqframe.training.events import Event

EXPERIMENTS = "experiments"  # name of the pipeline, whose data is not the one of the settings
PARENT = "all"  # the parent run's place among the framings
OF_A_FRAMING = ("framing", "X_shape", "y_shape", "training.epochs", "training.batch_size")  # parameters
LOSS = "train/loss"  # metric with the loss of every epoch of a framing's one network


@dataclass(frozen=True)
class RunContext:
    """One `kedro run`.

    Attributes:
        id: Its id.
        pipeline: Name of its pipeline.
        framings: The framings that it runs.
        settings: Its settings.
        command: Its command line.
    """

    id: str
    pipeline: str
    framings: tuple[str, ...]
    settings: Settings
    command: str = "kedro run"

    @property
    def root(self) -> str:
        """The root run: the run of the only framing, or a parent run if there are several or none."""
        return self.framings[0] if len(self.framings) == 1 else PARENT

    @property
    def title(self) -> str:
        """Name of a parent run: the pipeline, and the table if it reads one, such as `compare co2`."""
        table = self.settings.data.path if self.pipeline != EXPERIMENTS else None
        return f"{self.pipeline} {Path(table).stem}" if table else self.pipeline

    @property
    def trains_many(self) -> bool:
        """Whether several seeds are trained per framing."""
        return self.settings.trains_many(self.pipeline)


@dataclass(frozen=True)
class DatasetInfo:
    """The data, with the fields of an MLflow dataset; source, schema and profile are JSON."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str
    profile: str


@dataclass(frozen=True)
class RunInfo:
    """What is known of a framing before training: parameters, tags, the fingerprint of the data, and the data."""

    params: Mapping[str, str]
    tags: Mapping[str, str]
    fingerprint: str
    data: DatasetInfo | None = None

    def shared(self) -> "RunInfo":
        """The part that all models of a command have in common, without what belongs to one framing."""
        return replace(self, params={name: value for name, value in self.params.items() if name not in OF_A_FRAMING})


@dataclass(frozen=True)
class Metrics:
    """Values as (name, value, step), with their time in ms since 1970."""

    points: tuple[tuple[str, float, int], ...]
    at_ms: int


@dataclass(frozen=True)
class Tags:
    """Texts by name."""

    values: Mapping[str, str]


@dataclass(frozen=True)
class File:
    """A file: name and content."""

    name: str
    content: bytes


@dataclass(frozen=True)
class ModelFile:
    """A Keras model.

    Attributes:
        name: Name of the model.
        content: Bytes of its `.keras` file.
        example: One input, (1, timesteps, features).
        output_shape: Shape of its output; None for the batch axis.
    """

    name: str
    content: bytes
    example: NDArray[Any]
    output_shape: tuple[int | None, ...]


@dataclass(frozen=True)
class ForecasterFiles:
    """A saved forecaster or classifier.

    Attributes:
        files: Its files by name.
        context: Example of its input.
        forecast: Its forecast for that example.
        about: One line that identifies the model.
        card: Model card: facts by name.
        table: File name of the table.
        metric: Name of the metric of the comparison, such as `mase`.
        score: Test score of the model in the comparison; NaN where it is unknown.
        packages: Packages that this kind of forecaster needs.
        output: What it predicts, for its description; empty for a forecaster.
    """

    files: Mapping[str, bytes]
    context: pd.DataFrame
    forecast: pd.DataFrame
    about: str
    card: Mapping[str, str]
    table: str
    metric: str = ""
    score: float = nan
    packages: tuple[str, ...] = ()
    output: str = ""


LogItem = Metrics | Tags | File | ModelFile | ForecasterFiles


class RunLogger(Protocol):
    """Logs the MLflow runs of one `kedro run`: `MlflowRunLogger` in this process, `LoggingProcess` in another one."""

    def open(self, framing: str, info: RunInfo) -> None:
        """Open the run of a framing and log what is known before training."""

    def log(self, framing: str, items: Sequence[LogItem]) -> None:
        """Log to the run of a framing, or to the root run if `framing` is empty."""

    def on_event(self, event: Event) -> None:
        """Log the losses of the one network of a framing."""

    def finish(self, framing: str) -> None:
        """Close the run of a framing as FINISHED, so that it has its own duration."""

    def close(self, status: str) -> None:
        """Close every open run, and wait until everything is written; a second call does nothing."""
