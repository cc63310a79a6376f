"""The sizes of the recurrent cells that have compiled code."""

from typing import NamedTuple

from seqframe.networks.kernel import PANEL
from seqframe.networks.recurrent_layers import GRU, LSTM, Recurrent, SimpleRNN


class CellSizes(NamedTuple):
    """A recurrent cell: its name in `model.cell` and in the names of functions, and its sizes.

    Attributes:
        gates: Arrays of `units` columns in the weights of Keras.
        biases: Bias vectors; with two, the second one is added to the product with the states before.
        inputs: For each gate of the kernel, its place among the columns of the matrix product of one step.
        states: The same for the recurrent kernel. Weights of the columns of one and not of the other are zero.
        saved: Numbers that several lanes save of each unit and step for the backward pass, without the state.
    """

    name: str
    inputs: tuple[int, ...]
    states: tuple[int, ...]
    biases: int
    saved: int

    @property
    def gates(self) -> int:
        """Number of gates."""
        return len(self.inputs)

    @property
    def columns(self) -> int:
        """Columns of a unit in the matrix product of one step."""
        return len({*self.inputs, *self.states})

    @property
    def tile(self) -> int:
        """The number of units is rounded up to its multiples, so that columns fill whole panels and vectors."""
        return PANEL if self.columns % 2 else PANEL // 2


LSTM_CELL = CellSizes("lstm", (0, 1, 2, 3), (0, 1, 2, 3), biases=1, saved=6)
GRU_CELL = CellSizes("gru", (0, 1, 2), (0, 1, 3), biases=2, saved=4)
SIMPLE_RNN_CELL = CellSizes("simple_rnn", (0,), (0,), biases=1, saved=0)
COMPILED_CELLS: dict[type[Recurrent], CellSizes] = {LSTM: LSTM_CELL, GRU: GRU_CELL, SimpleRNN: SIMPLE_RNN_CELL}
