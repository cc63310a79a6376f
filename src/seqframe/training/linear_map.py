"""Linear maps from the samples of a framing to their targets: for the linear baseline, and for skip connections."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import Array, Floats, RowNumbers
from seqframe.training.huber import fit_huber
from seqframe.training.ridge import PENALTIES, Batches, Block, Equations, RidgeModel, compute_moments

BATCH = 4096  # windows in memory at once,
BATCH_VALUES = 2**18  # and their inputs and outputs

Ints = NDArray[np.intp]
Layout = tuple[Block, ...]  # every output is in one block
Source = Callable[[], Batches]  # the same batches in every call


class WindowSamples(Protocol):
    """Samples in windows, as a `seqframe.training.samples.SampleSource` has them."""

    def __len__(self) -> int:
        """Number of windows."""

    @property
    def X_shape(self) -> tuple[int, ...]:  # noqa: N802
        """Shape of X of all windows: (samples, timesteps, features)."""

    @property
    def y_shape(self) -> tuple[int, ...]:
        """Shape of y of all windows: (samples, ...)."""

    def batch(self, windows: slice | RowNumbers) -> tuple[Array, Array]:
        """X and y of some windows, given by number or as a slice."""


@dataclass(frozen=True)
class LinearMap:
    """x @ kernel + bias, with kernel (inputs, outputs) and bias (outputs,).

    Each block of the layout is a ridge regression of its own, with a penalty of its own; other weights are 0.
    """

    kernel: Floats
    bias: Floats
    layout: Layout
    penalties: tuple[float, ...]


def fit_linear_map(
    samples: WindowSamples,
    validation: WindowSamples | None,
    layouts: Sequence[Layout],
    max_windows: int,
    huber_delta: float | None = None,
) -> LinearMap:
    """A linear map from flattened samples to their targets, fitted to the training samples.

    With more than `max_windows` training windows, evenly spaced ones are used. The other arguments are as in
    `fit_layouts`.
    """
    used, compact = _used_inputs(layouts)
    chosen, models = fit_layouts(
        lambda: _flat_batches(samples, used, max_windows),
        None if validation is None or not len(validation) else lambda: _flat_batches(validation, used, max_windows),
        compact,
        huber_delta=huber_delta,
    )
    return assemble(_inputs_per_window(samples), prod(samples.y_shape[1:]), layouts[chosen], models)


def fit_linear_map_with(
    samples: WindowSamples, layout: Layout, penalties: Sequence[float], max_windows: int
) -> LinearMap:
    """A linear map from flattened samples to their targets, with a given penalty for each block."""
    used, (compact,) = _used_inputs([layout])
    moments = compute_moments(_flat_batches(samples, used, max_windows))
    models = [Equations(moments, block).solve([penalty])[0] for block, penalty in zip(compact, penalties, strict=True)]
    return assemble(_inputs_per_window(samples), prod(samples.y_shape[1:]), layout, models)


def fit_layouts(
    train: Source,
    validation: Source | None,
    layouts: Sequence[Layout],
    penalties: Sequence[float] = PENALTIES,
    huber_delta: float | None = None,
) -> tuple[int, list[RidgeModel]]:
    """The number of the selected layout, and the model of each of its blocks.

    Each block has the penalty with the smallest squared error on the validation batches, and the layout with the
    smallest error is selected; NaN in their y is excluded. Without validation batches, the first layout and a medium
    penalty are used. With `huber_delta`, the selected models are fitted again with the Huber loss.
    """
    moments = compute_moments(train())
    equations = [[Equations(moments, block) for block in layout] for layout in layouts]
    fitted = [[each.solve(penalties) for each in blocks] for blocks in equations]
    if validation is None:
        chosen, best = 0, np.full(len(layouts[0]), len(PENALTIES) // 2)
    else:
        errors = _penalty_errors(layouts, fitted, validation())
        chosen = int(np.argmin([total.min(axis=1).sum() for total in errors]))
        best = errors[chosen].argmin(axis=1)
    models = [each[number] for each, number in zip(fitted[chosen], best, strict=True)]
    if huber_delta is not None:
        models = fit_huber(train, layouts[chosen], equations[chosen], models, huber_delta)
    return chosen, models


def _penalty_errors(
    layouts: Sequence[Layout], fitted: Sequence[Sequence[Sequence[RidgeModel]]], batches: Batches
) -> list[Floats]:
    """Sums of squared errors of each layout: (blocks, penalties) each."""
    errors = [np.zeros((len(layout), len(models[0]))) for layout, models in zip(layouts, fitted, strict=True)]
    for X, y in batches:
        for layout, models, total in zip(layouts, fitted, errors, strict=True):
            total += [_squared_errors(block, each, X, y) for block, each in zip(layout, models, strict=True)]
    return errors


def _squared_errors(block: Block, models: Sequence[RidgeModel], X: Floats, y: Floats) -> list[float]:
    """Sum of squared errors of a block for each penalty."""
    inputs, outputs = X[:, block.inputs], y[:, block.outputs]
    return [model.squared_error(inputs, outputs) for model in models]


def assemble(inputs: int, outputs: int, layout: Layout, models: Sequence[RidgeModel]) -> LinearMap:
    """All blocks together, as one map from `inputs` to `outputs` numbers."""
    kernel, bias = np.zeros((inputs, outputs)), np.zeros(outputs)
    for block, model in zip(layout, models, strict=True):
        kernel[np.ix_(block.inputs, block.outputs)] = model.weights
        bias[block.outputs] = model.intercept
    return LinearMap(kernel, bias, layout, tuple(model.penalty for model in models))


def _flat_batches(samples: WindowSamples, used: Ints, max_windows: int) -> Iterator[tuple[Floats, Floats]]:
    """Batches of X (samples, used inputs) and y (samples, outputs) of up to `max_windows` evenly spaced windows."""
    for numbers in spaced_windows(samples, max_windows):
        X, y = samples.batch(numbers)
        yield X.reshape(len(X), -1)[:, used].astype(np.float64), y.reshape(len(y), -1).astype(np.float64)


def spaced_windows(samples: WindowSamples, max_windows: int) -> Iterator[Ints]:
    """The numbers of up to `max_windows` evenly spaced windows, in batches."""
    stride = -(-len(samples) // max_windows)
    size = max(1, min(BATCH, BATCH_VALUES // (_inputs_per_window(samples) + prod(samples.y_shape[1:]))))
    for start in range(0, len(samples), stride * size):
        yield np.arange(start, min(start + stride * size, len(samples)), stride)


def _inputs_per_window(samples: WindowSamples) -> int:
    """Number of inputs of a flattened sample."""
    return prod(samples.X_shape[1:])


def _used_inputs(layouts: Sequence[Layout]) -> tuple[Ints, list[Layout]]:
    """The inputs of all blocks (inputs,), and the layouts with positions among these."""
    used = np.unique(np.concatenate([block.inputs for layout in layouts for block in layout]))
    return used, [
        tuple(Block(np.searchsorted(used, each.inputs), each.outputs) for each in layout) for layout in layouts
    ]
