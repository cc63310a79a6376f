"""Layer specs with recurrence: LSTM, GRU and SimpleRNN, in one or both directions."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from seqframe.networks.spec import L2, LayerSpec, ParamCount, Shape


@dataclass(frozen=True)
class Recurrent(LayerSpec):
    """A recurrent layer: (timesteps, inputs) -> (timesteps, units) with `return_sequences`, else (units,).

    A cell is `gates` times the weights of inputs and previous outputs, with `biases` bias vectors each.
    """

    step_links = "recurrent"
    gates: ClassVar[int]
    biases: ClassVar[int] = 1

    units: int
    return_sequences: bool = False
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    kernel_regularizer: L2 | None = None
    recurrent_regularizer: L2 | None = None
    bias_regularizer: L2 | None = None
    go_backwards: bool = False
    stateful: bool = False

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], self.units) if self.return_sequences else (self.units,)

    def stateless(self) -> LayerSpec:
        return replace(self, stateful=False)

    def param_count(self, shape: Shape) -> ParamCount:
        """Per gate and unit: one weight per input, one per unit's previous output, and the biases."""
        inputs, units = shape[-1], self.units
        return ParamCount(
            formula=self._formula("inputs", "units"),
            substituted=self._formula(str(inputs), str(units)),
            value=self.gates * ((inputs + self.biases) * units + units**2),
        )

    def _formula(self, inputs: str, units: str) -> str:
        gate = f"({inputs} + {self.biases}) * {units} + {units}^2"
        return gate if self.gates == 1 else f"{self.gates} * ({gate})"

    def note(self, shape: Shape) -> str:
        return "" if shape[0] == 1 else "returns all states" if self.return_sequences else "returns the last state"


@dataclass(frozen=True)
class LSTM(Recurrent):
    """Long short-term memory: input, forget and output gate, and the cell's candidate, with one bias vector each.

    Source: Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000).
    """

    gates = 4


@dataclass(frozen=True)
class GRU(Recurrent):
    """Gated recurrent unit: three gates with two bias vectors each, for inputs and previous outputs, as cuDNN.

    Source: Cho et al. (2014), with the reset gate after the matrix product: Keras' `reset_after=True`.
    """

    gates = 3
    biases = 2


@dataclass(frozen=True)
class SimpleRNN(Recurrent):
    """Fully connected recurrence. Source: Elman (1990)."""

    gates = 1
    label = "RNN"


@dataclass(frozen=True)
class Bidirectional(LayerSpec):
    """A recurrent layer and a copy with its own weights that reads backwards; their outputs are concatenated."""

    step_links = "bidirectional"
    layer: Recurrent

    @property
    def return_sequences(self) -> bool:
        """Whether every step has an output."""
        return self.layer.return_sequences

    def output_shape(self, shape: Shape) -> Shape:
        *steps, units = self.layer.output_shape(shape)
        return (*steps, 2 * units)

    def param_count(self, shape: Shape) -> ParamCount:
        """Twice the parameters of the layer."""
        one = self.layer.param_count(shape)
        return ParamCount(f"2 * ({one.formula})", f"2 * ({one.substituted})", 2 * one.value)

    def arguments(self) -> dict[str, Any]:
        """Both layers, since each has its own initial weights."""
        return {"layer": self.layer, "backward_layer": replace(self.layer, go_backwards=not self.layer.go_backwards)}

    def note(self, shape: Shape) -> str:
        return "reads forwards and backwards"

    @property
    def label(self) -> str:
        return self.layer.label
