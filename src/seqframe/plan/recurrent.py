"""Layers that read a sequence step by step."""

from collections.abc import Callable
from dataclasses import dataclass

from seqframe.plan.base import Arithmetic, Shape


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
    every_step: bool
    cell: str = "lstm"
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    kernel_l2: float = 0.0
    recurrent_l2: float = 0.0
    bias_l2: float = 0.0

    @property
    def kind(self) -> str:
        options = [str(self.units)] + ["return_sequences"] * self.every_step
        for name in ("dropout", "recurrent_dropout", "kernel_l2", "recurrent_l2", "bias_l2"):
            if value := getattr(self, name):
                options.append(f"{name}={value:g}")
        return f"{CELLS[self.cell].title}({', '.join(options)})"

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], self.units) if self.every_step else (self.units,)

    def arithmetic(self, shape: Shape) -> Arithmetic:
        """Those of its gates; see the formula of the cell."""
        cell, inputs, units = CELLS[self.cell], shape[-1], self.units
        return Arithmetic(
            formula=cell.formula("inputs", "units"),
            numbers=cell.formula(str(inputs), str(units)),
            value=cell.gates * ((inputs + cell.biases) * units + units**2),
        )


@dataclass(frozen=True)
class Bidirectional:
    """The same layer twice, with weights of their own: forwards and backwards, their answers side by side."""

    layer: Recurrent

    @property
    def every_step(self) -> bool:
        """Whether it answers at every step."""
        return self.layer.every_step

    @property
    def kind(self) -> str:
        return f"Bidirectional({self.layer.kind})"

    def output_shape(self, shape: Shape) -> Shape:
        *steps, units = self.layer.output_shape(shape)
        return (*steps, 2 * units)

    def arithmetic(self, shape: Shape) -> Arithmetic:
        """Twice those of the layer."""
        one = self.layer.arithmetic(shape)
        return Arithmetic(f"2 * ({one.formula})", f"2 * ({one.numbers})", 2 * one.value)
