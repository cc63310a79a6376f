"""Recurrent layers of one network, with rows and units in the vectors of the processor, compiled by Numba."""

# mypy: ignore-errors
import numpy as np

from seqframe.networks.compiled.table import (
    BACKWARDS,
    COLUMN,
    FEATURES,
    MASK,
    NEEDED,
    PARAMS,
    SEQUENCES,
    STEPS,
    TILE,
    UNITS,
    WIDTH,
    WORK,
)
from seqframe.networks.compiled.wide import pack_transposed, take, up
from seqframe.networks.kernel import PANEL
from seqframe.networks.kernel.machine_code import inner, inner_variant
from seqframe.networks.kernel.products import pack


@inner
def _memory(op, batch, work, sizes):
    """Gates, cells, states, inputs, hidden states, panels, gradients, transposed panels; see `recurrent_memory`."""
    columns, unit_tile, biases = sizes
    steps, features, units = op[STEPS], op[FEATURES], op[UNITS]
    padded, rows = up(units, unit_tile), up(batch, TILE)
    depth = up(padded + features + biases, TILE)
    width = columns * padded
    gates, place = take(work, op[WORK], (steps, rows, width))
    cells, place = take(work, place, (steps + 1, rows, padded))
    states, place = take(work, place, (steps + 1, rows, depth))
    x, place = take(work, place, (batch, steps, features))
    hidden, place = take(work, place, (batch, steps, units))
    panels, place = take(work, place, (depth * width // PANEL, PANEL))
    dx, place = take(work, place, (batch, steps, features))
    d_hidden, place = take(work, place, (batch, steps, units))
    transposed, place = take(work, place, (up(padded + features, PANEL) * width // PANEL, PANEL))
    return gates, cells, states, x, hidden, panels, dx, d_hidden, transposed


@inner
def _mask(op, batch, work):
    """The dropout mask (batch, features); other numbers without dropout."""
    start = max(op[MASK], 0)
    return work[start : start + batch * op[FEATURES]].reshape(batch, op[FEATURES])


@inner
def _write_outputs(op, hidden, outputs):
    batch, steps, units = hidden.shape
    for b in range(batch):
        for t in range(0 if op[SEQUENCES] else steps - 1, steps):
            row = _output_row(op, b, t)
            for u in range(units):
                outputs[row + u] = hidden[b, t, u]


@inner
def _read_gradients(op, d_outputs, d_hidden):
    batch, steps, units = d_hidden.shape
    if not op[SEQUENCES]:
        d_hidden[:] = 0.0
    for b in range(batch):
        for t in range(0 if op[SEQUENCES] else steps - 1, steps):
            row = _output_row(op, b, t)
            for u in range(units):
                d_hidden[b, t, u] = d_outputs[row + u]


@inner
def _output_row(op, b, t):
    """Place of the first output of step t of a sample, in the order in which the steps are read."""
    s = op[STEPS] - 1 - t if op[BACKWARDS] else t
    return (b * op[STEPS] + s if op[SEQUENCES] else b) * op[WIDTH] + op[COLUMN]


def make_forward_wide(cell, forward_rows):
    """The forward pass of a layer with a cell and its function of the kernel."""
    sizes = cell.columns, cell.tile, cell.biases

    @inner_variant(cell.name)
    def forward(op, batch, inputs, outputs, params, work, training):
        """Forward pass: inputs (batch * steps * features,) -> outputs (batch * steps or 1 * WIDTH,)."""
        steps, features = op[STEPS], op[FEATURES]
        gates, cells, states, x, hidden, panels, _, _, _ = _memory(op, batch, work, sizes)
        pack(params[op[PARAMS] : op[PARAMS] + panels.size].reshape(states.shape[2], gates.shape[2]), panels)
        source = inputs.reshape(batch, steps, features)
        mask = _mask(op, batch, work)
        dropped = training and op[MASK] >= 0
        for b in range(batch):
            for t in range(steps):
                s = steps - 1 - t if op[BACKWARDS] else t
                for f in range(features):
                    x[b, t, f] = source[b, s, f] * mask[b, f] if dropped else source[b, s, f]
        forward_rows(x, np.ones((batch, steps), np.bool_), np.arange(batch), panels, hidden, gates, cells, states)
        _write_outputs(op, hidden, outputs)

    return forward


def make_backward_wide(cell, backward_rows):
    """The backward pass of a layer with a cell and its function of the kernel."""
    sizes = cell.columns, cell.tile, cell.biases

    @inner_variant(cell.name)
    def backward(op, batch, d_inputs, d_outputs, params, d_params, work):
        """Backward pass: the gradients of the parameters, and of the inputs if they are needed."""
        steps, features = op[STEPS], op[FEATURES]
        gates, cells, states, _, _, panels, dx, d_hidden, transposed = _memory(op, batch, work, sizes)
        depth, width = states.shape[2], gates.shape[2]
        start = op[PARAMS]
        weights = params[start : start + panels.size].reshape(depth, width)
        pack_transposed(weights, cells.shape[2] + features, transposed)
        _read_gradients(op, d_outputs, d_hidden)
        dw = d_params[start : start + panels.size].reshape(depth, width)
        mask = np.ones((batch, steps), np.bool_)
        backward_rows(d_hidden, mask, np.arange(batch), transposed, gates, cells, states, dx, dw)
        if not op[NEEDED]:
            return
        to = d_inputs.reshape(batch, steps, features)
        dropout = _mask(op, batch, work)
        for b in range(batch):
            for t in range(steps):
                s = steps - 1 - t if op[BACKWARDS] else t
                for f in range(features):
                    value = dx[b, t, f] * dropout[b, f] if op[MASK] >= 0 else dx[b, t, f]
                    to[b, s, f] = value + to[b, s, f] if op[NEEDED] == 2 else value

    return backward
