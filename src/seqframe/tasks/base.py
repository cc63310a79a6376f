"""The record of a task: which rows are predicted from a window, and what predictions are compared with."""

from dataclasses import dataclass

from seqframe.data.alignment import Alignment


@dataclass(frozen=True)
class Task:
    """A prediction task.

    Attributes:
        name: Value of `task.kind`.
        summary: One sentence on what is predicted.
        phrase: The same as part of a sentence; settings of the task in braces are replaced by their values.
        alignment: Alignment of the target rows with the input rows.
        baseline: Name of the baseline in `seqframe.forecasting.baselines` that networks are compared with.
    """

    name: str
    summary: str
    phrase: str
    alignment: Alignment
    baseline: str
