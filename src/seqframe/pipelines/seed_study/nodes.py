"""Train one framing from many seeds, and count how often it learns."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from seqframe.advice import advise_seeds
from seqframe.config import Model, Problem, Settings, Task, Training
from seqframe.evaluation import evaluate
from seqframe.framings import Framing
from seqframe.pipelines import in_groups
from seqframe.plan import Network
from seqframe.posing import TRAINING, Posed
from seqframe.progress import History
from seqframe.report import figures, tables

Array = NDArray[Any]


def study_seeds(
    untrained: Network, X: Array, y: Array, posed: Posed, training: Training, framing: Framing
) -> tuple[pd.DataFrame, tuple[History, ...]]:
    """Train from the seeds 0 … `training.seeds` - 1: one row a seed, with its final loss and its scores; all losses."""
    from seqframe.network import draw_network, predict
    from seqframe.training import train

    posed, results, histories = posed.for_training(framing), [], []
    for seed in range(training.seeds):
        part = f"seed {seed + 1} of {training.seeds}"
        drawn = draw_network(untrained.plan, seed)
        network, history = train(drawn, X, y, training.model_copy(update={"seed": seed}), part=part)
        _, scores = evaluate(partial(predict, network), framing, posed)
        results.append({"framing": framing.name, "seed": seed, "final_loss": history.losses[-1], **scores[TRAINING]})
        histories.append(history)
    return pd.DataFrame(results), tuple(histories)


def write_report(
    problem: Problem, task: Task, model: Model, training: Training, *each: Any
) -> tuple[pd.DataFrame, str, str]:
    """How many seeds learn, one row a framing; what that means; and the page of it all.

    `each` holds the sheets of all framings, then their seeds, then their losses.
    """
    from seqframe.report.page import studying, writing

    sheets, seeds, histories = in_groups(each, 3)
    study = tables.seed_summary(seeds)
    asked, sentences = Settings(problem=problem, task=task, model=model, training=training), advise_seeds(study)
    page = studying.compose(asked, sentences, study, sheets, seeds, histories)
    return study, "\n".join(sentences), writing.write_page(page)


def draw_seeds(*studies: pd.DataFrame) -> Figure:
    """The final loss of every seed, one row of points a framing."""
    return figures.draw_seeds(studies)


def keep_seeds(*studies: pd.DataFrame) -> pd.DataFrame:
    """All seeds of all framings in one table."""
    return pd.concat(studies, ignore_index=True).astype({"seed": np.int64})
