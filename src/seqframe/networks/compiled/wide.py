"""LSTM and dense layers of one network, with rows and units in the vectors of the processor, compiled by Numba."""

# mypy: ignore-errors
import numpy as np

from seqframe.networks.compiled.table import (
    ACTIVATION,
    BACKWARDS,
    COLUMN,
    FEATURES,
    MASK,
    NEEDED,
    PARAMS,
    SEQUENCES,
    STEPS,
    TANH,
    TILE,
    TRAINED,
    UNITS,
    WIDTH,
    WORK,
)
from seqframe.networks.layers.kernel import PANEL
from seqframe.networks.layers.kernel.lstm import backward_rows, forward_rows, matmul, pack
from seqframe.networks.layers.kernel.machine_code import inner
from seqframe.networks.layers.kernel.vectors import load, store, tanh


@inner
def _up(number, multiple):
    return -(-number // multiple) * multiple


@inner
def _take(memory, start, shape):
    """An array of a shape at some place of the memory, and the place after it."""
    size = 1
    for each in shape:
        size *= each
    return memory[start : start + size].reshape(shape), start + size


@inner
def _lstm_memory(op, batch, work):
    steps, features, units = op[STEPS], op[FEATURES], op[UNITS]
    padded, rows = _up(units, 8), _up(batch, TILE)
    depth = _up(padded + features + 1, TILE)
    gates, place = _take(work, op[WORK], (steps, rows, 4 * padded))
    cells, place = _take(work, place, (steps + 1, rows, padded))
    states, place = _take(work, place, (steps + 1, rows, depth))
    x, place = _take(work, place, (batch, steps, features))
    hidden, place = _take(work, place, (batch, steps, units))
    panels, place = _take(work, place, (depth * 4 * padded // PANEL, PANEL))
    dx, place = _take(work, place, (batch, steps, features))
    d_hidden, place = _take(work, place, (batch, steps, units))
    transposed, place = _take(work, place, (_up(padded + features, PANEL) * 4 * padded // PANEL, PANEL))
    return gates, cells, states, x, hidden, panels, dx, d_hidden, transposed


@inner
def _mask(op, batch, work):
    """The dropout mask (batch, features); other numbers without dropout."""
    start = max(op[MASK], 0)
    return work[start : start + batch * op[FEATURES]].reshape(batch, op[FEATURES])


@inner
def lstm_forward_wide(op, batch, inputs, outputs, params, work, training):
    """Forward pass: inputs (batch * steps * features,) -> outputs (batch * steps or 1 * WIDTH,)."""
    steps, features = op[STEPS], op[FEATURES]
    gates, cells, states, x, hidden, panels, _, _, _ = _lstm_memory(op, batch, work)
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


@inner
def lstm_backward_wide(op, batch, d_inputs, d_outputs, params, d_params, work):
    """Backward pass: the gradients of the parameters, and of the inputs if they are needed."""
    steps, features = op[STEPS], op[FEATURES]
    gates, cells, states, _, _, panels, dx, d_hidden, transposed = _lstm_memory(op, batch, work)
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


@inner
def pack_transposed(weights, rows, panels):
    """The layout for `matmul` of weights[:rows].T (K, rows), with zero columns up to the next multiple of 16."""
    depth = weights.shape[1]
    for p in range(len(panels) // depth):
        for j in range(PANEL):
            row = p * PANEL + j
            for k in range(depth):
                panels[p * depth + k, j] = weights[row, k] if row < rows else np.float32(0.0)


@inner
def dense_forward_wide(op, batch, inputs, outputs, params, work):
    """Forward pass: inputs (rows rounded up to 4 * features,) -> outputs (batch * steps * units,)."""
    features, units, rows = op[FEATURES], op[UNITS], batch * op[STEPS]
    padded, tiled = _up(units, PANEL), _up(batch * op[STEPS], TILE)
    z, place = _take(work, op[WORK], (tiled, padded))
    panels, _ = _take(work, place, (features * padded // PANEL, PANEL))
    weights = params[op[PARAMS] : op[PARAMS] + (features + 1) * padded].reshape(features + 1, padded)
    pack(weights[:features], panels)
    matmul(z, inputs.reshape(tiled, features), panels, False)
    if op[ACTIVATION] == TANH:
        for row in range(rows):
            for n in range(0, padded, 8):
                store(z, row, n, tanh(load(z, row, n, 8) + load(weights, features, n, 8)))
    else:
        for row in range(rows):
            for n in range(0, padded, 8):
                store(z, row, n, load(z, row, n, 8) + load(weights, features, n, 8))
    out = outputs.reshape(rows, units)
    for row in range(rows):
        for n in range(units):
            out[row, n] = z[row, n]


@inner
def dense_backward_wide(op, batch, inputs, outputs, d_inputs, d_outputs, params, d_params, work):
    """Backward pass: the gradients of the parameters, and of the inputs if they are needed."""
    features, units, rows = op[FEATURES], op[UNITS], batch * op[STEPS]
    depth, padded, tiled = _up(features + 1, TILE), _up(units, PANEL), _up(rows, TILE)
    _, place = _take(work, op[WORK], (tiled, padded))
    _, place = _take(work, place, (features * padded // PANEL, PANEL))
    dz_panels, place = _take(work, place, (tiled * padded // PANEL, PANEL))
    columns, place = _take(work, place, (depth, tiled))
    dx, place = _take(work, place, (tiled, _up(features, PANEL)))
    transposed, _ = _take(work, place, (_up(features, PANEL) * units // PANEL, PANEL))
    dz = np.empty((tiled, units), np.float32)
    _scale_gradients(op, outputs.reshape(rows, units), d_outputs.reshape(rows, units), dz)
    start = op[PARAMS]
    if op[TRAINED]:
        x = inputs.reshape(tiled, features)
        for k in range(depth):
            for row in range(rows):
                columns[k, row] = x[row, k] if k < features else np.float32(k == features)
            columns[k, rows:] = 0.0
        for p in range(padded // PANEL):
            for row in range(tiled):
                for j in range(PANEL):
                    n = p * PANEL + j
                    dz_panels[p * tiled + row, j] = dz[row, n] if n < units else np.float32(0.0)
        matmul(d_params[start : start + depth * padded].reshape(depth, padded), columns, dz_panels, False)
    if op[NEEDED]:
        weights = params[start : start + depth * padded].reshape(depth, padded)
        pack_transposed(weights[:, :units], features, transposed)
        matmul(dx, dz, transposed, False)
        to = d_inputs.reshape(rows, features)
        for row in range(rows):
            for k in range(features):
                to[row, k] = dx[row, k]


@inner
def _scale_gradients(op, outputs, d_outputs, dz):
    """The gradients before the activation; rows beyond the batch are zero."""
    rows, units = outputs.shape
    for row in range(rows):
        for n in range(units):
            value = outputs[row, n]
            slope = np.float32(1.0) - value * value if op[ACTIVATION] == TANH else np.float32(1.0)
            dz[row, n] = d_outputs[row, n] * slope
    dz[rows:] = 0.0
