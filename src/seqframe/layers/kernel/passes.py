"""A training LSTM for the processor in float32: `forward` and `backward` on NumPy arrays.

The numbers are those of keras.layers.LSTM: gates i, f, g (Keras' c) and o; tanh and sigmoid; a zero initial state.

With s[t] = [h[t-1], x[t], 1] for one row of the batch and W = [recurrent kernel; kernel; bias],
    forward:   z[t] = s[t] @ W; the gates, the cell and the hidden state follow element by element;
    backward:  dz[t] element by element; ds[t] = dz[t] @ W.T holds dh[t-1] and dx[t]; dW = sum over t of s[t].T @ dz[t].
One matrix product carries all of it. The batch is cut into shards, each of which runs through all steps on one thread.
Their number depends on the batch alone, so that the number of threads changes no bit.

Sizes: B batch, T steps, F features, U units rounded up to 8 (the added ones stay at zero), D = U + F + 1 rounded up to
4 (rows of W, width of s), S shards of N rows each (rows beyond the batch are zero).
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from seqframe.layers.kernel import buffers
from seqframe.layers.kernel.shard import backward_shard, forward_shard
from seqframe.layers.kernel.vector_math import PANEL

WORTH_THREADS = 10_000_000  # multiply-adds in one pass; fewer are done sooner than they are handed to another thread
MOST_SHARDS = 8
Floats = NDArray[np.float32]
_threads = ThreadPoolExecutor(os.cpu_count())


def forward(x: Floats, kernel: Floats, recurrent: Floats, bias: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Run x (B, T, F), kernel (F, 4 units), recurrent (units, 4 units), bias (4 units) -> hidden (B, T, units).

    And what `backward` needs: gates (S, T, N, 4U), cells (S, T+1, N, U), states (S, T+1, N, D).
    """
    batch, steps, _ = x.shape
    weights = _stack(kernel, recurrent, bias)
    depth, width = weights.shape
    count, rows = _shards(batch)
    hidden = buffers.empty((batch, steps, recurrent.shape[0]))
    gates = buffers.empty((count, steps, rows, width))
    cells = buffers.empty((count, steps + 1, rows, width // 4))
    states = buffers.empty((count, steps + 1, rows, depth))
    panels = _panels(weights)

    def work(shard: int) -> None:
        mine = slice(shard * rows, (shard + 1) * rows)
        forward_shard(x[mine], panels, hidden[mine], gates[shard], cells[shard], states[shard])

    _each_shard(work, gates, depth)
    return hidden, gates, cells, states


def backward(
    d_hidden: Floats,
    x: Floats,
    kernel: Floats,
    recurrent: Floats,
    bias: Floats,
    gates: Floats,
    cells: Floats,
    states: Floats,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Gradients dx, dkernel, drecurrent, dbias from d_hidden (B, T, units) and what `forward` took and gave."""
    features, units, padded = kernel.shape[0], recurrent.shape[0], cells.shape[-1]
    weights = _stack(kernel, recurrent, bias)
    count, _, rows, _ = gates.shape
    panels = _panels_of_transposed(weights[: padded + features])
    dx = buffers.empty(x.shape)
    dw = np.empty((count, *weights.shape), np.float32)

    def work(shard: int) -> None:
        mine = slice(shard * rows, (shard + 1) * rows)
        backward_shard(d_hidden[mine], panels, gates[shard], cells[shard], states[shard], dx[mine], dw[shard])

    _each_shard(work, gates, len(weights))
    total = dw.sum(0).reshape(-1, 4, padded)[:, :, :units]
    total = np.ascontiguousarray(total).reshape(-1, 4 * units)
    return dx, total[padded : padded + features], total[:units], total[padded + features]


def _up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple


def _shards(batch: int) -> tuple[int, int]:
    """How many shards, and how many rows in each, from the batch alone: about 16 rows."""
    count = 1 if batch < 8 else min(max(2, _up(batch, 16) // 16), MOST_SHARDS)
    return count, max(4, _up(_up(batch, count) // count, 4))


def _each_shard(work: Callable[[int], None], gates: Floats, depth: int) -> None:
    """Run work(s) for each shard s of gates (S, T, N, 4U), on several threads where that pays."""
    if gates.size * depth < WORTH_THREADS:
        for shard in range(len(gates)):
            work(shard)
    else:
        list(_threads.map(work, range(len(gates))))


def _stack(kernel: Floats, recurrent: Floats, bias: Floats) -> Floats:
    """W = [recurrent; kernel; bias], each gate padded to U units: (D, 4U)."""
    features, units = kernel.shape[0], recurrent.shape[0]
    padded = _up(units, 8)
    weights = np.zeros((_up(padded + features + 1, 4), 4, padded), np.float32)
    weights[:units, :, :units] = recurrent.reshape(units, 4, units)
    weights[padded : padded + features, :, :units] = kernel.reshape(features, 4, units)
    weights[padded + features, :, :units] = bias.reshape(4, units)
    return weights.reshape(len(weights), 4 * padded)


def _panels(b: Floats) -> Floats:
    """Lay b (K, N) out as `matmul` wants it: (N/16 * K, 16)."""
    return np.ascontiguousarray(b.reshape(len(b), -1, PANEL).swapaxes(0, 1)).reshape(-1, PANEL)


def _panels_of_transposed(b: Floats) -> Floats:
    """Lay b.T of b (N, K) out as `_panels` does, with zero columns up to the next multiple of 16."""
    padded = np.zeros((_up(len(b), PANEL), b.shape[1]), np.float32)
    padded[: len(b)] = b
    return np.ascontiguousarray(padded.reshape(-1, PANEL, b.shape[1]).swapaxes(1, 2)).reshape(-1, PANEL)
