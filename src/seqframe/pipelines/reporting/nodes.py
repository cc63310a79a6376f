"""Nodes that put the results of several framings side by side."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from seqframe.config import DataSettings, ModelSettings, Settings, TaskSettings, TrainingSettings
from seqframe.evaluation.evaluate import Scores
from seqframe.evaluation.network_conclusions import summarize_comparison
from seqframe.pipelines import pick
from seqframe.reporting import figures, tables


def compare(baseline_scores: dict[str, Scores], *results: Any) -> pd.DataFrame:
    """One row per framing, and below them one per baseline."""
    (summaries,) = pick(results, "summary")
    return tables.comparison(summaries, baseline_scores)


def write_comparison_report(
    comparison: pd.DataFrame,
    data_settings: DataSettings,
    task: TaskSettings,
    model: ModelSettings,
    training: TrainingSettings,
    *results: Any,
) -> tuple[pd.DataFrame, str, str]:
    """The comparison, its conclusion, and the HTML report.

    `results` has the results of each framing.
    """
    from seqframe.reporting.html import pages, render

    settings = Settings(data=data_settings, task=task, model=model, training=training)
    sentences = summarize_comparison(comparison)
    page = pages.compose_comparison(
        settings, sentences, comparison, *pick(results, "network_card", "history", "prediction_table")
    )
    return comparison, "\n".join(sentences), render.render_page(page)


def list_parameters(*results: Any) -> pd.DataFrame:
    """The layer tables of all framings in one."""
    return pd.concat(*pick(results, "layers"), ignore_index=True)


def plot_comparison(*results: Any) -> Figure:
    """Loss curves of all framings."""
    return figures.plot_losses(*pick(results, "history"))


def list_skipped(
    data_settings: DataSettings, task: TaskSettings, model: ModelSettings, training: TrainingSettings
) -> pd.DataFrame:
    """The framings that do not support the settings, with the reason."""
    return tables.skipped_table(Settings(data=data_settings, task=task, model=model, training=training))
