"""Baselines of classes, with which every score is compared. A baseline is a model with fit and predict.

To add a baseline, write a `LabelBaseline` record, list it in `LABEL_BASELINES` and in the records of its tasks; it then
appears in the leaderboard, the terminal, the report, MLflow and the documentation. Installed packages add baselines
through the entry point group `seqframe.label_baselines`; these take part in every task with labels.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from seqframe.config import TaskSettings
from seqframe.config.plugins import load_entry_points
from seqframe.data.label_dataset import LabelDataset
from seqframe.data.windows import Floats, RowNumbers
from seqframe.forecasting.fitted import Fitted
from seqframe.forecasting.label_classifiers import (
    fit_logistic_regression,
    fit_nearest_centroid,
    predict_logistic_regression,
    predict_nearest_centroid,
)
from seqframe.forecasting.logistic import make_targets
from seqframe.tasks import find_task

LOGISTIC_REGRESSION = "logistic regression"


@dataclass(frozen=True)
class LabelBaseline:
    """A baseline of classes.

    Attributes:
        name: Name in tables, charts and MLflow.
        caption: One sentence for the documentation.
        fit: (dataset, class weights) -> what is fitted, as arrays by name, which are saved. It may read the training
            and validation sequences. The weights are as in `LabelDataset.balanced_weights`, or None; only a baseline
            that minimizes a loss uses them.
        predict: (fitted, dataset, numbers of sequences) -> probabilities (rows, classes): a row for each sequence, or
            for each step of the sequences, one sequence after another.
        learned: Whether it reads the inputs.
    """

    name: str
    caption: str
    fit: Callable[[LabelDataset, Floats | None], Fitted]
    predict: Callable[[Fitted, LabelDataset, RowNumbers], Floats]
    learned: bool = False


def fit_most_frequent(dataset: LabelDataset, class_weights: Floats | None = None) -> Fitted:
    """Share of each class among the training labels."""
    targets, weights = _train_targets(dataset)
    return {"shares": targets.sum(axis=0) / np.maximum(weights.sum(axis=0), 1)}


def predict_most_frequent(fitted: Fitted, dataset: LabelDataset, numbers: RowNumbers) -> Floats:
    """The shares of the classes, in every row: (rows, classes)."""
    return np.tile(fitted["shares"], (len(dataset.sequences.row_labels(numbers)), 1))


def fit_most_frequent_by_step(dataset: LabelDataset, class_weights: Floats | None = None) -> Fitted:
    """Share of each class at every step: (steps + 1, classes); the last row is for steps that training does not have.

    Every step has one label more than it has, which is distributed as all labels are: it decides ties, and no share
    is 0.
    """
    targets, weights = _train_targets(dataset)
    positions = dataset.sequences.positions(dataset.splits["train"])
    steps = int(positions.max(initial=-1)) + 1
    counts, totals = np.zeros((steps + 1, targets.shape[1])), np.zeros((steps + 1, weights.shape[1]))
    np.add.at(counts, positions, targets)
    np.add.at(totals, positions, weights)
    return {"shares": (counts + fit_most_frequent(dataset)["shares"]) / (totals + 1)}


def predict_most_frequent_by_step(fitted: Fitted, dataset: LabelDataset, numbers: RowNumbers) -> Floats:
    """The shares of the classes at the position of each step: (rows, classes)."""
    positions = dataset.sequences.positions(numbers)
    shares: Floats = fitted["shares"][np.minimum(positions, len(fitted["shares"]) - 1)]
    return shares


def _train_targets(dataset: LabelDataset) -> tuple[Floats, Floats]:
    labels: NDArray[np.int64] = dataset.sequences.row_labels(dataset.splits["train"])
    return make_targets(labels, len(dataset.classes), dataset.sequences.multi_label)


LABEL_BASELINES: tuple[LabelBaseline, ...] = (
    LabelBaseline(
        name="most frequent",
        caption="The most frequent class; its probabilities are the shares of the classes in training.",
        fit=fit_most_frequent,
        predict=predict_most_frequent,
    ),
    LabelBaseline(
        name="most frequent by step",
        caption="The most frequent class at the position of the step in its sequence.",
        fit=fit_most_frequent_by_step,
        predict=predict_most_frequent_by_step,
    ),
    LabelBaseline(
        name="nearest centroid",
        caption="The class whose mean inputs are nearest: of the step, or of the flattened or summarized sequence.",
        fit=fit_nearest_centroid,
        predict=predict_nearest_centroid,
        learned=True,
    ),
    LabelBaseline(
        name=LOGISTIC_REGRESSION,
        caption="Multinomial logistic regression on the step, or on the flattened or summarized sequence. Regressors "
        "and L2 penalty are selected on validation sequences.",
        fit=fit_logistic_regression,
        predict=predict_logistic_regression,
        learned=True,
    ),
)


@cache
def _installed_label_baselines() -> tuple[LabelBaseline, ...]:
    """The baselines of installed packages."""
    taken = [baseline.name for baseline in LABEL_BASELINES]
    return tuple(load_entry_points("seqframe.label_baselines", LabelBaseline, taken=taken))


def all_label_baselines() -> tuple[LabelBaseline, ...]:
    """All baselines of classes, listed here or by installed packages, naive ones first."""
    return (*LABEL_BASELINES, *_installed_label_baselines())


def label_baselines(task: TaskSettings) -> tuple[LabelBaseline, ...]:
    """The baselines of a task with labels, naive ones first."""
    labels = find_task(task.kind).labels
    names = labels.baselines if labels else ()
    return (*(each for each in LABEL_BASELINES if each.name in names), *_installed_label_baselines())
