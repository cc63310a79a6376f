"""The settings `problem.*`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from seqframe.config.base import Count, Group

Kind = Literal["ramp", "sine", "delayed_echo", "adding", "copy_memory", "reversal", "table"]


class Problem(Group):
    """Where the rows come from.

    Attributes:
        kind: The name of a generator or `table`; null means `table` where a table is given, else `ramp`.
        length: Rows of one generated sequence.
        sequences: Generated sequences to be trained on.
        unseen: Generated sequences that are kept from training, for the scores on unseen ones.
        delay: Rows that lie between a value and its echo (delayed_echo, copy_memory).
        period: Rows of one turn (sine).
        noise: Standard deviation of what is added to every value (sine).
        seed: What the generated values are drawn from.
        table: A CSV or Parquet file; a relative path is looked up in the working directory, then in the project.
        features: The column or columns that are read; null means all others, or `target` where that is given.
        target: The column or columns to be predicted; null means the features, or what a generator has as its target.
        time: The column that orders the rows and names them in the results; null means their number.
        series: The column that says which of many series a row belongs to; null means that there is one.
        known: The column or columns that are known in advance for the rows to be predicted; they are read too.
        unfold: The columns of a wide table that are the steps of one line, read one after the other, line by line.
        missing: What is done about empty cells and gaps in time: `refuse`, `drop` the rows, `interpolate` between
            neighbours, or repeat the last value (`ffill`).
        scaling: What the columns are divided by before training: `none`, `minmax` (to 0 … 1), `standard` or `robust`.
        scale_by_series: Whether every series has a scale of its own.
    """

    kind: Kind | None = None
    length: Count
    sequences: Count = 1
    unseen: Annotated[int, Field(ge=0)] = 0
    delay: Count = 2
    period: Annotated[float, Field(gt=0)] = 20.0
    noise: Annotated[float, Field(ge=0)] = 0.1
    seed: Annotated[int, Field(ge=0)] = 0
    table: str | None = None
    features: str | list[str] | None = None
    target: str | list[str] | None = None
    time: str | None = None
    series: str | None = None
    known: str | list[str] | None = None
    unfold: Annotated[list[str], Field(min_length=1)] | None = None
    missing: Literal["refuse", "drop", "interpolate", "ffill"] = "refuse"
    scaling: Literal["none", "minmax", "standard", "robust"] = "none"
    scale_by_series: bool = False

    @property
    def source(self) -> str:
        """The generator, or `table`."""
        return self.kind or ("ramp" if self.table is None else "table")

    @property
    def name(self) -> str:
        """The problem in a word or two: `ramp of 5`, or the name of the table."""
        if self.source == "table":
            return Path(str(self.table)).name
        return f"{self.source.replace('_', ' ')} of {self.length}"

    @model_validator(mode="after")
    def _table_is_given(self) -> "Problem":
        if self.kind == "table" and self.table is None:
            raise ValueError("`problem.table` must name a CSV or Parquet file where `problem.kind` is table")
        return self
