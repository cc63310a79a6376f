"""An LSTM for training on the CPU in float32: the forward and backward pass on NumPy arrays, and as a TensorFlow op.

The results agree with keras.layers.LSTM: gates i, f, g (Keras' c) and o; tanh and sigmoid; a zero initial state.

With s[t] = [h[t-1], x[t], 1] for one row of the batch and W = [recurrent kernel; kernel; bias],
    forward:   z[t] = s[t] @ W; the gates, the cell and the hidden state follow element by element;
    backward:  dz[t] element by element; ds[t] = dz[t] @ W.T holds dh[t-1] and dx[t]; dW = sum over t of s[t].T @ dz[t].
One matrix product per step is enough. The batch is split into shards, and each shard runs through all steps on one
thread. Their number depends on the batch only, so the number of threads does not change a bit of the result.

A masked step carries the cell and the output over, as in Keras, and costs nothing: the kernel runs through the valid
steps of each row. If rows have different numbers of valid steps, they are dealt to the shards by that number.

`recurrence.py` has the passes through all steps, with the functions of a cell; GRU and SimpleRNN are used by
`seqframe.networks.compiled` only.

Sizes: B batch, T steps, F features, U units rounded up to 8 (the added ones stay zero), D = U + F + 1 rounded up to
4 (rows of W, width of s), S shards of N rows each (rows beyond the batch are zero).
"""

import math
import os
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.networks.backend import tf
from seqframe.networks.kernel import PANEL
from seqframe.networks.threads import kernel_threads

Floats32 = NDArray[np.float32]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]

MIN_THREADED_OPS = 10_000_000  # multiply-adds of one pass; with fewer, threads cost more than they save
MAX_SHARDS = 8
_threads = ThreadPoolExecutor(kernel_threads() or os.cpu_count())

MIN_POOLED_BYTES = 1 << 20  # size from which the memory of an array is reused
MAX_POOL_BYTES = 1 << 30
ALIGNMENT = 64  # bytes; TensorFlow uses an array without a copy if it is aligned
_pool: list[NDArray[np.uint8]] = []  # free blocks, the oldest first
_lock = threading.RLock()  # a finalizer may run while its own thread holds the lock


@cache
def numba_available() -> bool:
    """Whether Numba is installed, and supports the installed NumPy."""
    try:
        import_module("numba")
    except ImportError:
        return False
    return True


def lstm_kernel(x: Any, kernel: Any, recurrent: Any, bias: Any, mask: Any = None, saves: bool = True) -> Any:
    """Hidden states (B, T, units) of x (B, T, F), with weights (F, 4 units), (units, 4 units), (4 units).

    The mask (B, T) is True at valid steps. The op calls back into Python, and has no second derivatives. Without
    `saves`, the forward pass saves nothing for the backward pass, which repeats it.
    """
    masks = [] if mask is None else [mask]

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(*inputs: Any) -> Any:
        def forward() -> Any:
            return tf.numpy_function(lstm_forward, [*inputs, *masks], [tf.float32] * 4, stateful=False)

        if saves:
            hidden, *saved = forward()
        else:
            hidden, saved = tf.numpy_function(lstm_hidden, [*inputs, *masks], tf.float32, stateful=False), []
        hidden.set_shape((x.shape[0], x.shape[1], recurrent.shape[0]))

        def gradient(d_hidden: Any) -> Any:
            values = [d_hidden, *inputs, *(saved or forward()[1:]), *masks]
            gradients = tf.numpy_function(lstm_backward, values, [tf.float32] * 4, stateful=False)
            for value, source in zip(gradients, inputs, strict=True):
                value.set_shape(source.shape)
            return gradients

        return hidden, gradient

    return run(x, kernel, recurrent, bias)


def lstm_forward(
    x: Floats32, kernel: Floats32, recurrent: Floats32, bias: Floats32, mask: Mask | None = None
) -> tuple[Floats32, Floats32, Floats32, Floats32]:
    """Forward pass: x (B, T, F), kernel (F, 4 units), recurrent (units, 4 units), bias (4 units), mask (B, T).

    Returns hidden (B, T, units), and what the backward pass needs: gates (S, T, N, 4U), cells (S, T+1, N, U) and states
    (S, T+1, N, D).
    """
    weights, (shards, _) = _stack(kernel, recurrent, bias), _shards(len(x))
    gates, cells, states = (empty((shards, *shape)) for shape in _saved_shapes(x, weights))
    hidden = _forward(x, weights, len(recurrent), mask, lambda shard: (gates[shard], cells[shard], states[shard]))
    return hidden, gates, cells, states


def lstm_hidden(
    x: Floats32, kernel: Floats32, recurrent: Floats32, bias: Floats32, mask: Mask | None = None
) -> Floats32:
    """The hidden states of `lstm_forward` alone, with memory for the gates, cells and states of few shards."""
    weights = _stack(kernel, recurrent, bias)
    shapes = _saved_shapes(x, weights)
    return _forward(x, weights, len(recurrent), mask, lambda _: tuple(map(empty, shapes)))


def _saved_shapes(x: Floats32, weights: Floats32) -> tuple[tuple[int, ...], ...]:
    """Shapes of the gates, cells and states of one shard."""
    steps, (depth, width), (_, rows) = x.shape[1], weights.shape, _shards(len(x))
    return (steps, rows, width), (steps + 1, rows, width // 4), (steps + 1, rows, depth)


def _forward(
    x: Floats32, weights: Floats32, units: int, mask: Mask | None, memory: Callable[[int], tuple[Floats32, ...]]
) -> Floats32:
    """Hidden states (B, T, units); `memory` gives the gates, cells and states that a shard writes."""
    from seqframe.networks.kernel.lstm import forward_shard

    (batch, steps, _), panels = x.shape, _panels(weights)
    hidden, (shards, rows) = empty((batch, steps, units)), _shards(batch)
    mask, numbers = _deal_rows(batch, steps, mask)

    def work(shard: int) -> None:
        forward_shard(x, mask, numbers[shard], panels, hidden, *memory(shard))

    _each_shard(work, shards, shards * steps * rows * weights.size)
    return hidden


def lstm_backward(
    d_hidden: Floats32,
    x: Floats32,
    kernel: Floats32,
    recurrent: Floats32,
    bias: Floats32,
    gates: Floats32,
    cells: Floats32,
    states: Floats32,
    mask: Mask | None = None,
) -> tuple[Floats32, Floats32, Floats32, Floats32]:
    """Backward pass: dx, dkernel, drecurrent and dbias from d_hidden (B, T, units) and the forward pass."""
    from seqframe.networks.kernel.lstm import backward_shard

    features, units, padded = kernel.shape[0], recurrent.shape[0], cells.shape[-1]
    weights = _stack(kernel, recurrent, bias)
    panels = _panels_transposed(weights[: padded + features])
    dx = empty(x.shape)
    dw = np.empty((len(gates), *weights.shape), np.float32)
    mask, rows = _deal_rows(x.shape[0], x.shape[1], mask)

    def work(shard: int) -> None:
        saved = gates[shard], cells[shard], states[shard]
        backward_shard(d_hidden, mask, rows[shard], panels, *saved, dx, dw[shard])

    _each_shard(work, len(gates), gates.size * len(weights))
    total = dw.sum(0).reshape(-1, 4, padded)[:, :, :units]
    total = np.ascontiguousarray(total).reshape(-1, 4 * units)
    return dx, total[padded : padded + features], total[:units], total[padded + features]


def _round_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple


def _shards(batch: int) -> tuple[int, int]:
    """The number of shards and the rows of each, about 16; they depend on the batch only."""
    count = 1 if batch < 8 else min(max(2, _round_up(batch, 16) // 16), MAX_SHARDS)
    return count, max(4, _round_up(_round_up(batch, count) // count, 4))


def _deal_rows(batch: int, steps: int, mask: Mask | None) -> tuple[Mask, list[Rows]]:
    """The mask (B, T), all True by default, and the rows of every shard, those with the most valid steps first.

    Equal numbers of valid steps leave the rows in their order. Otherwise the rows are sorted, and tiles of 4 rows with
    nearly the same number are dealt to the shards, back and forth: all shards take about the same time.
    """
    if mask is None:
        return _unmasked(batch, steps)
    lengths = np.count_nonzero(mask, axis=1)
    if lengths.size == 0 or lengths.min() == lengths.max():
        return mask, _unmasked(batch, steps)[1]
    order = np.argsort(-lengths, kind="stable")
    count, _ = _shards(batch)
    shards: list[list[Rows]] = [[order[:0]] for _ in range(count)]
    there_and_back = [*shards, *reversed(shards)]
    for number in range(0, _round_up(batch, 4) // 4):
        there_and_back[number % len(there_and_back)].append(order[4 * number : 4 * number + 4])
    return mask, [np.concatenate(tiles) for tiles in shards]


@lru_cache(maxsize=64)
def _unmasked(batch: int, steps: int) -> tuple[Mask, list[Rows]]:
    """A mask (B, T) that is all True, and the rows of every shard in their order."""
    count, rows = _shards(batch)
    numbers = np.arange(batch, dtype=np.intp)
    return np.ones((batch, steps), np.bool_), [numbers[s * rows : (s + 1) * rows] for s in range(count)]


def _each_shard(work: Callable[[int], None], shards: int, operations: int) -> None:
    """Run work(s) for each shard s, on several threads if there are enough multiply-adds."""
    if operations < MIN_THREADED_OPS:
        for shard in range(shards):
            work(shard)
    else:
        list(_threads.map(work, range(shards)))


def _stack(kernel: Floats32, recurrent: Floats32, bias: Floats32) -> Floats32:
    """W = [recurrent; kernel; bias], each gate padded to U units: (D, 4U)."""
    features, units = kernel.shape[0], recurrent.shape[0]
    padded = _round_up(units, 8)
    weights = np.zeros((_round_up(padded + features + 1, 4), 4, padded), np.float32)
    weights[:units, :, :units] = recurrent.reshape(units, 4, units)
    weights[padded : padded + features, :, :units] = kernel.reshape(features, 4, units)
    weights[padded + features, :, :units] = bias.reshape(4, units)
    return weights.reshape(len(weights), 4 * padded)


def _panels(b: Floats32) -> Floats32:
    """The layout of b (K, N) for `matmul`: (N/16 * K, 16)."""
    return np.ascontiguousarray(b.reshape(len(b), -1, PANEL).swapaxes(0, 1)).reshape(-1, PANEL)


def _panels_transposed(b: Floats32) -> Floats32:
    """The layout of b.T of b (N, K), with zero columns up to the next multiple of 16."""
    padded = np.zeros((_round_up(len(b), PANEL), b.shape[1]), np.float32)
    padded[: len(b)] = b
    return np.ascontiguousarray(padded.reshape(-1, PANEL, b.shape[1]).swapaxes(1, 2)).reshape(-1, PANEL)


# Reused memory: allocating 100 MB per training step takes longer than computing on them.


def empty(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """An uninitialized array. The memory of a large one is reused once its last view is deleted."""
    size = 4 * math.prod(shape)
    if size < MIN_POOLED_BYTES:
        return np.empty(shape, np.float32)
    block = _allocate(size + ALIGNMENT)
    start = -block.ctypes.data % ALIGNMENT
    # The base of all views, which keep it alive.
    flat: NDArray[np.float32] = np.frombuffer(block.data[start : start + size], np.float32)
    finalizer = weakref.finalize(flat, _release, block)
    finalizer.atexit = False  # type: ignore[misc]
    return flat.reshape(shape)


def _allocate(size: int) -> NDArray[np.uint8]:
    """A free block of `size` bytes, or a new one."""
    with _lock:
        for number, block in enumerate(_pool):
            if len(block) == size:
                return _pool.pop(number)
    return np.empty(size, np.uint8)


def _release(block: NDArray[np.uint8]) -> None:
    with _lock:
        _pool.append(block)
        while sum(map(len, _pool)) > MAX_POOL_BYTES:
            _pool.pop(0)


def release_blocks() -> None:
    """Release the memory that is free for reuse."""
    with _lock:
        _pool.clear()
