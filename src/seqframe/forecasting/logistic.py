"""Multinomial logistic regression with an L2 penalty, and one logistic regression for each class if several may hold.

Source: Hastie, Tibshirani and Friedman, "The elements of statistical learning", 2nd edition, section 4.4.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from seqframe.data.sequences import MISSING_LABEL
from seqframe.data.windows import Floats
from seqframe.forecasting.label_designs import Design

MIN_ITERATIONS, MAX_ITERATIONS = 20, 100  # of L-BFGS, fewer for a large fit
TOTAL_WORK = 2e9  # products of all iterations, beyond the smallest number of them
OUTPUT_COST = 30  # products that take as long as the exponential and the sums of one output
TOLERANCE = 1e-6  # relative decrease of the loss in one iteration, below which L-BFGS ends
CHUNK = 1 << 22  # outputs computed at a time


@dataclass(frozen=True)
class LabelRows:
    """Rows that a logistic regression is fitted to.

    Attributes:
        design: Regressors: (rows, regressors).
        labels: Codes of the classes (rows, 1), or with `multi_label` 0 or 1 for each class (rows, classes);
            `MISSING_LABEL` where not known.
        n_classes: Number of classes.
        multi_label: Whether several classes may hold at once.
        class_weights: (classes,), or with `multi_label` (classes, 2) for the labels 0 and 1; None for equal weights.
    """

    design: Design
    labels: NDArray[np.int64]
    n_classes: int
    multi_label: bool = False
    class_weights: Floats | None = None

    def weights(self, rows: slice) -> Floats:
        """Weight of each label of some rows, 0 where it is missing: the shape of `labels`."""
        labels = self.labels[rows]
        known = np.asarray(labels != MISSING_LABEL)
        if self.class_weights is None:
            return known.astype(np.float64)
        codes = np.where(known, labels, 0)
        chosen = self.class_weights[np.arange(self.n_classes), codes] if self.multi_label else self.class_weights[codes]
        return np.where(known, chosen, 0.0)


def make_targets(labels: NDArray[np.int64], n_classes: int, multi_label: bool) -> tuple[Floats, Floats]:
    """Whether a class holds (rows, classes), and whether it is known, as 0 and 1; of labels (rows, outputs).

    Known is (rows, 1) without `multi_label`.

    >>> make_targets(np.array([[1], [-1]]), 2, multi_label=False)[0].tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    holds = labels == 1 if multi_label else labels == np.arange(n_classes)
    return holds.astype(np.float64), (labels != MISSING_LABEL).astype(np.float64)


def fit_logistic(rows: LabelRows, l2: float, start: Floats | None = None) -> Floats:
    """Coefficients that minimize the mean cross-entropy plus half of `l2` times their squares, by L-BFGS.

    The result is (regressors + 1, classes); the last row is the intercept, which has no penalty. `start` has the
    coefficients to begin with.
    """
    from scipy.optimize import minimize  # forecasts do not need it

    shape = (rows.design.shape[1] + 1, rows.n_classes)
    start = np.zeros(shape) if start is None else start

    def loss(flat: Floats) -> tuple[float, Floats]:
        value, gradient = _loss_and_gradient(rows, flat.reshape(shape), l2)
        return value, gradient.ravel()

    work = (rows.design.size + OUTPUT_COST * len(rows.labels)) * rows.n_classes  # of one iteration
    iterations = int(np.clip(TOTAL_WORK / max(1, work), MIN_ITERATIONS, MAX_ITERATIONS))
    options = {"maxiter": iterations, "ftol": TOLERANCE}
    found: Floats = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options=options).x.reshape(shape)
    return found


def logistic_loss(rows: LabelRows, coefficients: Floats) -> float:
    """Mean cross-entropy, without the penalty."""
    return _loss_and_gradient(rows, coefficients, l2=0.0)[0]


def predict_logistic(design: Design, coefficients: Floats, multi_label: bool) -> Floats:
    """Probabilities of the classes: (rows, classes)."""
    logits = design @ coefficients[:-1] + coefficients[-1]
    probabilities: Floats = expit(logits) if multi_label else softmax(logits, axis=1)
    return probabilities


def _loss_and_gradient(rows: LabelRows, coefficients: Floats, l2: float) -> tuple[float, Floats]:
    """The penalized loss and its gradient (regressors + 1, classes), summed over chunks of rows."""
    slopes = coefficients[:-1]
    value, total, gradient = 0.0, 0.0, np.zeros_like(coefficients)
    errors_of = _errors_of_classes if rows.multi_label else _errors_of_codes
    size = max(1, CHUNK // rows.n_classes)
    for first in range(0, rows.design.shape[0], size):
        part = slice(first, first + size)
        design, weights = rows.design[part], rows.weights(part)
        loss, errors = errors_of(design @ slopes + coefficients[-1], rows.labels[part], weights)
        value, total = value + loss, total + float(weights.sum())
        gradient[:-1] += design.T @ errors
        gradient[-1] += errors.sum(axis=0)
    total = total or 1.0
    gradient /= total
    gradient[:-1] += l2 * slopes
    return value / total + l2 / 2 * float((slopes**2).sum()), gradient


def _errors_of_codes(logits: Floats, labels: NDArray[np.int64], weights: Floats) -> tuple[float, Floats]:
    """Weighted cross-entropy and its gradient with respect to logits (rows, classes), which it overwrites."""
    places = (np.arange(len(labels)), np.maximum(labels[:, 0], 0))
    logits -= logits.max(axis=1, keepdims=True)
    of_label = logits[places]
    np.exp(logits, out=logits)
    totals = logits.sum(axis=1)
    logits *= weights / totals[:, None]
    logits[places] -= weights[:, 0]
    return float((weights[:, 0] * (np.log(totals) - of_label)).sum()), logits


def _errors_of_classes(logits: Floats, labels: NDArray[np.int64], weights: Floats) -> tuple[float, Floats]:
    """Weighted binary cross-entropies and their gradient with respect to logits (rows, classes)."""
    losses = np.logaddexp(0, logits) - np.where(labels == 1, logits, 0.0)
    return float((weights * losses).sum()), weights * (expit(logits) - (labels == 1))
