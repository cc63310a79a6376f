"""Forecasting: the rows after a window, or after every row of it."""

from seqframe.data.alignment import ALIGNMENTS
from seqframe.tasks.base import PERSISTENCE, Task

NEXT_STEP = Task(
    name="next_step",
    summary="Predict, for every input row, the row after it.",
    alignment=ALIGNMENTS["next_step"],
    baseline=PERSISTENCE,
)
NEXT_WINDOW = Task(
    name="next_window",
    summary="Predict the `lookback` rows after the window.",
    alignment=ALIGNMENTS["next_window"],
    baseline=PERSISTENCE,
)
FORECAST = Task(
    name="forecast",
    summary="Predict `horizon` rows, `gap` rows after the window.",
    alignment=ALIGNMENTS["forecast"],
    baseline=PERSISTENCE,
)
