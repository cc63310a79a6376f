"""Metrics of predicted classes. Labels that are missing, and padded steps, never count.

To add a metric, write a `LabelMetric` record and list it in `LABEL_METRICS`; it then appears in the leaderboard, the
terminal, the report, MLflow and the documentation. Installed packages add metrics through the entry point group
`seqframe.label_metrics`. Definitions and names are as in scikit-learn.

With several classes at once (multi-label), every class of a row is a label of its own, 0 or 1, and a class is predicted
where its probability is at least 1/2; otherwise, the class with the largest probability is predicted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from math import nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config.plugins import load_entry_points
from seqframe.data.sequences import MISSING_LABEL, Sequences
from seqframe.data.windows import Floats
from seqframe.forecasting.label_classifiers import cross_entropy
from seqframe.forecasting.label_table import predict_codes

BINS = 10  # of the reliability diagram


@dataclass(frozen=True)
class LabelMetricInputs:
    """What a metric of classes is computed from. A row is a sequence, or a step of one.

    Attributes:
        labels: Codes of the classes (rows, 1), or with `multi_label` 0 or 1 for each class (rows, classes);
            `MISSING_LABEL` where not known.
        probabilities: Probability of each class: (rows, classes).
        multi_label: Whether several classes may hold at once.
    """

    labels: NDArray[np.int64]
    probabilities: Floats
    multi_label: bool = False

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return int(self.probabilities.shape[1])

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Whether a label is known: the shape of `labels`."""
        return np.asarray(self.labels != MISSING_LABEL)

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """Predicted codes, or 0 or 1 for each class: the shape of `labels`."""
        return predict_codes(self.probabilities, self.multi_label)

    @cached_property
    def counts(self) -> "ClassCounts":
        """Number of labels of each class, of predictions, and of right predictions."""
        if self.multi_label:
            actual, predicted = (self.labels == 1) & self.known, (self.predicted == 1) & self.known
            return ClassCounts(*(each.sum(axis=0) for each in (actual, predicted, actual & predicted)))
        labels, predicted = self.labels[self.known], self.predicted[self.known]
        each = (labels, predicted, labels[labels == predicted])
        return ClassCounts(*(np.bincount(codes, minlength=self.n_classes) for codes in each))

    def select(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "LabelMetricInputs":
        """The inputs of some rows."""
        return replace(self, labels=self.labels[rows], probabilities=self.probabilities[rows])


@dataclass(frozen=True)
class ClassCounts:
    """Counts by class, each (classes,).

    Attributes:
        actual: Known labels of the class.
        predicted: Predictions of the class where the label is known.
        right: Labels of the class that are predicted.
    """

    actual: NDArray[np.intp]
    predicted: NDArray[np.intp]
    right: NDArray[np.intp]

    @property
    def recall(self) -> Floats:
        """Share of the labels of a class that are predicted; NaN for a class without labels."""
        return _divide(self.right, self.actual)

    @property
    def precision(self) -> Floats:
        """Share of the predictions of a class that are right; NaN for a class that is never predicted."""
        return _divide(self.right, self.predicted)

    @property
    def f1(self) -> Floats:
        """Harmonic mean of precision and recall; NaN for a class without labels and predictions."""
        return _divide(2 * self.right, self.actual + self.predicted)


@dataclass(frozen=True)
class LabelMetric:
    """A metric of predicted classes.

    Attributes:
        name: Key in tables, scores and MLflow (`test/<name>`).
        title: Title of its column.
        compute_known: Computes it where at least one label is known.
        caption: One sentence for the documentation and the report.
        format: Format string of its column.
        higher_is_better: Whether larger values are better.
        multi_label: Whether it applies only if several classes may hold at once.
        by_step: Whether it is also reported by the position of the step in its sequence.
        shown: Whether tables have a column for it.
        priority: Columns with lower numbers are hidden first where a terminal is narrow.
    """

    name: str
    title: str
    compute_known: Callable[[LabelMetricInputs], float]
    caption: str
    format: str = "{:.1%}"
    higher_is_better: bool = True
    multi_label: bool = False
    by_step: bool = False
    shown: bool = True
    priority: int = 50

    def compute(self, inputs: LabelMetricInputs) -> float:
        """The metric; NaN where no label is known."""
        return float(self.compute_known(inputs)) if inputs.known.any() else nan


def accuracy(inputs: LabelMetricInputs) -> float:
    """Share of the known labels that are predicted."""
    return float((inputs.predicted == inputs.labels)[inputs.known].mean())


def balanced_accuracy(inputs: LabelMetricInputs) -> float:
    """Mean recall over the classes with labels; with several classes at once, over the labels 0 and 1 of each class."""
    if not inputs.multi_label:
        return float(np.nanmean(inputs.counts.recall))
    flipped = LabelMetricInputs(
        np.where(inputs.known, 1 - inputs.labels, MISSING_LABEL),
        np.where(inputs.predicted == 1, 0.0, 1.0),
        multi_label=True,
    )
    recalls = np.stack([inputs.counts.recall, flipped.counts.recall])  # (2, classes)
    valid = ~np.isnan(recalls)
    of_class = np.where(valid, recalls, 0).sum(axis=0)[valid.any(axis=0)] / valid.sum(axis=0)[valid.any(axis=0)]
    return float(of_class.mean())


def macro_f1(inputs: LabelMetricInputs) -> float:
    """Mean F1 over the classes with labels or predictions; with several classes at once, over all classes."""
    scores = inputs.counts.f1
    return float(np.nan_to_num(scores).mean() if inputs.multi_label else np.nanmean(scores))


def log_loss(inputs: LabelMetricInputs) -> float:
    """Mean of -log of the probability of the label: the cross-entropy that networks minimize."""
    return cross_entropy(inputs.labels, inputs.probabilities, inputs.multi_label)


def exact_match(inputs: LabelMetricInputs) -> float:
    """Share of the rows whose known labels are all predicted; rows without a known label do not count."""
    right = ((inputs.predicted == inputs.labels) | ~inputs.known).all(axis=1)
    return float(right[inputs.known.any(axis=1)].mean())


LABEL_METRICS: tuple[LabelMetric, ...] = (
    LabelMetric(
        name="accuracy",
        title="accuracy",
        compute_known=accuracy,
        caption="Share of the labels that are predicted.",
        by_step=True,
        priority=100,
    ),
    LabelMetric(
        name="balanced_accuracy",
        title="balanced accuracy",
        compute_known=balanced_accuracy,
        caption="Mean over the classes of the share of their labels that are predicted, so that rare classes count as "
        "much as frequent ones.",
        priority=60,
    ),
    LabelMetric(
        name="macro_f1",
        title="macro F1",
        compute_known=macro_f1,
        caption="Mean over the classes of F1, the harmonic mean of precision and recall.",
        format="{:.3f}",
        priority=50,
    ),
    LabelMetric(
        name="log_loss",
        title="log loss",
        compute_known=log_loss,
        caption="Mean negative logarithm of the probability of the label; probabilities below 1.2e-7 count as that.",
        format="{:.3f}",
        higher_is_better=False,
        by_step=True,
        priority=70,
    ),
    LabelMetric(
        name="exact_match",
        title="exact match",
        compute_known=exact_match,
        caption="Share of the rows with every class right, where several may hold.",
        multi_label=True,
        priority=40,
    ),
)


@cache
def _installed_label_metrics() -> tuple[LabelMetric, ...]:
    """The metrics of installed packages."""
    taken = [metric.name for metric in LABEL_METRICS]
    return tuple(load_entry_points("seqframe.label_metrics", LabelMetric, taken=taken))


def all_label_metrics(multi_label: bool = True) -> tuple[LabelMetric, ...]:
    """The metrics, listed here or by installed packages, in the order of their columns."""
    metrics = (*LABEL_METRICS, *_installed_label_metrics())
    return tuple(metric for metric in metrics if multi_label or not metric.multi_label)


def label_metrics(labels: NDArray[np.int64], probabilities: Floats, sequences: Sequences) -> dict[str, float]:
    """All metrics by name: labels (rows, outputs), probabilities (rows, classes)."""
    inputs = LabelMetricInputs(labels, probabilities, sequences.multi_label)
    return {metric.name: metric.compute(inputs) for metric in all_label_metrics(sequences.multi_label)}


def metrics_by_class(inputs: LabelMetricInputs, classes: Sequence[str]) -> pd.DataFrame:
    """Number of labels and predictions, precision, recall and F1 of every class, in the order of the classes.

    NaN where they are not defined: the precision of a class that is never predicted, the recall of one without labels.
    """
    counts = inputs.counts
    return pd.DataFrame(
        {
            "class": list(classes),
            "labels": counts.actual,
            "predictions": counts.predicted,
            "precision": counts.precision,
            "recall": counts.recall,
            "f1": counts.f1,
        }
    )


def metrics_by_step(inputs: LabelMetricInputs, lengths: NDArray[np.intp]) -> pd.DataFrame:
    """Metrics by the position of the step in its sequence, from 1, for steps of sequences of these lengths.

    There is one row for each position with a known label, with the number of labels.
    """
    positions = np.concatenate([np.arange(length) for length in lengths]) if len(lengths) else np.zeros(0, np.intp)
    rows = np.flatnonzero(inputs.known.any(axis=1))
    rows = rows[np.argsort(positions[rows], kind="stable")]
    found, starts = np.unique(positions[rows], return_index=True)
    metrics = [metric for metric in all_label_metrics(inputs.multi_label) if metric.by_step]
    table = []
    for position, chosen in zip(found, np.split(rows, starts[1:]), strict=False):
        part = inputs.select(chosen)
        scores = {metric.name: metric.compute(part) for metric in metrics}
        table.append({"step": int(position) + 1, "labels": int(part.known.sum()), **scores})
    return pd.DataFrame(table, columns=["step", "labels", *(metric.name for metric in metrics)])


def confusion_matrix(inputs: LabelMetricInputs) -> NDArray[np.intp]:
    """Number of labels by actual class (row) and predicted class (column): (classes, classes).

    With several classes at once it is (classes, 2, 2): for each class, whether it holds and whether it is predicted.
    """
    if inputs.multi_label:
        size, classes = 2, np.broadcast_to(np.arange(inputs.n_classes), inputs.labels.shape)[inputs.known]
    else:
        size, classes = inputs.n_classes, np.zeros(int(inputs.known.sum()), np.intp)
    groups = inputs.n_classes if inputs.multi_label else 1
    cells = (classes * size + inputs.labels[inputs.known]) * size + inputs.predicted[inputs.known]
    matrix = np.bincount(cells, minlength=groups * size**2).reshape(groups, size, size)
    return matrix if inputs.multi_label else matrix[0]


def reliability(inputs: LabelMetricInputs, n_bins: int = BINS) -> pd.DataFrame:
    """Predicted probability and observed share, in bins of equal width: the data of a reliability diagram.

    The probability is of the predicted class, or of every class where several may hold. Bins without a label are
    omitted. The columns are `probability` and `observed` (means of the bin) and `labels`.

    Source: Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017.
    """
    if inputs.multi_label:
        probabilities, right = inputs.probabilities[inputs.known], inputs.labels[inputs.known] == 1
    else:
        rows = inputs.known[:, 0]
        probabilities = inputs.probabilities.max(axis=1)[rows]
        right = (inputs.predicted == inputs.labels)[rows, 0]
    bins = np.minimum((probabilities * n_bins).astype(np.intp), n_bins - 1)
    counts = np.bincount(bins, minlength=n_bins)
    sums = (np.bincount(bins, each, minlength=n_bins) for each in (probabilities, right))
    probability, observed = (_divide(each, counts) for each in sums)
    table = pd.DataFrame({"probability": probability, "observed": observed, "labels": counts})
    return table[table["labels"] > 0].reset_index(drop=True)


def calibration_error(table: pd.DataFrame) -> float:
    """Expected calibration error: mean distance of probability and observed share in `reliability`, by labels."""
    distance = (table["probability"] - table["observed"]).abs()
    return float((distance * table["labels"]).sum() / table["labels"].sum())


def _divide(part: NDArray[np.intp] | Floats, whole: NDArray[np.intp]) -> Floats:
    """The quotient; NaN where `whole` is 0."""
    return np.where(whole > 0, part / np.maximum(whole, 1), nan)
