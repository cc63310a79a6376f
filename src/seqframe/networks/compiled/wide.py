"""Dense layers of one network, with rows and units in the vectors of the processor, compiled by Numba."""

# mypy: ignore-errors
import numpy as np

from seqframe.networks.compiled.table import (
    ACTIVATION,
    FEATURES,
    NEEDED,
    PARAMS,
    STEPS,
    TANH,
    TILE,
    TRAINED,
    UNITS,
    WORK,
    round_up,
)
from seqframe.networks.kernel import PANEL
from seqframe.networks.kernel.machine_code import inner
from seqframe.networks.kernel.products import matmul, pack
from seqframe.networks.kernel.vectors import load, store, tanh

up = inner(round_up)


@inner
def take(memory, start, shape):
    """An array of a shape at some place of the memory, and the place after it."""
    size = 1
    for each in shape:
        size *= each
    return memory[start : start + size].reshape(shape), start + size


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
    padded, tiled = up(units, PANEL), up(batch * op[STEPS], TILE)
    z, place = take(work, op[WORK], (tiled, padded))
    panels, _ = take(work, place, (features * padded // PANEL, PANEL))
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
    depth, padded, tiled = up(features + 1, TILE), up(units, PANEL), up(rows, TILE)
    _, place = take(work, op[WORK], (tiled, padded))
    _, place = take(work, place, (features * padded // PANEL, PANEL))
    dz_panels, place = take(work, place, (tiled * padded // PANEL, PANEL))
    columns, place = take(work, place, (depth, tiled))
    dx, place = take(work, place, (tiled, up(features, PANEL)))
    transposed, _ = take(work, place, (up(features, PANEL) * units // PANEL, PANEL))
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
