"""Ridge regression in one pass over the samples."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from seqframe.data.memory import MemoryNeed
from seqframe.data.windows import Floats

PENALTIES = tuple(10.0**power for power in range(-6, 3))  # relative to the mean variance of the inputs

FLOAT64 = 8  # bytes
SQUARES = 4  # arrays (inputs, inputs) while the equations are solved

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

    def squared_error(self, X: Floats, y: Floats) -> float:
        """Sum of squared errors; NaN in y (rows, outputs) is excluded."""
        return float(np.nansum((self.predict(X) - y) ** 2))


def fit_ridge(batches: Batches, penalties: Sequence[float]) -> list[RidgeModel]:
    """Fit one ridge regression per penalty in one pass over the batches; only one batch is in memory at a time.

    Penalties are relative to the mean variance of the inputs, which should be scaled; the intercept is not penalized.
    Duplicate inputs share their weight.

    Source: Hoerl & Kennard, "Ridge regression", Technometrics 12 (1970).
    """
    moments = compute_moments(batches)
    everything = Block(np.arange(len(moments.x_mean)), np.arange(len(moments.y_mean)))
    return Equations(moments, everything).solve(penalties)


@dataclass(frozen=True)
class Block:
    """Inputs and outputs that one ridge regression connects, by their positions: (inputs,) and (outputs,)."""

    inputs: NDArray[np.intp]
    outputs: NDArray[np.intp]


@dataclass(frozen=True)
class Moments:
    """Centered sums of products X'X `gram` (inputs, inputs) and X'y `cross` (inputs, outputs), and the means."""

    gram: Floats
    cross: Floats
    x_mean: Floats
    y_mean: Floats


class Equations:
    """The normal equations of a ridge regression from the inputs to the outputs of a block, for any penalty."""

    def __init__(self, moments: Moments, block: Block) -> None:
        values, self._vectors = np.linalg.eigh(moments.gram[np.ix_(block.inputs, block.inputs)])
        self._values = np.maximum(values, 0)
        # Without a penalty, directions in which the inputs do not vary get no weight, as in numpy.linalg.lstsq.
        self._varies = self._values > len(values) * np.finfo(np.float64).eps * self._values[-1]
        self._cross = moments.cross[np.ix_(block.inputs, block.outputs)]
        self.x_mean, self.y_mean = moments.x_mean[block.inputs], moments.y_mean[block.outputs]

    def solve(self, penalties: Sequence[float]) -> list[RidgeModel]:
        """One model per penalty. With an infinite one, all weights are 0."""
        rotated = self._vectors.T @ self._cross  # (inputs, outputs)
        return [self._model(penalty, rotated, self.y_mean) for penalty in penalties]

    def solve_for(self, cross: Floats, y_mean: Floats, penalty: float) -> RidgeModel:
        """The model of other outputs, from their centered products with the inputs (inputs, outputs) and means."""
        return self._model(penalty, self._vectors.T @ cross, y_mean)

    def penalty_of(self, model: RidgeModel) -> float:
        """What a model's weights add to the sum of its squared errors."""
        return self._shrinkage(model.penalty) * float((model.weights**2).sum()) if np.isfinite(model.penalty) else 0.0

    def _shrinkage(self, penalty: float) -> float:
        return penalty * float(self._values.mean()) if np.isfinite(penalty) else np.inf

    def _model(self, penalty: float, rotated: Floats, y_mean: Floats) -> RidgeModel:
        shrinkage = self._shrinkage(penalty)
        divisor = np.where(self._varies, self._values + shrinkage, np.inf)
        weights = self._vectors @ (rotated / divisor[:, None])
        return RidgeModel(penalty, weights, y_mean - self.x_mean @ weights)


def select_ridge(candidates: Sequence[RidgeModel], batches: Batches) -> RidgeModel:
    """The candidate with the smallest squared error on validation batches; NaN in y is excluded."""
    errors = np.zeros(len(candidates))
    for X, y in batches:
        errors += [each.squared_error(X, y) for each in candidates]
    return candidates[int(np.argmin(errors))]


def compute_moments(batches: Batches) -> Moments:
    """The moments of all batches.

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
    return Moments(gram, cross, x_shift + x_mean, y_shift + y_mean)


def ridge_need(inputs: int, outputs: int) -> MemoryNeed:
    """Memory of a ridge regression from `inputs` to `outputs` numbers, for all penalties."""
    size = FLOAT64 * inputs * (SQUARES * inputs + (len(PENALTIES) + 2) * outputs)
    return MemoryNeed("ridge regression", size, "task.lookback, or use fewer columns (data.features)")
