"""The leaderboard of labels: all models on the same test sequences, ranked so that only significant differences count.

The loss of a sequence is the share of its labels that are wrong; for one label a sequence, it is 0 or 1. Sequences are
independent, so that intervals and tests resample them. All labels of a sequence are resampled together.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from math import inf, nan
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.label_dataset import LabelDataset
from seqframe.data.sequences import MISSING_LABEL
from seqframe.data.windows import Floats, RowNumbers
from seqframe.evaluation.bootstrap import CHUNK_SIZE, REPLICATES, Bootstrap, Resampling, SampleSize
from seqframe.evaluation.comparisons import Ranking, Selection, rank_by_comparisons
from seqframe.evaluation.label_folds import LabelFolds
from seqframe.evaluation.label_metrics import label_metrics
from seqframe.evaluation.label_runs import ModelLabels
from seqframe.evaluation.metrics import wilson_interval
from seqframe.evaluation.significance import CONFIDENCE, Pair
from seqframe.forecasting.label_baselines import LOGISTIC_REGRESSION
from seqframe.forecasting.label_table import predict_codes

INTERVAL_SEED = 2  # of the resampled sequences


@dataclass(frozen=True)
class LabelResult:
    """Result of a comparison on sequences with labels.

    Attributes:
        leaderboard: One row per model, the largest test accuracy first; models that diverged are last.
        pairs: One row per comparison: the difference of two error rates, its interval, its p-values, and whether it is
            significant.
        ranking: The comparisons and the ranks of the models that did not diverge.
        selection: These models by their kind, and the choice among them on validation sequences.
        diverged: Names of the models that diverged.
        size: Number of test sequences.
        cross_validated: Number of sequences that are not test sequences, if each is validated once; otherwise 0.
    """

    leaderboard: pd.DataFrame
    pairs: pd.DataFrame
    ranking: Ranking
    selection: Selection
    diverged: tuple[str, ...]
    size: SampleSize
    cross_validated: int


@dataclass(frozen=True)
class SequenceErrors:
    """Wrong labels of each sequence, averaged over runs, and the labels that are known: both (sequences,)."""

    wrong: Floats
    known: Floats

    @property
    def rate(self) -> float:
        """Share of the labels that are wrong; NaN if none is known."""
        return float(self.wrong.sum() / self.known.sum()) if self.known.sum() else nan

    @property
    def losses(self) -> Floats:
        """Loss of each sequence, whose mean is the error rate: (1, sequences); NaN without a known label.

        A sequence counts in proportion to the number of its labels.
        """
        valid = self.known > 0
        mean = self.known[valid].mean() if valid.any() else 1.0
        return np.where(valid, self.wrong / mean, nan)[None]

    def interval(self) -> tuple[float, float]:
        """95% interval of the error rate by a bootstrap of sequences; NaN with too few of them.

        Without any variation, as where every label is right, it is Wilson's interval of the sequences.
        """
        valid = self.known > 0
        wrong, known = self.wrong[valid], self.known[valid]
        if not SampleSize(1, len(known)).sufficient:
            return nan, nan
        if np.ptp(wrong / known) == 0:
            low, high = wilson_interval(round(wrong.sum() / known.sum() * len(known)), len(known), CONFIDENCE)
            return low, high
        chunks = Resampling(len(known), 1, REPLICATES, INTERVAL_SEED).chunks(max(1, CHUNK_SIZE // len(known)))
        rates = np.concatenate([wrong[drawn].sum(axis=1) / known[drawn].sum(axis=1) for drawn in chunks])
        tail = (1 - CONFIDENCE) / 2
        low, high = np.quantile(rates, [tail, 1 - tail])
        return float(low), float(high)


def labels_of(dataset: LabelDataset, numbers: RowNumbers) -> NDArray[np.int64]:
    """Labels of some sequences, or of all their steps: (rows, outputs)."""
    sequences = dataset.sequences
    return sequences.labels[sequences.rows(numbers) if sequences.per_step else numbers]


def count_errors(dataset: LabelDataset, numbers: RowNumbers, runs: Floats) -> SequenceErrors:
    """Wrong and known labels of each sequence; `runs` has probabilities (runs, rows, classes).

    With several classes at once, every class of a row is a label of its own.
    """
    labels = labels_of(dataset, numbers)
    known = labels != MISSING_LABEL
    predicted = predict_codes(runs, dataset.sequences.multi_label)
    wrong = ((predicted != labels) & known).mean(axis=0)  # (rows, outputs)
    lengths = dataset.sequences.lengths[numbers] if dataset.sequences.per_step else np.ones(len(numbers), np.intp)
    owner = np.repeat(np.arange(len(numbers)), lengths)
    wrong_labels, known_labels = (
        np.bincount(owner, each.sum(axis=1), minlength=len(numbers)).astype(np.float64) for each in (wrong, known)
    )
    return SequenceErrors(wrong_labels, known_labels)


def validation_scores(model: ModelLabels, folds: LabelFolds) -> dict[str, float]:
    """Accuracy and log loss on the validation sequences, averaged over the networks or fits of a model.

    Validation parts without a known label are skipped.
    """
    labels = [labels_of(folds.whole, numbers) for numbers, _ in model.validation]
    scores = [
        label_metrics(each, probabilities, folds.whole.sequences)
        for each, (_, probabilities) in zip(labels, model.validation, strict=True)
        if (each != MISSING_LABEL).any()
    ]
    names = {"val_accuracy": "accuracy", "val_log_loss": "log_loss"}
    return {key: float(np.mean([each[name] for each in scores])) if scores else nan for key, name in names.items()}


def score_labels(models: Sequence[ModelLabels], folds: LabelFolds) -> LabelResult:
    """Score all models, select one on validation sequences, and compare and rank them on test sequences.

    A model with a probability that is not finite has diverged: it is last, without a rank.
    """
    converged = [model for model in models if not model.diverged]
    errors = {model.name: count_errors(folds.whole, folds.test, model.test) for model in converged}
    validation = {model.name: validation_scores(model, folds) for model in converged}
    size = SampleSize(1, int((next(iter(errors.values())).known > 0).sum()))
    bootstrap = Bootstrap(size, 1, None, Resampling(len(folds.test), 1, REPLICATES, seed=1))
    selection = select_labels(converged, validation)
    losses = {name: each.losses for name, each in errors.items()}
    ranking = rank_by_comparisons(losses, selection, bootstrap, LOGISTIC_REGRESSION)
    by_name = {model.name: model for model in models}
    rows = [_row(by_name[name], errors[name], ranking, selection, validation[name], folds) for name in ranking.loss]
    rows += [_diverged_row(model) for model in models if model.diverged]
    scored = sum(len(dataset.splits["validation"]) for dataset in folds.distinct)
    pool = len(folds.whole.splits["train"])
    return LabelResult(
        pd.DataFrame(rows).astype({"rank": "Int64"}),
        pd.DataFrame([asdict(pair) for pair in ranking.pairs], columns=[field.name for field in fields(Pair)]),
        ranking,
        selection,
        tuple(model.name for model in models if model.diverged),
        size,
        pool if scored == pool else 0,
    )


def select_labels(models: Sequence[ModelLabels], validation: dict[str, dict[str, float]]) -> Selection:
    """The models by their kind, and their log loss on validation sequences, by which one is selected."""
    framings = {model.framing: model.name for model in models if model.framing}  # the last one: the ensemble
    baselines = [model.name for model in models if not model.framing]
    return Selection(
        framings=tuple(framings.values()),
        naive=tuple(name for name in baselines if name != LOGISTIC_REGRESSION),
        learned=tuple(name for name in baselines if name == LOGISTIC_REGRESSION),
        validation={name: scores["val_log_loss"] for name, scores in validation.items()},
    )


def _row(
    model: ModelLabels,
    errors: SequenceErrors,
    ranking: Ranking,
    selection: Selection,
    validation: dict[str, float],
    folds: LabelFolds,
) -> dict[str, Any]:
    low, high = errors.interval()
    return {
        "rank": ranking.ranks.get(model.name),
        "model": model.name,
        "framing": model.framing,
        "accuracy": 1 - errors.rate,
        "accuracy_low": 1 - high,
        "accuracy_high": 1 - low,
        **metrics_on_test(model, folds),
        **validation,
        "selected": model.name == selection.model,
        **dict(model.costs),
    }


def _diverged_row(model: ModelLabels) -> dict[str, Any]:
    head = {"rank": None, "model": model.name, "framing": model.framing, "accuracy": 0.0, "log_loss": inf}
    return head | {"selected": False} | dict(model.costs)


def metrics_on_test(model: ModelLabels, folds: LabelFolds) -> dict[str, float]:
    """All metrics on the test sequences, averaged over the runs of a model, and the range of the accuracy."""
    labels = labels_of(folds.whole, folds.test)
    runs = [label_metrics(labels, run, folds.whole.sequences) for run in model.test]
    means = {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}
    if len(runs) == 1:
        return means
    of_runs = [run["accuracy"] for run in runs]
    return means | {"accuracy_min": min(of_runs), "accuracy_max": max(of_runs)}
