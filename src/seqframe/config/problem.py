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
        features: The column or columns that are read; null means all but `time`, or `target` where that is given.
        target: The column or columns to be predicted; null means the features, or what a generator has as its target.
        time: The column that orders the rows and names them in the results; null means their number.
        scaling: What the columns are divided by before training: `none`, `minmax` (to 0 … 1) or `standard`.
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
    scaling: Literal["none", "minmax", "standard"] = "none"

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
