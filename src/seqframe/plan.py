"""A network as plain data: its layers, the shapes between them, and the arithmetic of their parameters.

Nothing here imports TensorFlow. `seqframe.network` turns a plan into Keras layers and checks that Keras counts the same
parameters as the arithmetic does.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, ...]  # of one sample: (timesteps, features) or (outputs,)
Weights = tuple[NDArray[np.float32], ...]


@dataclass(frozen=True)
class Arithmetic:
    """How many parameters a layer has, and why: `formula` in words, `numbers` the same with its values, `value`."""

    formula: str
    numbers: str
    value: int


class Layer(Protocol):
    """One layer of a plan. Shapes are those of one sample, without the batch axis."""

    @property
    def kind(self) -> str:
        """The name of the layer, as Keras writes it."""

    def output_shape(self, shape: Shape) -> Shape:
        """The shape that comes out when `shape` goes in."""

    def arithmetic(self, shape: Shape) -> Arithmetic:
        """The parameters that the layer has when `shape` goes in."""


@dataclass(frozen=True)
class Lstm:
    """A recurrent layer of `units`; with `every_step` it gives its state at every step, else the last one alone."""

    units: int
    every_step: bool
    dropout: float = 0.0

    @property
    def kind(self) -> str:
        dropout = f", dropout={self.dropout}" if self.dropout else ""
        return f"LSTM({self.units}{', return_sequences' if self.every_step else ''}{dropout})"

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], self.units) if self.every_step else (self.units,)

    def arithmetic(self, shape: Shape) -> Arithmetic:
        """Four gates, each with a weight for every input, for every unit's last output, and a bias.

        Source: Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000), as Keras has it.
        """
        inputs, units = shape[-1], self.units
        return Arithmetic(
            formula="4 * ((inputs + 1) * units + units^2)",
            numbers=f"4 * (({inputs} + 1) * {units} + {units}^2)",
            value=4 * ((inputs + 1) * units + units**2),
        )


@dataclass(frozen=True)
class Dense:
    """A linear layer of `outputs`."""

    outputs: int

    @property
    def kind(self) -> str:
        return f"Dense({self.outputs})"

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.outputs)

    def arithmetic(self, shape: Shape) -> Arithmetic:
        """A weight for every input and output, and a bias for every output."""
        inputs, outputs = shape[-1], self.outputs
        return Arithmetic(
            formula="inputs * outputs + outputs",
            numbers=f"{inputs} * {outputs} + {outputs}",
            value=inputs * outputs + outputs,
        )


@dataclass(frozen=True)
class TimeDistributed:
    """The same `layer`, with the same weights, at every step: (timesteps, features) -> (timesteps, outputs)."""

    layer: Dense

    @property
    def kind(self) -> str:
        return f"TimeDistributed({self.layer.kind})"

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], *self.layer.output_shape(shape[1:]))

    def arithmetic(self, shape: Shape) -> Arithmetic:
        """Those of the wrapped layer: its weights are shared by all steps, so that their number does not grow."""
        return self.layer.arithmetic(shape[1:])


@dataclass(frozen=True)
class Plan:
    """The network of one framing: `input_shape` -> `body` -> `head`, the shapes of one sample."""

    framing: str
    input_shape: Shape
    body: tuple[Layer, ...]
    head: Layer

    def layers(self) -> dict[str, tuple[Layer, Shape]]:
        """Every layer by its name (`body_1`, `body_2`, …, `head`), with the shape that goes into it."""
        named: dict[str, tuple[Layer, Shape]] = {}
        shape = self.input_shape
        for number, layer in enumerate(self.body, start=1):
            named[f"body_{number}"] = (layer, shape)
            shape = layer.output_shape(shape)
        named["head"] = (self.head, shape)
        return named


@dataclass(frozen=True)
class Network:
    """A plan with values for its weights, in the order of Keras' `get_weights`: what travels between nodes."""

    plan: Plan
    weights: Weights
