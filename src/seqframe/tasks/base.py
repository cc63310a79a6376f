"""The record of a task: which rows are predicted from a window, and what predictions are compared with."""

from dataclasses import dataclass

from seqframe.data.alignment import Alignment

MEAN, PERSISTENCE = "mean", "persistence"  # names of baselines


@dataclass(frozen=True)
class Task:
    """A prediction task.

    Attributes:
        name: Value of `task.kind`.
        summary: One sentence on what is predicted.
        alignment: Alignment of the target rows with the input rows.
        baseline: Name of the baseline that networks are compared with: `MEAN`, the mean of the training targets, or
            `PERSISTENCE`, the last available value.
    """

    name: str
    summary: str
    alignment: Alignment
    baseline: str
