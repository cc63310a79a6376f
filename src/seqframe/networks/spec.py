"""What a plan is made of: layers, in an order, with the shapes between them; and a network, a plan with weights."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, ...]  # of one sample: (timesteps, features) or (outputs,)
Weights = tuple[NDArray[np.float32], ...]


@dataclass(frozen=True)
class ParamCount:
    """How many parameters a layer has, and why: `formula` in words, `numbers` the same with its values, `value`."""

    formula: str
    numbers: str
    value: int


class LayerSpec(Protocol):
    """One layer of a plan. Shapes are those of one sample, without the batch axis."""

    @property
    def kind(self) -> str:
        """The name of the layer, as Keras writes it."""

    def output_shape(self, shape: Shape) -> Shape:
        """The shape that comes out when `shape` goes in."""

    def param_count(self, shape: Shape) -> ParamCount:
        """The parameters that the layer has when `shape` goes in."""


NO_PARAMS = ParamCount("none", "0", 0)


@dataclass(frozen=True)
class NetworkSpec:
    """The network of one framing: `input_shape` -> `body` -> `head`, the shapes of one sample.

    `carried` is how many samples in a row belong to one sequence, whose state is carried from each to the next; 0 where
    every sample begins afresh.
    """

    framing: str
    input_shape: Shape
    body: tuple[LayerSpec, ...]
    head: LayerSpec
    steps_per_sequence: int = 0

    @property
    def parameters(self) -> int:
        """How many parameters all layers have, by their arithmetic."""
        return sum(layer.param_count(shape).value for layer, shape in self.layers().values())

    def stateless(self) -> "NetworkSpec":
        """The same network, with the same weights, for whole sequences instead of samples that carry a state."""
        if not self.steps_per_sequence:
            return self
        steps = self.steps_per_sequence * self.input_shape[0]
        return replace(self, input_shape=(steps, *self.input_shape[1:]), steps_per_sequence=0)

    def layers(self) -> dict[str, tuple[LayerSpec, Shape]]:
        """Every layer by its name (`body_1`, `body_2`, …, `head`), with the shape that goes into it."""
        named: dict[str, tuple[LayerSpec, Shape]] = {}
        shape = self.input_shape
        for number, layer in enumerate(self.body, start=1):
            named[f"body_{number}"] = (layer, shape)
            shape = layer.output_shape(shape)
        named["head"] = (self.head, shape)
        return named


@dataclass(frozen=True)
class NetworkState:
    """A plan with values for its weights, in the order of Keras' `get_weights`: what travels between nodes."""

    spec: NetworkSpec
    weights: Weights


# Layers that remember nothing.


@dataclass(frozen=True)
class Dense:
    """A layer of `outputs`, linear unless it has an activation; `*_l2` are penalties on its squared weights."""

    outputs: int
    activation: str = "linear"
    kernel_l2: float = 0.0
    bias_l2: float = 0.0

    @property
    def kind(self) -> str:
        return f"Dense({self.outputs}{'' if self.activation == 'linear' else f', {self.activation}'})"

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.outputs)

    def param_count(self, shape: Shape) -> ParamCount:
        """A weight for every input and output, and a bias for every output."""
        inputs, outputs = shape[-1], self.outputs
        return ParamCount(
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

    def param_count(self, shape: Shape) -> ParamCount:
        """Those of the wrapped layer: its weights are shared by all steps, so that their number does not grow."""
        return self.layer.param_count(shape[1:])


class _Unweighted:
    def param_count(self, shape: Shape) -> ParamCount:
        """None: nothing here is learnt."""
        return NO_PARAMS


@dataclass(frozen=True)
class Dropout(_Unweighted):
    """Leaves out a share of its inputs, at random, in training."""

    share: float

    @property
    def kind(self) -> str:
        return f"Dropout({self.share})"

    def output_shape(self, shape: Shape) -> Shape:
        return shape


@dataclass(frozen=True)
class Flatten(_Unweighted):
    """All steps in one vector: (timesteps, features) -> (timesteps * features,)."""

    @property
    def kind(self) -> str:
        return "Flatten"

    def output_shape(self, shape: Shape) -> Shape:
        return (prod(shape),)


@dataclass(frozen=True)
class RepeatVector(_Unweighted):
    """The same vector at every one of `steps`: (features,) -> (steps, features)."""

    steps: int

    @property
    def kind(self) -> str:
        return f"RepeatVector({self.steps})"

    def output_shape(self, shape: Shape) -> Shape:
        return (self.steps, *shape)


@dataclass(frozen=True)
class ZeroPadding1D(_Unweighted):
    """A step of zeros in front, which makes an odd number of steps even: (timesteps, …) -> (timesteps + 1, …)."""

    @property
    def kind(self) -> str:
        return "ZeroPadding1D((1, 0))"

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0] + 1, *shape[1:])


@dataclass(frozen=True)
class Reshape(_Unweighted):
    """Every two steps side by side in one: (timesteps, features) -> (timesteps / 2, 2 * features)."""

    features: int

    @property
    def kind(self) -> str:
        return f"Reshape((-1, {2 * self.features}))"

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0] // 2, 2 * self.features)


# Layers that read a sequence step by step.


def _lstm(inputs: str, units: str) -> str:
    """Four gates, each with a weight for every input, for every unit's last output, and a bias.

    Source: Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000), as Keras has it.
    """
    return f"4 * (({inputs} + 1) * {units} + {units}^2)"


def _gru(inputs: str, units: str) -> str:
    """Three gates, each with two biases: one for the inputs and one for the last outputs, as cuDNN wants it.

    Source: Cho et al. (2014), with the reset gate after the product, which is Keras' `reset_after`.
    """
    return f"3 * (({inputs} + 2) * {units} + {units}^2)"


def _simple_rnn(inputs: str, units: str) -> str:
    """A weight for every input, for every unit's last output, and a bias. Source: Elman (1990)."""
    return f"({inputs} + 1) * {units} + {units}^2"


@dataclass(frozen=True)
class _Cell:
    title: str  # as Keras writes it
    gates: int
    biases: int  # of each gate
    formula: Callable[[str, str], str]


CELLS = {
    "lstm": _Cell("LSTM", 4, 1, _lstm),
    "gru": _Cell("GRU", 3, 2, _gru),
    "simple_rnn": _Cell("SimpleRNN", 1, 1, _simple_rnn),
}


@dataclass(frozen=True)
class Recurrent:
    """A recurrent layer of `units`; with `every_step` it gives its state at every step, else the last one alone."""

    units: int
    return_sequences: bool
    cell: str = "lstm"
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    kernel_l2: float = 0.0
    recurrent_l2: float = 0.0
    bias_l2: float = 0.0

    @property
    def kind(self) -> str:
        options = [str(self.units)] + ["return_sequences"] * self.return_sequences
        for name in ("dropout", "recurrent_dropout", "kernel_l2", "recurrent_l2", "bias_l2"):
            if value := getattr(self, name):
                options.append(f"{name}={value:g}")
        return f"{CELLS[self.cell].title}({', '.join(options)})"

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], self.units) if self.return_sequences else (self.units,)

    def param_count(self, shape: Shape) -> ParamCount:
        """Those of its gates; see the formula of the cell."""
        cell, inputs, units = CELLS[self.cell], shape[-1], self.units
        return ParamCount(
            formula=cell.formula("inputs", "units"),
            numbers=cell.formula(str(inputs), str(units)),
            value=cell.gates * ((inputs + cell.biases) * units + units**2),
        )


@dataclass(frozen=True)
class Bidirectional:
    """The same layer twice, with weights of their own: forwards and backwards, their answers side by side."""

    layer: Recurrent

    @property
    def return_sequences(self) -> bool:
        """Whether it answers at every step."""
        return self.layer.return_sequences

    @property
    def kind(self) -> str:
        return f"Bidirectional({self.layer.kind})"

    def output_shape(self, shape: Shape) -> Shape:
        *steps, units = self.layer.output_shape(shape)
        return (*steps, 2 * units)

    def param_count(self, shape: Shape) -> ParamCount:
        """Twice those of the layer."""
        one = self.layer.param_count(shape)
        return ParamCount(f"2 * ({one.formula})", f"2 * ({one.numbers})", 2 * one.value)
