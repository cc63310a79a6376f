"""The table of operations: one row for each operation, with these columns. All numbers are whole numbers."""

from seqframe.networks.layers.kernel import PANEL

LANES = 8  # networks in one vector register
TILE = 4  # rows that the compiled matrix product computes at a time

LSTM, DENSE, REPEAT, PAD, DROPOUT, ADD = range(6)  # kinds of operations
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


def round_up(number: int, multiple: int) -> int:
    """The smallest multiple that is not smaller than a number."""
    return -(-number // multiple) * multiple


def lstm_weights(features: int, units: int) -> tuple[int, int]:
    """Rows and units a gate of the weights [recurrent; kernel; bias] of the LSTM kernel."""
    padded = round_up(units, 8)
    return round_up(padded + features + 1, TILE), padded


def dense_weights(features: int, units: int) -> tuple[int, int]:
    """Rows and columns of the weights [kernel; bias] of a dense layer for the matrix product."""
    return round_up(features + 1, TILE), round_up(units, PANEL)


def lstm_memory(batch: int, steps: int, features: int, units: int) -> tuple[int, ...]:
    """Sizes of what an LSTM with one lane keeps from the forward to the backward pass, and of its scratch memory.

    Gates, cells, states, inputs, hidden states, panels, their gradients (inputs, hidden states), transposed panels.
    """
    depth, padded = lstm_weights(features, units)
    rows = round_up(batch, TILE)
    inputs, hidden = batch * steps * features, batch * steps * units
    return (
        steps * rows * 4 * padded,
        (steps + 1) * rows * padded,
        (steps + 1) * rows * depth,
        inputs,
        hidden,
        depth * 4 * padded,
        inputs,
        hidden,
        round_up(padded + features, PANEL) * 4 * padded,
    )


def lanes_memory(batch: int, steps: int, features: int, units: int) -> tuple[int, ...]:
    """The same with `LANES` lanes, for each lane: gates, cells, tanh of the cells, states, inputs, gradients."""
    hidden = batch * steps * units
    return 4 * hidden, hidden, hidden, hidden, batch * steps * features, 7 * units


def dense_memory(rows: int, features: int, units: int) -> tuple[int, ...]:
    """Sizes of the scratch memory of a dense layer with one lane: outputs, panels, gradients, columns, input gradient.

    `rows` is batch * steps.
    """
    depth, padded = dense_weights(features, units)
    rows, inputs = round_up(rows, TILE), round_up(features, PANEL)
    return rows * padded, features * padded, rows * padded, depth * rows, rows * inputs, inputs * units
