"""The forward and backward pass of an LSTM through all steps, for one shard of the batch, compiled by Numba.

The file is in two parts: the matrix product, and the LSTM itself. `ops.py` explains the sizes.
"""

# mypy: ignore-errors
from pathlib import Path

import numpy as np

from seqframe.networks.layers.kernel import PANEL
from seqframe.networks.layers.kernel.machine_code import WIDTH, compiled, hash_sources, inner
from seqframe.networks.layers.kernel.vectors import load, multiply_tile, sigmoid, store, tanh

BLOCK_ROWS = 256  # rows (steps x batch rows) that are collected before they are added to the weight gradient
TILE_ROWS, TILE_PANELS = (8, 2) if WIDTH == 16 else (4, 1)  # all sums and factors fit into registers

# The matrix product.


@inner
def matmul(out, a, panels, add):
    """Compute out (M, N) = a (M, K) @ b (K, N), or += if the literal `add`; M % 4 == N % 16 == 0.

    b is given as panels (N/16 * K, 16), see `pack`.
    """
    count = out.shape[1] // PANEL
    for p in range(0, count - TILE_PANELS + 1, TILE_PANELS):
        _multiply_panels(out, a, panels, p, TILE_PANELS, add)
    for p in range(count - count % TILE_PANELS, count):
        _multiply_panels(out, a, panels, p, 1, add)


@inner
def _multiply_panels(out, a, panels, p, count, add):
    rows = len(a)
    for m in range(0, rows - TILE_ROWS + 1, TILE_ROWS):
        multiply_tile(out, a, panels, m, p, TILE_ROWS, count, WIDTH, add)
    for m in range(rows - rows % TILE_ROWS, rows, 4):
        multiply_tile(out, a, panels, m, p, 4, count, WIDTH, add)


@inner
def pack(b, panels):
    """Copy b (K, N) to panels (N/16 * K, 16): the K rows of columns 0...15, then of columns 16...31, and so on."""
    depth = b.shape[0]
    for p in range(b.shape[1] // PANEL):
        for k in range(depth):
            for j in range(PANEL):
                panels[p * depth + k, j] = b[k, p * PANEL + j]


# The LSTM.


@inner
def _cell_forward(z, c_before, c, h):
    """Turn z (N, 4U) into the gates in place; c_before (N, U) -> c (N, U); h is the first U columns of (N, D)."""
    units = c.shape[1]
    whole = units - units % WIDTH
    for r in range(len(c)):
        for u in range(0, whole, WIDTH):
            _units_forward(z, c_before, c, h, r, u, WIDTH)
        for u in range(whole, units, 8):
            _units_forward(z, c_before, c, h, r, u, 8)


@inner
def _units_forward(z, c_before, c, h, r, u, lanes):
    units = c.shape[1]
    i = sigmoid(load(z, r, u, lanes))
    f = sigmoid(load(z, r, units + u, lanes))
    g = tanh(load(z, r, 2 * units + u, lanes))
    o = sigmoid(load(z, r, 3 * units + u, lanes))
    cell = f * load(c_before, r, u, lanes) + i * g
    store(z, r, u, i)
    store(z, r, units + u, f)
    store(z, r, 2 * units + u, g)
    store(z, r, 3 * units + u, o)
    store(c, r, u, cell)
    store(h, r, u, o * tanh(cell))


@inner
def _cell_backward(gates, c_before, c, dh, dc, dz):
    """From dh (N, U columns used) and dc (N, U): dz (N, 4U); dc is updated to the step before."""
    units = c.shape[1]
    whole = units - units % WIDTH
    for r in range(len(c)):
        for u in range(0, whole, WIDTH):
            _units_backward(gates, c_before, c, dh, dc, dz, r, u, WIDTH)
        for u in range(whole, units, 8):
            _units_backward(gates, c_before, c, dh, dc, dz, r, u, 8)


@inner
def _units_backward(gates, c_before, c, dh, dc, dz, r, u, lanes):
    units = c.shape[1]
    i = load(gates, r, u, lanes)
    f = load(gates, r, units + u, lanes)
    g = load(gates, r, 2 * units + u, lanes)
    o = load(gates, r, 3 * units + u, lanes)
    tanh_c = tanh(load(c, r, u, lanes))
    d_hidden = load(dh, r, u, lanes)
    d_cell = load(dc, r, u, lanes) + d_hidden * o * (1.0 - tanh_c * tanh_c)
    store(dz, r, u, d_cell * g * i * (1.0 - i))
    store(dz, r, units + u, d_cell * load(c_before, r, u, lanes) * f * (1.0 - f))
    store(dz, r, 2 * units + u, d_cell * i * (1.0 - g * g))
    store(dz, r, 3 * units + u, d_hidden * tanh_c * o * (1.0 - o))
    store(dc, r, u, d_cell * f)


# A masked step changes neither the cell nor the output: a row is computed as if it had only its valid steps. Step k of
# a shard is the k-th valid step of each of its rows. The rows with the most valid steps come first, so that the rows
# with a step k are the first ones; beyond them, only rows that complete a tile of the matrix product are computed.


@inner
def _valid_steps(mask, rows):
    """For each of the rows (n) of a mask (B, T): the number of valid steps (n), and their times, then T (n, T+1)."""
    steps = mask.shape[1]
    lengths = np.zeros(rows.size, np.intp)
    times = np.full((rows.size, steps + 1), steps, np.int32)
    for r in range(rows.size):
        for t in range(steps):
            if mask[rows[r], t]:
                times[r, lengths[r]] = t
                lengths[r] += 1
    return lengths, times


@inner
def _rows_with_step(lengths, k):
    """The number of rows with more than k valid steps, and the same rounded up to whole tiles of 4 rows."""
    active = 0
    while active < lengths.size and lengths[active] > k:
        active += 1
    return active, -(-active // 4) * 4


@inner
def forward_rows(x, mask, rows, panels, hidden, gates, cells, states):
    """Forward pass of some rows (n <= N) of x (B, T, F), with a mask (B, T) -> the same rows of hidden (B, T, units).

    Fills gates (T, N, 4U), cells (T+1, N, U) and states (T+1, N, D), each up to the last valid step.
    """
    features, units = x.shape[2], cells.shape[2]
    lengths, times = _valid_steps(mask, rows)
    cells[0] = 0.0
    states[0] = 0.0
    for r in range(rows.size):
        hidden[rows[r], : times[r, 0]] = 0.0
    for k in range(lengths.max() if rows.size else 0):
        active, tiled = _rows_with_step(lengths, k)
        for r in range(active):
            row, t = rows[r], times[r, k]
            for f in range(features):
                states[k, r, units + f] = x[row, t, f]
        states[k, :, units + features] = 1.0
        matmul(gates[k, :tiled], states[k, :tiled], panels, False)
        states[k + 1, :, units:] = 0.0
        _cell_forward(gates[k], cells[k], cells[k + 1, :tiled], states[k + 1])
        for r in range(active):
            row = rows[r]
            for t in range(times[r, k], times[r, k + 1]):
                for u in range(hidden.shape[2]):
                    hidden[row, t, u] = states[k + 1, r, u]


@inner
def backward_rows(d_hidden, mask, rows, panels, gates, cells, states, dx, dw):
    """Backward pass of some rows (n) of d_hidden (B, T, units) -> the same rows of dx (B, T, F), and dw (D, 4U).

    Panels hold W.T; gates, cells and states come from the forward pass.
    """
    features = dx.shape[2]
    capacity, units = cells.shape[1:]
    lengths, times = _valid_steps(mask, rows)
    block = max(1, BLOCK_ROWS // capacity)  # steps whose dz is collected for one product with the states
    ds = np.zeros((capacity, panels.size // (4 * units)), np.float32)
    dc = np.zeros((capacity, units), np.float32)
    dz = np.empty((block * capacity, 4 * units), np.float32)
    dz_panels = np.empty((dz.size // PANEL, PANEL), np.float32)
    first = len(dz)  # dz is filled from its end, so that its rows are in the order of the steps
    dw[:] = 0.0
    for r in range(rows.size):
        dx[rows[r], : times[r, 0]] = 0.0
    for k in range((lengths.max() if rows.size else 0) - 1, -1, -1):
        active, tiled = _rows_with_step(lengths, k)
        for r in range(active):
            row = rows[r]
            for t in range(times[r, k], times[r, k + 1]):
                for u in range(d_hidden.shape[2]):
                    ds[r, u] += d_hidden[row, t, u]
        first -= tiled
        step = dz[first : first + tiled]
        _cell_backward(gates[k], cells[k], cells[k + 1, :tiled], ds, dc, step)
        matmul(ds[:tiled], step, panels, False)
        for r in range(active):
            row, t = rows[r], times[r, k]
            for f in range(features):
                dx[row, t, f] = ds[r, units + f]
            dx[row, t + 1 : times[r, k + 1]] = 0.0
        if k % block == 0:
            pack(dz[first:], dz_panels)
            matmul(dw, _transposed(states, lengths, k, len(dz) - first), dz_panels, True)
            first = len(dz)


@inner
def _transposed(states, lengths, start, count):
    """The states (T, N, D) of `count` rows that have steps from `start` on, step by step, as columns: (D, count)."""
    columns = np.empty((states.shape[2], count), np.float32)
    k, done = start, 0
    while done < count:
        tiled = _rows_with_step(lengths, k)[1]
        for d in range(states.shape[2]):
            for r in range(tiled):
                columns[d, done + r] = states[k, r, d]
        k, done = k + 1, done + tiled
    return columns


def _compile(sources):
    """The passes as functions for Python, which Numba's cache stores for a version of the sources."""

    def forward(x, mask, rows, panels, hidden, gates, cells, states):
        if sources >= 0:
            forward_rows(x, mask, rows, panels, hidden, gates, cells, states)

    def backward(d_hidden, mask, rows, panels, gates, cells, states, dx, dw):
        if sources >= 0:
            backward_rows(d_hidden, mask, rows, panels, gates, cells, states, dx, dw)

    return compiled(forward), compiled(backward)


forward_shard, backward_shard = _compile(hash_sources(Path(__file__).parent.glob("*.py")))
