"""The head of a network by ridge regression, before the network is trained.

The outputs of a recurrent layer with random weights are features of a window, and a linear model of them needs no
gradient: this is the readout of an echo state network. Source: Jaeger, "The echo state approach to analysing and
training recurrent neural networks", GMD Report 148, 2001.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from seqframe.data.windows import Array, Floats, RowNumbers
from seqframe.networks.build import body_network, predict, with_linear_weights
from seqframe.networks.divided_units import Ints, divide_units
from seqframe.networks.spec import NetworkState, Shape
from seqframe.training.limits import MAX_LINEAR_VALUES, MAX_LINEAR_WINDOWS
from seqframe.training.linear_map import (
    BATCH_VALUES,
    Layout,
    LinearMap,
    assemble,
    fit_layouts,
    fit_linear_map_with,
    spaced_windows,
)
from seqframe.training.ridge import PENALTIES, Block

if TYPE_CHECKING:
    from seqframe.training.samples import SampleSource

HEAD_PENALTIES = (*PENALTIES, np.inf)  # with the last one, the head is 0


def fit_head(
    network: NetworkState,
    linear: LinearMap,
    samples: "SampleSource",
    validation: "SampleSource | None",
    seed: int,
    huber_delta: float | None = None,
) -> NetworkState:
    """The network with a head and a skip connection that are estimated together, for fixed weights of its body.

    The head is a ridge regression of the residuals of the skip connection on the outputs of the body. What the inputs
    explain of these outputs is subtracted first, and then from the skip connection, so that both are coefficients of
    one regression (the theorem of Frisch, Waugh and Lovell). The penalty of the head has the smallest squared error on
    the validation samples; without a gain, the head is 0.

    If `linear` connects each target with its own past, the units of a recurrent layer are divided among the targets,
    and each target has a head of its own. `seed` determines the weights of their units.

    Args:
        network: The network with its initial weights.
        linear: Its skip connection.
        samples: Training samples.
        validation: Validation samples; without any, a medium penalty is used.
        seed: Random seed of the network.
        huber_delta: The head minimizes the Huber error, which is linear above this value; None for the squared error.
    """
    columns = network.spec.input_shape[-1]
    network, units = divide_units(network, [np.unique(block.inputs % columns) for block in linear.layout], seed)
    body = body_network(network)
    outputs_of_body = _BodySamples(samples, body)
    layout = outputs_of_body.layout(linear, units)
    explained = fit_linear_map_with(outputs_of_body, layout, linear.penalties, outputs_of_body.max_windows)
    residuals = _Residuals.read(outputs_of_body, linear, explained)
    val_residuals = _Residuals.read(_BodySamples(validation, body), linear, explained) if validation else None
    head = residuals.fit_head(val_residuals, linear, units, huber_delta)
    return with_linear_weights(network, *_combine(linear, explained, head), head.kernel)


def _combine(linear: LinearMap, explained: LinearMap, head: LinearMap) -> tuple[Array, Array]:
    """Kernel and bias of the skip connection that belongs to a head: see `fit_head`."""
    units = len(head.kernel)
    kernel = explained.kernel.reshape(-1, units) @ head.kernel  # (inputs * steps, outputs)
    bias = head.bias - explained.bias.reshape(-1, units) @ head.kernel  # (steps, outputs)
    return linear.kernel - kernel.reshape(linear.kernel.shape), linear.bias + bias.reshape(-1)


@dataclass(frozen=True)
class _BodySamples:
    """Samples with the outputs of a body in place of the targets."""

    samples: "SampleSource"
    body: NetworkState

    @property
    def steps(self) -> int:
        """Steps of the output of the body; 1 for a vector."""
        return prod(self.body.spec.output_shape[:-1])

    @property
    def units(self) -> int:
        """Outputs of the body for each step."""
        return self.body.spec.output_shape[-1]

    @property
    def max_windows(self) -> int:
        """Number of windows whose outputs and targets are in memory at once."""
        values = self.steps * self.units + prod(self.samples.y_shape[1:])
        return max(1, min(MAX_LINEAR_WINDOWS, MAX_LINEAR_VALUES // (values * self.samples.samples_per_window)))

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.samples)

    @property
    def X_shape(self) -> Shape:  # noqa: N802
        """The shape of X of all windows."""
        return self.samples.X_shape

    @property
    def y_shape(self) -> Shape:
        """(samples, steps, units)."""
        return (self.samples.X_shape[0], self.steps, self.units)

    def batch(self, windows: slice | RowNumbers) -> tuple[Array, Array]:
        """X, and the outputs of the body (samples, steps, units), of windows by number."""
        X, _ = self.samples.batch(windows)
        return X, predict(self.body, X).reshape(-1, self.steps, self.units)

    def layout(self, linear: LinearMap, units: Sequence[Ints]) -> Layout:
        """The inputs of each block of a linear map, with its units at all steps."""
        steps = np.arange(self.steps)[:, None] * self.units
        return tuple(
            Block(block.inputs, (steps + own).reshape(-1)) for block, own in zip(linear.layout, units, strict=True)
        )


@dataclass(frozen=True)
class _Residuals:
    """Outputs of a body (rows, units) and targets (rows, outputs), less what the inputs explain; a row is a step."""

    features: Array
    targets: Array

    @classmethod
    def read(cls, samples: _BodySamples, linear: LinearMap, explained: LinearMap) -> "_Residuals":
        """The residuals of evenly spaced windows."""
        parts = []
        for numbers in spaced_windows(samples, samples.max_windows):
            X, y = samples.samples.batch(numbers)
            flat = X.reshape(len(X), -1).astype(np.float64)
            rest = predict(samples.body, X).reshape(len(X), -1) - flat @ explained.kernel - explained.bias
            errors = y.reshape(len(y), -1) - flat @ linear.kernel - linear.bias
            shape = (len(X) * samples.steps, -1)
            parts.append((rest.reshape(shape).astype(np.float32), errors.reshape(shape).astype(np.float32)))
        features, targets = zip(*parts, strict=True)
        return cls(np.concatenate(features), np.concatenate(targets))

    def batches(self) -> Iterator[tuple[Floats, Floats]]:
        """Both in float64, some rows at a time."""
        size = max(1, BATCH_VALUES // (self.features.shape[1] + self.targets.shape[1]))
        for start in range(0, len(self.features), size):
            rows = slice(start, start + size)
            yield self.features[rows].astype(np.float64), self.targets[rows].astype(np.float64)

    def fit_head(
        self, validation: "_Residuals | None", linear: LinearMap, units: Sequence[Ints], huber_delta: float | None
    ) -> LinearMap:
        """The ridge regression of the targets on the outputs of the body."""
        outputs = self.targets.shape[1]
        layout = tuple(
            Block(own, np.unique(block.outputs % outputs)) for own, block in zip(units, linear.layout, strict=True)
        )
        source = validation.batches if validation else None
        _, models = fit_layouts(self.batches, source, [layout], HEAD_PENALTIES, huber_delta)
        return assemble(self.features.shape[1], outputs, layout, models)
