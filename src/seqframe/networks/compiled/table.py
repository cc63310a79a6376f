"""The table of operations: one row for each operation, with these columns. All numbers are whole numbers."""

from seqframe.networks.compiled.cells import CellSizes
from seqframe.networks.kernel import PANEL

LANES = 8  # networks in one vector register
MAX_LANES_WORK = 64  # batch size times units, up to which a network is one of several lanes
TILE = 4  # rows that the compiled matrix product computes at a time

RECURRENT, DENSE, REPEAT, PAD, DROPOUT, ADD = range(6)  # kinds of operations
LINEAR, TANH = range(2)  # activations

(
    KIND,
    INPUT,  # number of the value that is read; of an addition, the second one is in PARAMS
    OUTPUT,  # number of the value that is written
    STEPS,
    FEATURES,  # inputs of a step
    UNITS,  # outputs of a step
    WIDTH,  # columns of a step of the output value; this operation writes UNITS
    COLUMN,  # the first of them
    BACKWARDS,  # whether steps are read from the last to the first
    SEQUENCES,  # whether every step has an output
    PARAMS,  # first parameter
    WORK,  # first number of the memory of the operation
    MASK,  # first number of the dropout mask in that memory; -1 without dropout
    ACTIVATION,
    TRAINED,
    NEEDED,  # whether the gradient of the input is needed: 0 no, 1 written, 2 added
) = range(16)
COLUMNS = 16


def count_lanes(batch: int, units: int) -> int:
    """Number of networks that are computed at once, for a batch size and the largest number of units of a layer."""
    return LANES if batch * units <= MAX_LANES_WORK else 1


def round_up(number: int, multiple: int) -> int:
    """The smallest multiple that is not smaller than a number."""
    return -(-number // multiple) * multiple


def recurrent_weights(cell: CellSizes, features: int, units: int) -> tuple[int, int]:
    """Rows and units a column of the weights [recurrent; kernel; biases] for the matrix product of one step."""
    padded = round_up(units, cell.tile)
    return round_up(padded + features + cell.biases, TILE), padded


def dense_weights(features: int, units: int) -> tuple[int, int]:
    """Rows and columns of the weights [kernel; bias] of a dense layer for the matrix product."""
    return round_up(features + 1, TILE), round_up(units, PANEL)


def recurrent_memory(cell: CellSizes, batch: int, steps: int, features: int, units: int) -> tuple[int, ...]:
    """Sizes of what a layer with one lane keeps from the forward to the backward pass, and of its scratch memory.

    Gates, cells, states, inputs, hidden states, panels, their gradients (inputs, hidden states), transposed panels.
    """
    depth, padded = recurrent_weights(cell, features, units)
    rows, width = round_up(batch, TILE), cell.columns * padded
    inputs, hidden = batch * steps * features, batch * steps * units
    return (
        steps * rows * width,
        (steps + 1) * rows * padded,
        (steps + 1) * rows * depth,
        inputs,
        hidden,
        depth * width,
        inputs,
        hidden,
        round_up(padded + features, PANEL) * width,
    )


def lanes_memory(cell: CellSizes, batch: int, steps: int, features: int, units: int) -> tuple[int, ...]:
    """The same with `LANES` lanes, for each lane: what the cell saves, states, inputs, gradients.

    Gradients of the states, of the cells, and of the gates, which differ for inputs and states with two biases.
    """
    hidden = batch * steps * units
    return cell.saved * hidden, hidden, batch * steps * features, (2 + cell.gates * cell.biases) * units


def dense_memory(rows: int, features: int, units: int) -> tuple[int, ...]:
    """Sizes of the scratch memory of a dense layer with one lane: outputs, panels, gradients, columns, input gradient.

    `rows` is batch * steps.
    """
    depth, padded = dense_weights(features, units)
    rows, inputs = round_up(rows, TILE), round_up(features, PANEL)
    return rows * padded, features * padded, rows * padded, depth * rows, rows * inputs, inputs * units
