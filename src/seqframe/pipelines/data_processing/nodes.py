"""Rows, split, the problem as posed on them, and the naive scores."""

import pandas as pd

from seqframe.config import BacktestSettings, DataSettings, TaskSettings
from seqframe.data import dataset, sources, splits
from seqframe.data.dataset import SequenceDataset
from seqframe.data.splits import Split
from seqframe.evaluation import evaluate
from seqframe.evaluation.design import design_backtest
from seqframe.evaluation.evaluate import Scores


def load_data(data_settings: DataSettings) -> pd.DataFrame:
    """Generate or read the rows: (rows, columns), physical units."""
    return sources.load_data(data_settings)


def split_data(rows: pd.DataFrame, data_settings: DataSettings) -> Split:
    """Say which rows are trained on."""
    return splits.split_data(rows, data_settings)


def resolve_task(
    rows: pd.DataFrame, data_settings: DataSettings, task: TaskSettings, asked: BacktestSettings
) -> TaskSettings:
    """The task with lookback and horizon, which a forecast of a table may leave open."""
    if task.kind != "forecast" or None not in (task.lookback, task.horizon):
        return task
    return design_backtest(rows, data_settings, task, asked).task


def make_dataset(rows: pd.DataFrame, split: Split, data_settings: DataSettings, task: TaskSettings) -> SequenceDataset:
    """What every framing starts from: rows, scaler, windows."""
    return dataset.dataset_from_split(rows, split, data_settings, task)


def score_baseline(dataset: SequenceDataset, task: TaskSettings) -> Scores:
    """Score the naive answer on the rows that the framings are scored on, in physical units."""
    return evaluate.score_baseline(dataset, task)
