"""Rows, split, the problem as posed on them, and the naive scores."""

import pandas as pd

from seqframe import baselines, posing, problems, splits
from seqframe.backtest import design_backtest
from seqframe.config import Backtest, Problem, Task
from seqframe.evaluation import Scores
from seqframe.posing import Posed
from seqframe.splits import Split


def make_rows(problem: Problem) -> pd.DataFrame:
    """Generate or read the rows: (rows, columns), physical units."""
    return problems.make_rows(problem)


def split_rows(rows: pd.DataFrame, problem: Problem) -> Split:
    """Say which rows are trained on."""
    return splits.split_rows(rows, problem)


def settle_task(rows: pd.DataFrame, problem: Problem, task: Task, asked: Backtest) -> Task:
    """The task with lookback and horizon, which a forecast of a table may leave open."""
    if task.kind != "forecast" or None not in (task.lookback, task.horizon):
        return task
    return design_backtest(rows, problem, task, asked).task


def pose(rows: pd.DataFrame, split: Split, problem: Problem, task: Task) -> Posed:
    """What every framing starts from: rows, scaler, windows."""
    return posing.pose_split(rows, split, problem, task)


def score_naive(posed: Posed, task: Task) -> Scores:
    """Score the naive answer on the rows that the framings are scored on, in physical units."""
    return baselines.score_naive(posed, task)
