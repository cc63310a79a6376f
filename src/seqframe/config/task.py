"""The settings `task.*`."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from seqframe.config.base import Count, Group


class Task(Group):
    """How targets align with inputs, in rows.

    Attributes:
        kind: What is to be given for a window of `lookback` rows: `echo`, the same rows; `next_step`, for every row
            the one after it; `next_window`, as many rows after the window; `forecast`, `horizon` rows after it, `gap`
            rows later.
        lookback: Rows read; null means as many as the sequence has room for, or inferred for a forecast of a table.
        horizon: Rows to be predicted, for a forecast; null means inferred for a forecast of a table.
        gap: Rows left out between the two, for a forecast.
        stride: Rows from one window to the next.
        normalise: Whether every window is read, and its answer given, relative to its own rows: `none`, or `mean`,
            which subtracts their mean and divides by their standard deviation.
        allow_future: Whether an output may depend on rows that it could not have had.
    """

    kind: Literal["echo", "next_step", "next_window", "forecast"]
    lookback: Count | None = None
    horizon: Count | None = None
    gap: Annotated[int, Field(ge=0)] = 0
    stride: Count = 1
    normalise: Literal["none", "mean"] = "none"
    allow_future: bool = False

    @model_validator(mode="after")
    def _horizon_belongs_to_a_forecast(self) -> "Task":
        if self.kind != "forecast" and (self.horizon is not None or self.gap):
            raise ValueError(f"`task.horizon` and `task.gap` belong to a forecast, and `task.kind` is {self.kind}")
        return self

    @property
    def equal_lengths(self) -> bool:
        """Whether a window has as many target rows as input rows."""
        return self.kind != "forecast" or self.lookback == self.horizon

    def lengths(self, rows: int) -> tuple[int, int, int]:
        """Of a window in so many rows: the rows read, the place of the first row to be predicted, and how many."""
        if self.kind == "forecast":
            lookback = self.lookback or 0
            return lookback, lookback + self.gap, self.horizon or 0
        room = {"echo": rows, "next_step": rows - 1, "next_window": rows // 2}[self.kind]
        lookback = self.lookback or max(1, room)
        return lookback, {"echo": 0, "next_step": 1, "next_window": lookback}[self.kind], lookback
