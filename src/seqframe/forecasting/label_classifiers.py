"""Logistic regression and nearest centroid as baselines of classes.

They are fitted to the training sequences; what is selected is selected on the validation sequences, or without any on a
fifth of the training sequences.
"""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit, softmax

from seqframe.data.label_dataset import LabelDataset
from seqframe.data.sequence_splits import cut_stratified
from seqframe.data.sequences import MISSING_LABEL
from seqframe.data.windows import Floats, RowNumbers
from seqframe.forecasting.fitted import Fitted
from seqframe.forecasting.label_designs import (
    MAX_WORK,
    Design,
    Regressors,
    candidate_designs,
    fit_regressors,
    load_regressors,
)
from seqframe.forecasting.logistic import LabelRows, fit_logistic, logistic_loss, make_targets, predict_logistic

PENALTIES = (1.0, 0.1, 0.01, 1e-3, 1e-4, 1e-5)  # on the mean cross-entropy of standardized regressors
TEMPERATURES = tuple(np.geomspace(1e-2, 1e2, 25))  # relative to the mean squared distance to the own centroid
DEFAULT_PENALTY, DEFAULT_TEMPERATURE = 0.01, 1.0  # where nothing can be selected
SELECTION_SHARE = 0.2  # of the training sequences, to select on without validation sequences
MIN_PROBABILITY = float(np.finfo(np.float32).eps)  # smaller ones are rounding of a network in float32


def cross_entropy(labels: NDArray[np.int64], probabilities: Floats, multi_label: bool) -> float:
    """Mean of -log of the probability of the known labels (rows, outputs); probabilities are (rows, classes).

    With `multi_label` every class of a row is a label of its own. A probability counts as 1.2e-7 at least.
    """
    known = labels != MISSING_LABEL
    p = np.asarray(probabilities, np.float64)
    if multi_label:
        of_label = np.where(labels == 1, p, 1 - p)[known]
    else:
        rows = np.flatnonzero(known[:, 0])
        of_label = p[rows, labels[rows, 0]]
    return float(-np.log(np.clip(of_label, MIN_PROBABILITY, 1)).mean())


def fit_logistic_regression(dataset: LabelDataset, class_weights: Floats | None = None) -> Fitted:
    """Logistic regression; the penalty and the regressors are those with the smallest validation loss."""
    parts = _selection_parts(dataset)
    validation = parts.splits["validation"]
    best, selected, found = np.inf, (candidate_designs(parts)[0], DEFAULT_PENALTY), None
    for name in candidate_designs(parts) if _has_labels(parts, validation) else ():
        regressors = fit_regressors(parts, name)
        rows = _label_rows(parts, parts.splits["train"], regressors, class_weights)
        held_out = _label_rows(parts, validation, regressors, class_weights)
        coefficients, loss = None, np.inf
        for l2 in PENALTIES:  # the strongest first; once the loss rises, it goes on rising
            coefficients, before = fit_logistic(rows, l2, coefficients), loss
            loss = logistic_loss(held_out, coefficients)
            if loss > before:
                break
            if loss < best:
                best, selected, found = loss, (name, l2), (regressors, coefficients)
    if found is None or parts is not dataset:
        regressors = fit_regressors(dataset, selected[0])
        rows = _label_rows(dataset, dataset.splits["train"], regressors, class_weights)
        found = regressors, fit_logistic(rows, selected[1])
    return {**found[0].as_arrays(), "coefficients": found[1], "l2": np.array(selected[1])}


def predict_logistic_regression(fitted: Fitted, dataset: LabelDataset, numbers: RowNumbers) -> Floats:
    """Probabilities of the classes: (rows, classes)."""
    design = load_regressors(fitted).make(dataset, numbers)
    return predict_logistic(design, fitted["coefficients"], dataset.sequences.multi_label)


def fit_nearest_centroid(dataset: LabelDataset, class_weights: Floats | None = None) -> Fitted:
    """Centroids of the classes; the regressors, and how fast probabilities fall with the distance, are selected."""
    parts, multi_label = _selection_parts(dataset), dataset.sequences.multi_label
    validation = parts.splits["validation"]
    labels = parts.sequences.row_labels(validation)
    best, selected = np.inf, (candidate_designs(parts)[0], DEFAULT_TEMPERATURE)
    for name in candidate_designs(parts) if _has_labels(parts, validation) else ():
        fitted = _fit_centroids(parts, name)
        distances = _distances(fitted, load_regressors(fitted).make(parts, validation))
        for temperature in TEMPERATURES:
            loss = cross_entropy(labels, _probabilities(distances, temperature, multi_label), multi_label)
            if loss < best:
                best, selected = loss, (name, float(temperature))
    return {**_fit_centroids(dataset, selected[0]), "temperature": np.array(selected[1])}


def predict_nearest_centroid(fitted: Fitted, dataset: LabelDataset, numbers: RowNumbers) -> Floats:
    """Probabilities of the classes, which fall with the squared distance to their centroids: (rows, classes)."""
    distances = _distances(fitted, load_regressors(fitted).make(dataset, numbers))
    return _probabilities(distances, float(fitted["temperature"]), dataset.sequences.multi_label)


def _selection_parts(dataset: LabelDataset) -> LabelDataset:
    """The dataset with validation sequences: its own, or a fifth of the training sequences."""
    train = dataset.splits["train"]
    if len(dataset.splits["validation"]) or len(train) < 2:
        return dataset
    count = max(1, round(SELECTION_SHARE * len(train)))
    fitted, selected = cut_stratified(dataset.sequences, train, count, seed=0)
    return replace(dataset, splits=MappingProxyType({**dataset.splits, "train": fitted, "validation": selected}))


def _has_labels(dataset: LabelDataset, numbers: RowNumbers) -> bool:
    return bool((dataset.sequences.row_labels(numbers) != MISSING_LABEL).any())


def _label_rows(
    dataset: LabelDataset, numbers: RowNumbers, regressors: Regressors, class_weights: Floats | None
) -> LabelRows:
    """The rows of some sequences with a known label; of many rows, some at random."""
    labels, n_classes = dataset.sequences.row_labels(numbers), len(dataset.classes)
    chosen = np.flatnonzero((labels != MISSING_LABEL).any(axis=1))
    design = regressors.make(dataset, numbers)
    width = design.nnz / max(1, design.shape[0]) if sparse.issparse(design) else design.shape[1]
    most = max(1, int(MAX_WORK / (max(1, width) * n_classes)))
    if len(chosen) > most:
        chosen = np.sort(np.random.default_rng(0).choice(chosen, most, replace=False))
    return LabelRows(design[chosen], labels[chosen], n_classes, dataset.sequences.multi_label, class_weights)


def _fit_centroids(dataset: LabelDataset, name: str) -> Fitted:
    """Mean regressors of each class (classes, regressors), with several classes of the labels 1 and then 0 of each.

    A class without training rows is infinitely far.
    """
    train, multi_label = dataset.splits["train"], dataset.sequences.multi_label
    regressors = fit_regressors(dataset, name)
    design = regressors.make(dataset, train)
    holds, known = make_targets(dataset.sequences.row_labels(train), len(dataset.classes), multi_label)
    members = np.concatenate([holds, known - holds], axis=1) if multi_label else holds  # (rows, centroids)
    counts = members.sum(axis=0)
    centroids = np.asarray(design.T @ members).T / np.maximum(counts, 1)[:, None]
    fitted = {
        **regressors.as_arrays(),
        "centroids": centroids,
        "empty": counts == 0,
        "scale_of_distance": np.array(1.0),
    }
    within = np.where(members > 0, _distances(fitted, design), 0.0).sum() / max(1.0, counts.sum())
    return {**fitted, "scale_of_distance": np.array(within if within > 0 else 1.0)}


def _distances(fitted: Fitted, design: Design) -> Floats:
    """Squared distance of each row to each centroid, relative to the mean one to the own: (rows, centroids)."""
    centroids = fitted["centroids"]
    squares = np.asarray(design.multiply(design).sum(axis=1) if sparse.issparse(design) else (design**2).sum(axis=1))
    distances = squares.reshape(-1, 1) - 2 * np.asarray(design @ centroids.T) + (centroids**2).sum(axis=1)
    distances = np.maximum(distances, 0.0) / float(fitted["scale_of_distance"])
    return np.where(fitted["empty"], np.inf, distances)


def _probabilities(distances: Floats, temperature: float, multi_label: bool) -> Floats:
    """Probabilities of the classes from squared distances (rows, centroids): (rows, classes)."""
    if multi_label:
        holds, fails = np.split(distances, 2, axis=1)
        with np.errstate(invalid="ignore"):
            difference = np.nan_to_num((fails - holds) / temperature, nan=0.0)
        probabilities: Floats = expit(difference)
    else:
        probabilities = softmax(-distances / temperature, axis=1)
    return probabilities
