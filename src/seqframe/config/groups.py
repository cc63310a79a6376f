"""The settings by group, as they are typed after `--params`: problem.*, task.*, model.*, training.*."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

PROJECT_ROOT = Path(__file__).resolve().parents[3]
EVERY_OTHER_FRAMING = "otherwise"
NO_NUMBERS = {"resume", "checkpoint_s"}  # settings of training that change no number

Count = Annotated[int, Field(ge=1)]


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Problem(_Group):
    """Where the rows come from.

    Attributes:
        kind: `ramp` (x[i] = i / length) or `table`; null means `table` where a table is given, else `ramp`.
        length: Rows of the ramp.
        table: A CSV or Parquet file; a relative path is looked up in the working directory, then in the project.
        features: The column or columns that are read; null means all but `time`, or `target` where that is given.
        target: The column or columns to be predicted; null means the features.
        time: The column that orders the rows and names them in the results; null means their number.
        scaling: What the columns are divided by before training: `none`, `minmax` (to 0 … 1) or `standard`.
    """

    kind: Literal["ramp", "table"] | None = None
    length: Count
    table: str | None = None
    features: str | list[str] | None = None
    target: str | list[str] | None = None
    time: str | None = None
    scaling: Literal["none", "minmax", "standard"] = "none"

    @property
    def name(self) -> str:
        """The problem in a word or two: `ramp of 5`, or the name of the table."""
        is_table = self.table is not None and self.kind != "ramp"
        return Path(str(self.table)).name if is_table else f"ramp of {self.length}"

    @model_validator(mode="after")
    def _table_is_given(self) -> "Problem":
        if self.kind == "table" and self.table is None:
            raise ValueError("`problem.table` must name a CSV or Parquet file where `problem.kind` is table")
        return self


class Task(_Group):
    """How targets align with inputs, in rows.

    Attributes:
        kind: `echo` (give the rows that were read) or `forecast` (give `horizon` rows after those, `gap` rows later).
        lookback: Rows read; null means the whole sequence, for an echo.
        horizon: Rows to be predicted, for a forecast.
        gap: Rows left out between the two, for a forecast.
        stride: Rows from one window to the next.
    """

    kind: Literal["echo", "forecast"]
    lookback: Count | None = None
    horizon: Count | None = None
    gap: Annotated[int, Field(ge=0)] = 0
    stride: Count = 1

    @model_validator(mode="after")
    def _lengths_are_given(self) -> "Task":
        if self.kind == "forecast" and (self.lookback is None or self.horizon is None):
            raise ValueError("a forecast needs `task.lookback` and `task.horizon`")
        if self.kind == "echo" and (self.horizon is not None or self.gap):
            raise ValueError("`task.horizon` and `task.gap` belong to a forecast, and `task.kind` is echo")
        return self

    @property
    def equal_lengths(self) -> bool:
        """Whether a window has as many target rows as input rows."""
        return self.kind == "echo" or self.lookback == self.horizon


class Model(_Group):
    """The network.

    Attributes:
        units: Width of the recurrent layer.
        dropout: Share of the inputs of the recurrent layer that is left out at random in training.
    """

    units: Count
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0


class Training(_Group):
    """How a network is trained.

    Attributes:
        epochs: Passes over the data: a number for every framing, or one by framing, with `otherwise` for the rest.
        batch_size: Samples an update; `all` means one update an epoch.
        learning_rate: Of Adam.
        schedule: How the learning rate changes: `constant`, or `cosine`, which takes it to 0 in the last epoch.
        shuffle: Whether each epoch takes the samples in another order, drawn from the seed and the epoch's number.
        patience: Epochs without a smaller loss before training stops with the best weights; null: it never does.
        seed: What the initial weights are drawn from.
        resume: Whether training that was cut off goes on where it was.
        checkpoint_s: Seconds from one checkpoint to the next.
        seeds: How many seeds the seed study trains, counted up from `seed`.
    """

    epochs: Count | dict[str, Count]
    batch_size: Count | Literal["all"]
    learning_rate: Annotated[float, Field(gt=0)]
    schedule: Literal["constant", "cosine"] = "constant"
    shuffle: bool = False
    patience: Count | None = None
    resume: bool = True
    checkpoint_s: Annotated[float, Field(ge=0)] = 2.0
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    seeds: Count

    @model_validator(mode="after")
    def _epochs_cover_all(self) -> "Training":
        if isinstance(self.epochs, dict) and EVERY_OTHER_FRAMING not in self.epochs:
            raise ValueError(f"`training.epochs` by framing needs an entry `{EVERY_OTHER_FRAMING}` for the rest")
        return self

    def epochs_of(self, framing: str) -> int:
        """The epochs that a framing is trained for."""
        if isinstance(self.epochs, int):
            return self.epochs
        return self.epochs.get(framing, self.epochs[EVERY_OTHER_FRAMING])

    def named_framings(self) -> set[str]:
        """The framings that the settings speak of."""
        return set(self.epochs) - {EVERY_OTHER_FRAMING} if isinstance(self.epochs, dict) else set()

    def batch_of(self, samples: int) -> int:
        """The samples in one update, out of so many."""
        return samples if self.batch_size == "all" else min(self.batch_size, samples)


class Settings(_Group):
    """All settings, as they stand in `conf/` and after `--params`."""

    problem: Problem
    task: Task
    model: Model
    training: Training
