"""A linear forecaster: every output is a weighted sum of the inputs. Ridge regression, from batches of windows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Batches = Iterable[tuple[Floats, Floats]]  # X (rows, inputs), y (rows, outputs)


@dataclass(frozen=True)
class Linear:
    """prediction = X @ weights + intercept; `weights` (inputs, outputs), `intercept` (outputs,)."""

    penalty: float
    weights: Floats
    intercept: Floats

    def predict(self, X: Floats) -> Floats:
        """(rows, inputs) -> (rows, outputs)."""
        return X @ self.weights + self.intercept


def fit_linear(batches: Batches, penalties: Sequence[float]) -> list[Linear]:
    """Fit one forecaster for each penalty, reading the batches once; no more than one of them is in memory at a time.

    Inputs are scaled, so that one penalty suits all; it is relative to the mean variance of the inputs, and spares the
    intercept. Inputs that say the same twice share the weight.

    Source: Hoerl & Kennard, "Ridge regression", Technometrics 12 (1970).
    """
    gram, cross, x_mean, y_mean = _sum_up(batches)
    values, vectors = np.linalg.eigh(gram)  # once, for all penalties
    values = np.maximum(values, 0)
    # Without a penalty, directions in which the inputs do not vary get no weight, as lstsq does.
    varies = values > len(values) * np.finfo(np.float64).eps * values[-1]
    rotated = vectors.T @ cross  # (inputs, outputs)
    fitted = []
    for penalty in penalties:
        divisor = np.where(varies, values + penalty * values.mean(), np.inf)
        weights = vectors @ (rotated / divisor[:, None])
        fitted.append(Linear(penalty, weights, y_mean - x_mean @ weights))
    return fitted


def choose_linear(candidates: Sequence[Linear], batches: Batches) -> Linear:
    """The candidate with the smallest squared error on rows that it was not fitted to; NaN in y is left out."""
    errors = np.zeros(len(candidates))
    for X, y in batches:
        errors += [np.nansum((each.predict(X) - y) ** 2) for each in candidates]
    return candidates[int(np.argmin(errors))]


def _sum_up(batches: Batches) -> tuple[Floats, Floats, Floats, Floats]:
    """Sums about the means: X'X (inputs, inputs) and X'y (inputs, outputs); and the means of X and y.

    Raises:
        ValueError: There are no batches.
    """
    batches = iter(batches)
    first = next(batches, None)
    if first is None:
        raise ValueError("A linear forecaster is fitted to at least one batch of rows.")
    # Rows are taken relative to the mean of the first batch: digits would be lost to a large one.
    x_near, y_near = (np.asarray(each, np.float64).mean(axis=0) for each in first)
    rows, x_sum, y_sum = 0, np.zeros(len(x_near)), np.zeros(len(y_near))
    gram, cross = np.zeros((len(x_near), len(x_near))), np.zeros((len(x_near), len(y_near)))
    for X, y in chain([first], batches):
        x, z = X - x_near, y - y_near
        gram += x.T @ x
        cross += x.T @ z
        x_sum += x.sum(axis=0)
        y_sum += z.sum(axis=0)
        rows += len(X)
    x_mean, y_mean = x_sum / rows, y_sum / rows
    gram -= rows * np.outer(x_mean, x_mean)
    cross -= rows * np.outer(x_mean, y_mean)
    return gram, cross, x_near + x_mean, y_near + y_mean
