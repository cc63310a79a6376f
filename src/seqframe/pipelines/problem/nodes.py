"""Rows, scaler, windows and the naive scores."""

import numpy as np
import pandas as pd

from seqframe import baselines, evaluation, metrics, problems, scaling, windows
from seqframe.config import Problem, Task


def make_rows(problem: Problem) -> pd.DataFrame:
    """Generate or read the rows: (rows, columns), physical units."""
    return problems.make_rows(problem)


def fit_scaler(rows: pd.DataFrame, problem: Problem) -> scaling.Scaler:
    """Measure the rows for scaling."""
    return scaling.fit_scaler(rows, problem)


def cut_windows(rows: pd.DataFrame, task: Task) -> windows.Windows:
    """Row numbers of the windows: inputs (windows, lookback), targets (windows, steps)."""
    return windows.cut_windows(len(rows), task)


def score_naive(rows: pd.DataFrame, cut: windows.Windows, problem: Problem, task: Task) -> dict[str, float]:
    """Score the naive answer on the rows that the framings are scored on, in physical units."""
    columns = problems.target_columns(problem, list(rows.columns))
    truth = evaluation.true_values(rows, columns, cut)
    prediction = baselines.naive_prediction(rows[columns].to_numpy(np.float64), cut, task)
    return metrics.score(truth, prediction)
