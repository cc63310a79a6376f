"""From rows to a problem, posed: filled in, scaled and cut part by part; what is fitted sees the training part."""

import pandas as pd

from seqframe.config import Problem, Task
from seqframe.errors import UserError
from seqframe.missing import fill_missing
from seqframe.posed import TRAINING, UNSEEN, Posed, Values
from seqframe.problems import feature_columns, known_columns, make_rows, target_columns
from seqframe.scaling import fit_scaler
from seqframe.splits import Split, split_rows
from seqframe.windows import Windows

__all__ = ["TRAINING", "UNSEEN", "Posed", "Values", "pose", "pose_split"]


def pose(problem: Problem, task: Task) -> Posed:
    """Go all the way from the settings: rows, split, scaler, windows."""
    rows = make_rows(problem)
    return pose_split(rows, split_rows(rows, problem), problem, task)


def pose_split(rows: pd.DataFrame, split: Split, problem: Problem, task: Task) -> Posed:
    """Pose a problem on the parts of a split: what is fitted sees the training part alone.

    Raises:
        UserError: Not even one window fits into the training part, or a column of it is constant.
    """
    read, runs = rows, [split.training, split.validation, split.unseen]
    for number, part in enumerate(runs):
        read, runs[number] = fill_missing(read, part, problem.missing)
    training, validation, unseen = runs
    if not training:
        raise UserError(
            f"Every column needs a value in the rows trained on, to fill in others from. Received: {len(rows)} rows, "
            "and none of them to train on. Leave out the column that is empty there."
        )
    available, empty = list(rows.columns), Windows((), 0, 0, 0)
    posed = Posed(
        rows=rows,
        read=read,
        scaler=fit_scaler(read, training, problem),
        split=Split(training, unseen, validation),
        problem=problem,
        task=task,
        windows=empty,
        unseen=empty,
        validation=empty,
        features=feature_columns(problem, available),
        targets=target_columns(problem, available),
        known=len(known_columns(problem)),
    )
    return posed.cut(task)
