"""Rows, split, scaler, windows, and the naive scores on them."""

import pandas as pd

from seqframe import baselines, posing, problems, scaling, splits, windows
from seqframe.config import Problem, Task
from seqframe.evaluation import Scores
from seqframe.posing import Posed
from seqframe.scaling import Scaler
from seqframe.splits import Split
from seqframe.windows import Windows


def make_rows(problem: Problem) -> pd.DataFrame:
    """Generate or read the rows: (rows, columns), physical units."""
    return problems.make_rows(problem)


def split_rows(rows: pd.DataFrame, problem: Problem) -> Split:
    """Say which rows are trained on."""
    return splits.split_rows(rows, problem)


def fit_scaler(rows: pd.DataFrame, split: Split, problem: Problem) -> Scaler:
    """Measure the rows that are trained on, for scaling."""
    return scaling.fit_scaler(split.training_rows(rows), problem)


def cut_windows(split: Split, task: Task) -> tuple[Windows, Windows]:
    """Row numbers of the windows that are trained on, and of the unseen ones."""
    trained_on = windows.cut_windows(split.training, task)
    return trained_on, windows.cut_unseen(split.unseen, task, trained_on)


def pose(rows: pd.DataFrame, scaler: Scaler, trained_on: Windows, unseen: Windows, problem: Problem) -> Posed:
    """Gather what every framing starts from."""
    return posing.gather(rows, scaler, trained_on, unseen, problem)


def score_naive(posed: Posed, task: Task) -> Scores:
    """Score the naive answer on the rows that the framings are scored on, in physical units."""
    return baselines.score_naive(posed, task)
