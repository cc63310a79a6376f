"""Ridge regression in one pass over the samples: for the linear baseline, and for skip connections."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seqframe.data.memory import MemoryNeed
from seqframe.data.windows import Floats

if TYPE_CHECKING:  # forecasts of ridge regression do not need TensorFlow
    from seqframe.training.samples import SampleSource

MAX_LINEAR_WINDOWS = 50_000  # training windows that a linear map is fitted to
BATCH = 4096  # windows in memory at once,
BATCH_VALUES = 2**18  # and their inputs and outputs
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
    moments = _moments(batches)
    everything = Block(np.arange(len(moments.x_mean)), np.arange(len(moments.y_mean)))
    return _solve(moments, everything, penalties)


@dataclass(frozen=True)
class Moments:
    """Centered sums of products X'X `gram` (inputs, inputs) and X'y `cross` (inputs, outputs), and the means."""

    gram: Floats
    cross: Floats
    x_mean: Floats
    y_mean: Floats


def _solve(moments: Moments, block: "Block", penalties: Sequence[float]) -> list[RidgeModel]:
    """One ridge regression per penalty, from the inputs to the outputs of a block."""
    x_mean, y_mean = moments.x_mean[block.inputs], moments.y_mean[block.outputs]
    cross = moments.cross[np.ix_(block.inputs, block.outputs)]
    values, vectors = np.linalg.eigh(moments.gram[np.ix_(block.inputs, block.inputs)])  # once, for all penalties
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
        errors += [each.squared_error(X, y) for each in candidates]
    return candidates[int(np.argmin(errors))]


def _moments(batches: Batches) -> Moments:
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


@dataclass(frozen=True)
class Block:
    """Inputs and outputs that one ridge regression connects, by their positions: (inputs,) and (outputs,)."""

    inputs: NDArray[np.intp]
    outputs: NDArray[np.intp]


Layout = tuple[Block, ...]  # every output is in one block


def fit_linear_map(
    samples: "SampleSource", validation: "SampleSource | None", layouts: Sequence[Layout], max_windows: int
) -> tuple[Floats, Floats]:
    """Kernel (inputs, outputs) and bias (outputs,) of a linear map, by ridge regression on the training samples.

    Each block is a ridge regression of its own, and has the penalty with the smallest squared error on the validation
    samples. The layout with the smallest error is selected; other inputs have weights of zero. With more than
    `max_windows` training windows, evenly spaced ones are used. Without validation samples, the first layout and a
    medium penalty are used.
    """
    used = np.unique(np.concatenate([block.inputs for layout in layouts for block in layout]))  # (inputs,)
    compact = [[Block(np.searchsorted(used, each.inputs), each.outputs) for each in layout] for layout in layouts]
    moments = _moments(_flat_batches(samples, used, max_windows))
    fitted = [[_solve(moments, block, PENALTIES) for block in layout] for layout in compact]
    if validation is None or not len(validation):
        selected = layouts[0], [models[len(models) // 2] for models in fitted[0]]
    else:
        errors = _penalty_errors(compact, fitted, _flat_batches(validation, used, max_windows))
        chosen = int(np.argmin([total.min(axis=1).sum() for total in errors]))
        penalties = errors[chosen].argmin(axis=1)
        selected = layouts[chosen], [each[best] for each, best in zip(fitted[chosen], penalties, strict=True)]
    return _assemble(_inputs_per_window(samples), len(moments.y_mean), *selected)


def _penalty_errors(
    layouts: Sequence[Sequence[Block]], fitted: Sequence[Sequence[Sequence[RidgeModel]]], batches: Batches
) -> list[Floats]:
    """Sums of squared errors of each layout: (blocks, penalties) each."""
    errors = [np.zeros((len(layout), len(PENALTIES))) for layout in layouts]
    for X, y in batches:
        for layout, models, total in zip(layouts, fitted, errors, strict=True):
            total += [_squared_errors(block, each, X, y) for block, each in zip(layout, models, strict=True)]
    return errors


def _squared_errors(block: Block, models: Sequence[RidgeModel], X: Floats, y: Floats) -> list[float]:
    """Sum of squared errors of a block for each penalty."""
    inputs, outputs = X[:, block.inputs], y[:, block.outputs]
    return [model.squared_error(inputs, outputs) for model in models]


def _assemble(inputs: int, outputs: int, layout: Layout, models: Sequence[RidgeModel]) -> tuple[Floats, Floats]:
    """Kernel (inputs, outputs) and bias (outputs,) of all blocks together."""
    kernel, bias = np.zeros((inputs, outputs)), np.zeros(outputs)
    for block, model in zip(layout, models, strict=True):
        kernel[np.ix_(block.inputs, block.outputs)] = model.weights
        bias[block.outputs] = model.intercept
    return kernel, bias


def _flat_batches(samples: "SampleSource", used: NDArray[np.intp], max_windows: int) -> Iterator[tuple[Floats, Floats]]:
    """Batches of X (samples, used inputs) and y (samples, outputs) of up to `max_windows` evenly spaced windows."""
    stride = -(-len(samples) // max_windows)
    size = max(1, min(BATCH, BATCH_VALUES // (_inputs_per_window(samples) + prod(samples.y_shape[1:]))))
    for start in range(0, len(samples), stride * size):
        X, y = samples.batch(np.arange(start, min(start + stride * size, len(samples)), stride))
        yield X.reshape(len(X), -1)[:, used].astype(np.float64), y.reshape(len(y), -1).astype(np.float64)


def _inputs_per_window(samples: "SampleSource") -> int:
    """Number of inputs of a flattened sample."""
    return prod(samples.X_shape[1:])
