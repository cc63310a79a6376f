"""The forward and backward pass of a recurrent layer through all steps, for one shard of the batch, compiled by Numba.

A cell gives two functions: the forward and the backward pass of some units of one row. `layers/lstm_kernel.py` explains
the sizes.
"""

# mypy: ignore-errors
import numpy as np

from seqframe.networks.kernel import PANEL
from seqframe.networks.kernel.machine_code import WIDTH, inner, inner_variant
from seqframe.networks.kernel.products import matmul, pack

BLOCK_ROWS = 256  # rows (steps x batch rows) that are collected before they are added to the weight gradient


def _make_cell_forward(variant, units_forward):
    @inner_variant(variant)
    def cell_forward(z, c_before, c, h):
        """Turn z (N, gates * U) into the gates in place; c_before -> c (N, U); h is the first U columns of (N, D)."""
        units = c.shape[1]
        whole = units - units % WIDTH
        for r in range(len(c)):
            for u in range(0, whole, WIDTH):
                units_forward(z, c_before, c, h, r, u, WIDTH)
            for u in range(whole, units, 8):
                units_forward(z, c_before, c, h, r, u, 8)

    return cell_forward


def _make_cell_backward(variant, units_backward):
    @inner_variant(variant)
    def cell_backward(gates, c_before, c, dh, dc, dz):
        """From dh (N, U columns used) and dc (N, U): dz (N, gates * U); dc is updated to the step before."""
        units = c.shape[1]
        whole = units - units % WIDTH
        for r in range(len(c)):
            for u in range(0, whole, WIDTH):
                units_backward(gates, c_before, c, dh, dc, dz, r, u, WIDTH)
            for u in range(whole, units, 8):
                units_backward(gates, c_before, c, dh, dc, dz, r, u, 8)

    return cell_backward


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


def make_forward_rows(variant, units_forward, biases):
    """The forward pass with a function of a cell with 1 or 2 biases; the variant is part of its name."""
    cell_forward = _make_cell_forward(variant, units_forward)

    @inner_variant(variant)
    def forward_rows(x, mask, rows, panels, hidden, gates, cells, states):
        """Forward pass of some rows (n <= N) of x (B, T, F), with a mask (B, T) -> the same rows of hidden (B, T, U).

        Fills gates (T, N, gates * U), cells (T+1, N, U) and states (T+1, N, D), each up to the last valid step.
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
            states[k, :, units + features : units + features + biases] = 1.0
            matmul(gates[k, :tiled], states[k, :tiled], panels, False)
            states[k + 1, :, units:] = 0.0
            cell_forward(gates[k], cells[k], cells[k + 1, :tiled], states[k + 1])
            for r in range(active):
                row = rows[r]
                for t in range(times[r, k], times[r, k + 1]):
                    for u in range(hidden.shape[2]):
                        hidden[row, t, u] = states[k + 1, r, u]

    return forward_rows


def make_backward_rows(variant, units_backward):
    """The backward pass with a function of a cell; the variant is part of its name."""
    cell_backward = _make_cell_backward(variant, units_backward)

    @inner_variant(variant)
    def backward_rows(d_hidden, mask, rows, panels, gates, cells, states, dx, dw):
        """Backward pass of some rows (n) of d_hidden (B, T, U) -> the same rows of dx (B, T, F), and dw.

        dw is (D, gates * U). Panels hold W.T; gates, cells and states come from the forward pass.
        """
        features = dx.shape[2]
        capacity, units = cells.shape[1:]
        width = gates.shape[2]
        lengths, times = _valid_steps(mask, rows)
        block = max(1, BLOCK_ROWS // capacity)  # steps whose dz is collected for one product with the states
        ds = np.zeros((capacity, panels.size // width), np.float32)
        dc = np.zeros((capacity, units), np.float32)
        dz = np.empty((block * capacity, width), np.float32)
        dz_panels = np.empty((dz.size // PANEL, PANEL), np.float32)
        first = len(dz)  # dz is filled from its end, so that its rows are in the order of the steps
        dw[:] = 0.0
        for r in range(rows.size):
            dx[rows[r], : times[r, 0]] = 0.0
        for k in range((lengths.max() if rows.size else 0) - 1, -1, -1):
            active, tiled = _rows_with_step(lengths, k)
            _add_gradients(d_hidden, rows[:active], times, k, ds)
            first -= tiled
            step = dz[first : first + tiled]
            cell_backward(gates[k], cells[k], cells[k + 1, :tiled], ds, dc, step)
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

    return backward_rows


@inner
def _add_gradients(d_hidden, rows, times, k, ds):
    """Add the gradients of the outputs from step k up to the next one to ds."""
    for r in range(rows.size):
        for t in range(times[r, k], times[r, k + 1]):
            for u in range(d_hidden.shape[2]):
                ds[r, u] += d_hidden[rows[r], t, u]


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
