"""The comparison table, the parameter arithmetic of all framings, and their loss curves in one figure."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from seqframe.advice import advise
from seqframe.baselines import naive_name
from seqframe.config import Model, Problem, Settings, Task, Training
from seqframe.evaluation import Scores
from seqframe.pipelines import in_groups
from seqframe.progress import History
from seqframe.report import figures, tables


def compare(naive_scores: Scores, task: Task, *summaries: dict[str, Any]) -> pd.DataFrame:
    """One row a framing, and one for the naive answer."""
    return tables.comparison(summaries, naive_name(task), naive_scores)


def write_report(
    compared: pd.DataFrame, problem: Problem, task: Task, model: Model, training: Training, *each: Any
) -> tuple[pd.DataFrame, str, str]:
    """The comparison, what it means, and the page of it all.

    `each` holds the sheets of all framings, then their histories, then their predictions.
    """
    from seqframe.report.page import comparing, writing

    asked, sentences = Settings(problem=problem, task=task, model=model, training=training), advise(compared)
    page = comparing.compose(asked, sentences, compared, *in_groups(each, 3))
    return compared, "\n".join(sentences), writing.write_page(page)


def list_parameters(*layers: pd.DataFrame) -> pd.DataFrame:
    """The layer tables of all framings in one."""
    return pd.concat(layers, ignore_index=True)


def draw_comparison(*histories: History) -> Figure:
    """The loss of every epoch of all framings."""
    return figures.draw_losses(histories)


def list_left_out(problem: Problem, task: Task, model: Model, training: Training) -> pd.DataFrame:
    """The framings that cannot pose the problem, and why."""
    return tables.tabulate_left_out(Settings(problem=problem, task=task, model=model, training=training))
