"""The LSTM's forward and backward pass through all steps for one shard of the batch, compiled by Numba.

Sizes are those of `passes.py`.
"""

# mypy: ignore-errors
import numpy as np
from numba import njit

from seqframe.layers.kernel.simd import load, store
from seqframe.layers.kernel.vector_math import PANEL, matmul, pack, sigmoid, tanh

# SHA-256 of simd.py and vector_math.py. Numba keeps machine code until the file of the compiled function changes, which
# is this one; the code is made of those two as well, so that whoever changes them must change this line. A test tells.
SOURCES = "7754ddd28d24d7a0af3596f94c2de4fae2300895cdd3e84649269c6c74459126"
BLOCK_ROWS = 256  # rows (steps x batch rows) gathered before they are added to the weight gradient
_inner = njit(error_model="numpy")  # for functions that only compiled ones call


def _compiled(function):
    """Compile, to run without Python's global lock; the machine code is kept on disk if a folder can be written."""
    try:
        return njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:  # no such folder: compile anew in each process
        return njit(nogil=True, error_model="numpy")(function)


@_inner
def _cell_forward(z, c_before, c, h):
    """Turn z (N, 4U) into the gates in place; c_before (N, U) -> c (N, U); h is the first U columns of (N, D)."""
    units = c.shape[1]
    for r in range(c.shape[0]):
        for u in range(0, units, 8):
            i = sigmoid(load(z, r, u))
            f = sigmoid(load(z, r, units + u))
            g = tanh(load(z, r, 2 * units + u))
            o = sigmoid(load(z, r, 3 * units + u))
            cell = f * load(c_before, r, u) + i * g
            store(z, r, u, i)
            store(z, r, units + u, f)
            store(z, r, 2 * units + u, g)
            store(z, r, 3 * units + u, o)
            store(c, r, u, cell)
            store(h, r, u, o * tanh(cell))


@_inner
def _cell_backward(gates, c_before, c, dh, dc, dz):
    """From dh (N, U columns used) and dc (N, U): dz (N, 4U), and dc becomes that of the step before."""
    units = c.shape[1]
    for r in range(c.shape[0]):
        for u in range(0, units, 8):
            i = load(gates, r, u)
            f = load(gates, r, units + u)
            g = load(gates, r, 2 * units + u)
            o = load(gates, r, 3 * units + u)
            tanh_c = tanh(load(c, r, u))
            d_hidden = load(dh, r, u)
            d_cell = load(dc, r, u) + d_hidden * o * (1.0 - tanh_c * tanh_c)
            store(dz, r, u, d_cell * g * i * (1.0 - i))
            store(dz, r, units + u, d_cell * load(c_before, r, u) * f * (1.0 - f))
            store(dz, r, 2 * units + u, d_cell * i * (1.0 - g * g))
            store(dz, r, 3 * units + u, d_hidden * tanh_c * o * (1.0 - o))
            store(dc, r, u, d_cell * f)


@_compiled
def forward_shard(x, panels, hidden, gates, cells, states):
    """Run x (n, T, F), n <= N real rows -> hidden (n, T, units).

    Fills gates (T, N, 4U), cells (T+1, N, U) and states (T+1, N, D).
    """
    rows, steps, features = x.shape
    units = cells.shape[2]
    cells[0] = 0.0
    states[0] = 0.0
    for t in range(steps):
        for r in range(rows):
            for f in range(features):
                states[t, r, units + f] = x[r, t, f]
        states[t, :, units + features] = 1.0
        matmul(gates[t], states[t], panels, False)
        states[t + 1, :, units:] = 0.0
        _cell_forward(gates[t], cells[t], cells[t + 1], states[t + 1])
        for r in range(rows):
            for u in range(hidden.shape[2]):
                hidden[r, t, u] = states[t + 1, r, u]


@_compiled
def backward_shard(d_hidden, panels, gates, cells, states, dx, dw):
    """Run back: d_hidden (n, T, units) -> dx (n, T, F), dw (D, 4U).

    Panels hold W.T; gates, cells and states are as the forward pass filled them.
    """
    real, steps, features = dx.shape
    rows, units = cells.shape[1:]
    depth = states.shape[2]
    block = max(1, BLOCK_ROWS // rows)  # steps whose dz is gathered for one product with the states
    ds = np.zeros((rows, panels.size // (4 * units)), np.float32)
    dc = np.zeros((rows, units), np.float32)
    dz = np.empty((block, rows, 4 * units), np.float32)
    dz_panels = np.empty((block * rows * 4 * units // PANEL, PANEL), np.float32)
    dw[:] = 0.0
    for t in range(steps - 1, -1, -1):
        for r in range(real):
            for u in range(d_hidden.shape[2]):
                ds[r, u] += d_hidden[r, t, u]
        k = t % block
        _cell_backward(gates[t], cells[t], cells[t + 1], ds, dc, dz[k])
        matmul(ds, dz[k], panels, False)
        for r in range(real):
            for f in range(features):
                dx[r, t, f] = ds[r, units + f]
        if k == 0:
            count = min(block, steps - t) * rows
            pack(dz.reshape(block * rows, 4 * units)[:count], dz_panels)
            matmul(dw, np.ascontiguousarray(states[t : t + block].reshape(-1, depth)[:count].T), dz_panels, True)
