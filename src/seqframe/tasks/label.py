"""Sequence labeling, also called tagging: one label for each step."""

from seqframe.data.alignment import ALIGNMENTS
from seqframe.tasks.base import LabelTarget, Task

LABEL = Task(
    name="label",
    summary="Predict the class of every step.",
    phrase="predict a class for every step",
    alignment=ALIGNMENTS["label"],
    baseline="most frequent",
    labels=LabelTarget(
        per_step=True,
        metrics=("accuracy", "balanced_accuracy", "macro_f1", "log_loss"),
        baselines=("most frequent", "most frequent by step", "nearest centroid", "logistic regression"),
    ),
)
