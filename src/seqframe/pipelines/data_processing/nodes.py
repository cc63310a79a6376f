"""Load and split the data, resolve the task, make the dataset, and score the baseline."""

from pathlib import Path

import pandas as pd

from seqframe.config import BacktestSettings, DataSettings, TaskSettings
from seqframe.data import dataset, sources, splits
from seqframe.data.dataset import SequenceDataset
from seqframe.data.splits import Split
from seqframe.evaluation import evaluate
from seqframe.evaluation.design import design_backtest
from seqframe.evaluation.evaluate import Scores
from seqframe.training.events import Message, emit


def load_data(data_settings: DataSettings) -> tuple[pd.DataFrame, DataSettings]:
    """Generate data: (rows, columns), without unit; and the settings."""
    loaded = sources.load_data(data_settings)
    return loaded.df, loaded.settings


def load_table(data_settings: DataSettings, table: Path) -> tuple[pd.DataFrame, DataSettings, str]:
    """Read the user's table: (rows, columns), physical units; the settings, and what was found and repaired.

    The settings have a role for every column that is used.
    """
    loaded = sources.load_data(data_settings.model_copy(update={"path": str(table)}))
    for note in loaded.notes:
        emit(Message(note))
    return loaded.df, loaded.settings, "\n".join(loaded.notes)


def split_data(data: pd.DataFrame, data_settings: DataSettings) -> Split:
    """Split the rows into training and test rows."""
    return splits.split_data(data, data_settings)


def resolve_task(
    data: pd.DataFrame, data_settings: DataSettings, task: TaskSettings, settings: BacktestSettings
) -> TaskSettings:
    """The task with lookback and horizon, which are inferred from the data if the settings leave them open."""
    if task.kind != "forecast" or None not in (task.lookback, task.horizon):
        return task
    return design_backtest(data, data_settings, task, settings).task


def make_dataset(data: pd.DataFrame, split: Split, data_settings: DataSettings, task: TaskSettings) -> SequenceDataset:
    """The dataset that all framings share: scaled rows, scalers and windows."""
    return dataset.dataset_from_split(data, split, data_settings, task)


def score_baselines(dataset: SequenceDataset) -> dict[str, Scores]:
    """Scores of all baselines on the rows that the framings are scored on, by label, in physical units."""
    return evaluate.score_baselines(dataset)
