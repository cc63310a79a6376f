"""Copying the input, also called echo or sequence reconstruction: the task of the tutorial."""

from seqframe.data.alignment import ALIGNMENTS
from seqframe.tasks.base import Task

ECHO = Task(
    name="echo",
    summary="Predict the input rows themselves, or another column of the same rows.",
    phrase="return the input rows",
    alignment=ALIGNMENTS["echo"],
    baseline="mean",
)
