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

import math
import os
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.networks.backend import tf

# Arrays whose memory is used again: asking the system for 100 MB a training step costs more than computing on them.

SMALLEST = 1 << 20  # bytes from which it pays
LIMIT = 1 << 30  # bytes kept for later use
ALIGNMENT = 64  # bytes; so aligned, TensorFlow takes an array over without a copy
_spare: list[NDArray[np.uint8]] = []  # blocks not in use, the longest unused first
_lock = threading.RLock()  # a finalizer may run while its own thread holds it


def empty(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """An uninitialised array of `shape`; the memory of a large one is used again when its last view is gone."""
    size = 4 * math.prod(shape)
    if size < SMALLEST:
        return np.empty(shape, np.float32)
    block = _take(size + ALIGNMENT)
    start = -block.ctypes.data % ALIGNMENT
    # The base of all views of it, so that they keep it alive.
    flat: NDArray[np.float32] = np.frombuffer(block.data[start : start + size], np.float32)
    finalizer = weakref.finalize(flat, _give_back, block)
    finalizer.atexit = False  # type: ignore[misc]
    return flat.reshape(shape)


def _take(size: int) -> NDArray[np.uint8]:
    """A spare block of `size` bytes, or a new one."""
    with _lock:
        for number, block in enumerate(_spare):
            if len(block) == size:
                return _spare.pop(number)
    return np.empty(size, np.uint8)


def _give_back(block: NDArray[np.uint8]) -> None:
    with _lock:
        _spare.append(block)
        while sum(map(len, _spare)) > LIMIT:
            _spare.pop(0)


WORTH_THREADS = 10_000_000  # multiply-adds in one pass; fewer are done sooner than they are handed to another thread
MOST_SHARDS = 8
PANEL = 16  # columns that the compiled matrix product computes at a time
Floats32 = NDArray[np.float32]
_threads = ThreadPoolExecutor(os.cpu_count())


def lstm_forward(
    x: Floats32, kernel: Floats32, recurrent: Floats32, bias: Floats32
) -> tuple[Floats32, Floats32, Floats32, Floats32]:
    """Run x (B, T, F), kernel (F, 4 units), recurrent (units, 4 units), bias (4 units) -> hidden (B, T, units).

    And what `backward` needs: gates (S, T, N, 4U), cells (S, T+1, N, U), states (S, T+1, N, D).
    """
    from seqframe.networks.layers.kernel.lstm import forward_shard

    batch, steps, _ = x.shape
    weights = _stack(kernel, recurrent, bias)
    depth, width = weights.shape
    count, rows = _shards(batch)
    hidden = empty((batch, steps, recurrent.shape[0]))
    gates = empty((count, steps, rows, width))
    cells = empty((count, steps + 1, rows, width // 4))
    states = empty((count, steps + 1, rows, depth))
    panels = _panels(weights)

    def work(shard: int) -> None:
        mine = slice(shard * rows, (shard + 1) * rows)
        forward_shard(x[mine], panels, hidden[mine], gates[shard], cells[shard], states[shard])

    _each_shard(work, gates, depth)
    return hidden, gates, cells, states


def lstm_backward(
    d_hidden: Floats32,
    x: Floats32,
    kernel: Floats32,
    recurrent: Floats32,
    bias: Floats32,
    gates: Floats32,
    cells: Floats32,
    states: Floats32,
) -> tuple[Floats32, Floats32, Floats32, Floats32]:
    """Gradients dx, dkernel, drecurrent, dbias from d_hidden (B, T, units) and what `forward` took and gave."""
    from seqframe.networks.layers.kernel.lstm import backward_shard

    features, units, padded = kernel.shape[0], recurrent.shape[0], cells.shape[-1]
    weights = _stack(kernel, recurrent, bias)
    count, _, rows, _ = gates.shape
    panels = _panels_of_transposed(weights[: padded + features])
    dx = empty(x.shape)
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


def _each_shard(work: Callable[[int], None], gates: Floats32, depth: int) -> None:
    """Run work(s) for each shard s of gates (S, T, N, 4U), on several threads where that pays."""
    if gates.size * depth < WORTH_THREADS:
        for shard in range(len(gates)):
            work(shard)
    else:
        list(_threads.map(work, range(len(gates))))


def _stack(kernel: Floats32, recurrent: Floats32, bias: Floats32) -> Floats32:
    """W = [recurrent; kernel; bias], each gate padded to U units: (D, 4U)."""
    features, units = kernel.shape[0], recurrent.shape[0]
    padded = _up(units, 8)
    weights = np.zeros((_up(padded + features + 1, 4), 4, padded), np.float32)
    weights[:units, :, :units] = recurrent.reshape(units, 4, units)
    weights[padded : padded + features, :, :units] = kernel.reshape(features, 4, units)
    weights[padded + features, :, :units] = bias.reshape(4, units)
    return weights.reshape(len(weights), 4 * padded)


def _panels(b: Floats32) -> Floats32:
    """Lay b (K, N) out as `matmul` wants it: (N/16 * K, 16)."""
    return np.ascontiguousarray(b.reshape(len(b), -1, PANEL).swapaxes(0, 1)).reshape(-1, PANEL)


def _panels_of_transposed(b: Floats32) -> Floats32:
    """Lay b.T of b (N, K) out as `_panels` does, with zero columns up to the next multiple of 16."""
    padded = np.zeros((_up(len(b), PANEL), b.shape[1]), np.float32)
    padded[: len(b)] = b
    return np.ascontiguousarray(padded.reshape(-1, PANEL, b.shape[1]).swapaxes(1, 2)).reshape(-1, PANEL)


# The kernel as an operation in TensorFlow's graph, which calls back into Python; it has no second derivatives.


@cache
def numba_available() -> bool:
    """Whether Numba is there and fits the NumPy that is there."""
    try:
        import_module("numba")
    except ImportError:
        return False
    return True


@tf.custom_gradient  # type: ignore[untyped-decorator]
def lstm_kernel(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
    """Hidden states (B, T, units) of x (B, T, F), with weights (F, 4 units), (units, 4 units), (4 units)."""
    inputs = [x, kernel, recurrent, bias]
    hidden, *saved = tf.numpy_function(lstm_forward, inputs, [tf.float32] * 4, stateful=False)
    hidden.set_shape((x.shape[0], x.shape[1], recurrent.shape[0]))

    def gradient(d_hidden: Any) -> Any:
        gradients = tf.numpy_function(lstm_backward, [d_hidden, *inputs, *saved], [tf.float32] * 4, stateful=False)
        for value, of in zip(gradients, inputs, strict=True):
            value.set_shape(of.shape)
        return gradients

    return hidden, gradient
