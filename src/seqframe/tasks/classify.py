"""Classification: one label for each sequence."""

from seqframe.data.alignment import ALIGNMENTS
from seqframe.tasks.base import LabelTarget, Task

CLASSIFY = Task(
    name="classify",
    summary="Predict the class of the whole sequence.",
    phrase="predict one class for each sequence",
    alignment=ALIGNMENTS["classify"],
    baseline="most frequent",
    labels=LabelTarget(
        per_step=False,
        metrics=("accuracy", "balanced_accuracy", "macro_f1", "log_loss"),
        baselines=("most frequent", "nearest centroid", "logistic regression"),
    ),
)
