"""What a plan is made of: layers, in an order, with the shapes between them; and a network, a plan with weights."""

from dataclasses import dataclass, replace
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


NO_PARAMETERS = Arithmetic("none", "0", 0)


@dataclass(frozen=True)
class Plan:
    """The network of one framing: `input_shape` -> `body` -> `head`, the shapes of one sample.

    `carried` is how many samples in a row belong to one sequence, whose state is carried from each to the next; 0 where
    every sample begins afresh.
    """

    framing: str
    input_shape: Shape
    body: tuple[Layer, ...]
    head: Layer
    carried: int = 0

    @property
    def parameters(self) -> int:
        """How many parameters all layers have, by their arithmetic."""
        return sum(layer.arithmetic(shape).value for layer, shape in self.layers().values())

    def unrolled(self) -> "Plan":
        """The same network, with the same weights, for whole sequences instead of samples that carry a state."""
        if not self.carried:
            return self
        steps = self.carried * self.input_shape[0]
        return replace(self, input_shape=(steps, *self.input_shape[1:]), carried=0)

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
