"""Forecasting: the rows after a window, or after every row of it."""

from seqframe.data.alignment import ALIGNMENTS
from seqframe.tasks.base import Task

NEXT_STEP = Task(
    name="next_step",
    summary="Predict, for every input row, the row after it.",
    phrase="predict the next row after every input row",
    alignment=ALIGNMENTS["next_step"],
    baseline="persistence",
)
NEXT_WINDOW = Task(
    name="next_window",
    summary="Predict the `lookback` rows after the window.",
    phrase="predict as many rows as were read, after them",
    alignment=ALIGNMENTS["next_window"],
    baseline="persistence",
)
FORECAST = Task(
    name="forecast",
    summary="Predict `horizon` rows, `gap` rows after the window.",
    phrase="forecast {horizon} rows from {lookback}",
    alignment=ALIGNMENTS["forecast"],
    baseline="persistence",
)
