"""The comparison table, the parameter arithmetic of all framings, and their loss curves in one figure."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from seqframe.config import DataSettings, ModelSettings, Settings, TaskSettings, TrainingSettings
from seqframe.evaluation.conclusions import summarize_comparison
from seqframe.evaluation.evaluate import Scores
from seqframe.forecasting.baselines import baseline_name
from seqframe.pipelines import in_groups
from seqframe.reporting import figures, tables
from seqframe.training.events import TrainingHistory


def compare(baseline_scores: Scores, task: TaskSettings, *summaries: dict[str, Any]) -> pd.DataFrame:
    """One row a framing, and one for the naive answer."""
    return tables.comparison(summaries, baseline_name(task), baseline_scores)


def write_report(
    compared: pd.DataFrame,
    data_settings: DataSettings,
    task: TaskSettings,
    model: ModelSettings,
    training: TrainingSettings,
    *each: Any,
) -> tuple[pd.DataFrame, str, str]:
    """The comparison, what it means, and the page of it all.

    `each` holds the sheets of all framings, then their histories, then their predictions.
    """
    from seqframe.reporting.html import pages, render

    asked, sentences = (
        Settings(data=data_settings, task=task, model=model, training=training),
        summarize_comparison(compared),
    )
    page = pages.compose_comparison(asked, sentences, compared, *in_groups(each, 3))
    return compared, "\n".join(sentences), render.render_page(page)


def list_parameters(*layers: pd.DataFrame) -> pd.DataFrame:
    """The layer tables of all framings in one."""
    return pd.concat(layers, ignore_index=True)


def plot_comparison(*histories: TrainingHistory) -> Figure:
    """The loss of every epoch of all framings."""
    return figures.plot_losses(histories)


def list_skipped(
    data_settings: DataSettings, task: TaskSettings, model: ModelSettings, training: TrainingSettings
) -> pd.DataFrame:
    """The framings that cannot pose the problem, and why."""
    return tables.skipped_table(Settings(data=data_settings, task=task, model=model, training=training))
