"""Ridge regression in one pass over the samples: for the linear baseline, and for skip connections."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import Array, Floats

if TYPE_CHECKING:  # forecasts of ridge regression do not need TensorFlow
    from seqframe.training.samples import SampleSource

MAX_SKIP_WINDOWS = 50_000  # training windows that a skip connection is fitted to
BATCH = 4096  # windows in memory at once
PENALTIES = tuple(10.0**power for power in range(-6, 3))  # relative to the mean variance of the inputs

Batches = Iterable[tuple[Floats, Floats]]  # X (rows, inputs), y (rows, outputs)


@dataclass(frozen=True)
class RidgeModel:
    """Linear model X @ weights + intercept, with weights (inputs, outputs) and intercept (outputs,)."""

    penalty: float
    weights: Floats
    intercept: Floats

    def predict(self, X: Floats) -> Floats:
        """(rows, inputs) -> (rows, outputs)."""
        return X @ self.weights + self.intercept


def fit_ridge(batches: Batches, penalties: Sequence[float]) -> list[RidgeModel]:
    """Fit one ridge regression per penalty in one pass over the batches; only one batch is in memory at a time.

    Penalties are relative to the mean variance of the inputs, which should be scaled; the intercept is not penalized.
    Duplicate inputs share their weight.

    Source: Hoerl & Kennard, "Ridge regression", Technometrics 12 (1970).
    """
    gram, cross, x_mean, y_mean = _moments(batches)
    values, vectors = np.linalg.eigh(gram)  # once, for all penalties
    values = np.maximum(values, 0)
    # Without a penalty, directions in which the inputs do not vary get no weight, as in numpy.linalg.lstsq.
    varies = values > len(values) * np.finfo(np.float64).eps * values[-1]
    rotated = vectors.T @ cross  # (inputs, outputs)
    fitted = []
    for penalty in penalties:
        divisor = np.where(varies, values + penalty * values.mean(), np.inf)
        weights = vectors @ (rotated / divisor[:, None])
        fitted.append(RidgeModel(penalty, weights, y_mean - x_mean @ weights))
    return fitted


def select_ridge(candidates: Sequence[RidgeModel], batches: Batches) -> RidgeModel:
    """The candidate with the smallest squared error on validation batches; NaN in y is excluded."""
    errors = np.zeros(len(candidates))
    for X, y in batches:
        errors += [np.nansum((each.predict(X) - y) ** 2) for each in candidates]
    return candidates[int(np.argmin(errors))]


def _moments(batches: Batches) -> tuple[Floats, Floats, Floats, Floats]:
    """Centered sums of products X'X (inputs, inputs) and X'y (inputs, outputs), and the means of X and y.

    Raises:
        ValueError: There are no batches.
    """
    batches = iter(batches)
    first = next(batches, None)
    if first is None:
        raise ValueError("Ridge regression needs at least one batch of rows. Received: none.")
    # Relative to the mean of the first batch: a large mean would cost digits.
    x_shift, y_shift = (np.asarray(each, np.float64).mean(axis=0) for each in first)
    rows, x_sum, y_sum = 0, np.zeros(len(x_shift)), np.zeros(len(y_shift))
    gram, cross = np.zeros((len(x_shift), len(x_shift))), np.zeros((len(x_shift), len(y_shift)))
    for X, y in chain([first], batches):
        x, z = X - x_shift, y - y_shift
        gram += x.T @ x
        cross += x.T @ z
        x_sum += x.sum(axis=0)
        y_sum += z.sum(axis=0)
        rows += len(X)
    x_mean, y_mean = x_sum / rows, y_sum / rows
    gram -= rows * np.outer(x_mean, x_mean)
    cross -= rows * np.outer(x_mean, y_mean)
    return gram, cross, x_shift + x_mean, y_shift + y_mean


def fit_skip(
    samples: "SampleSource", validation: "SampleSource | None", used: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """Kernel (inputs, outputs) and bias (outputs,) of a skip connection, by ridge regression on the training samples.

    The penalty is the one with the smallest squared error on the validation samples, or a medium one without them.
    `used` (inputs,) masks the inputs of a sample; the weights of the others are zero.
    """
    stride = -(-len(samples) // MAX_SKIP_WINDOWS)
    models = fit_ridge(_flat_batches(samples, used, stride), PENALTIES)
    chosen = select_ridge(models, _flat_batches(validation, used, 1)) if validation else models[len(models) // 2]
    kernel = np.zeros((len(used), len(chosen.intercept)), np.float32)
    kernel[used] = chosen.weights
    return kernel, chosen.intercept.astype(np.float32)


def _flat_batches(samples: "SampleSource", used: NDArray[np.bool_], stride: int) -> Iterator[tuple[Floats, Floats]]:
    """Batches of X (windows, inputs) and y (windows, outputs) of every `stride`-th window."""
    for start in range(0, len(samples), stride * BATCH):
        X, y = samples.batch(np.arange(start, min(start + stride * BATCH, len(samples)), stride))
        yield X.reshape(len(X), -1)[:, used].astype(np.float64), y.reshape(len(y), -1).astype(np.float64)
