"""Rates of the processor, and the parts of a training step of an LSTM on data in the cache.

    python -m benchmarks.workers.rates multiply_add 2
    python -m benchmarks.workers.rates products 2 4 16 100 64

A rate needs the number of threads. A part needs the number of threads, and the shards of the batch, the rows of a
shard, steps and units. The description of a rate is the number of floating-point operations, or bytes, of a unit.
"""

# mypy: ignore-errors
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numba import njit

from benchmarks.workers.loop import Work, serve
from seqframe.networks.kernel import PANEL
from seqframe.networks.kernel.lstm import _units_backward, _units_forward
from seqframe.networks.kernel.machine_code import WIDTH, inner
from seqframe.networks.kernel.products import matmul
from seqframe.networks.kernel.recurrence import BLOCK_ROWS, _make_cell_backward, _make_cell_forward
from seqframe.networks.kernel.vectors import load, store

SUMS = 12  # independent sums: enough for the latency of two units that multiply and add
REPEATS = 100_000
SIDE = 2048  # rows and columns of the matrices of `blas`
COPIED = 2**27  # bytes that `copy` reads, more than the caches hold

_cell_forward = _make_cell_forward("rates", _units_forward)
_cell_backward = _make_cell_backward("rates", _units_backward)

compiled = njit(nogil=True, error_model="numpy")  # without Numba's cache, which notices no change of imported functions


def build(name: str, threads: str, *sizes: str) -> tuple[Work, str]:
    """The work of one contender, and the size of a unit."""
    make = {"multiply_add": multiply_add, "blas": blas, "copy": copy, "products": products, "gates": gates}[name]
    tasks, size = make(int(threads), *map(int, sizes))
    pool = ThreadPoolExecutor(int(threads))

    def work(count: int) -> float:
        for _ in range(count):
            list(pool.map(lambda task: task(), tasks))
        return 0.0

    return work, str(size)


def multiply_add(threads):
    """Fused multiply-adds of registers in each thread."""
    tasks = [partial(_multiply_add, np.ones((SUMS, WIDTH), np.float32), REPEATS) for _ in range(threads)]
    return tasks, threads * SUMS * WIDTH * REPEATS * 2


@inner
def _next(x):
    return x * 0.75 + 0.25


@compiled
def _multiply_add(sums, repeats):
    a, b, c = load(sums, 0, 0, WIDTH), load(sums, 1, 0, WIDTH), load(sums, 2, 0, WIDTH)
    d, e, f = load(sums, 3, 0, WIDTH), load(sums, 4, 0, WIDTH), load(sums, 5, 0, WIDTH)
    g, h, i = load(sums, 6, 0, WIDTH), load(sums, 7, 0, WIDTH), load(sums, 8, 0, WIDTH)
    j, k, m = load(sums, 9, 0, WIDTH), load(sums, 10, 0, WIDTH), load(sums, 11, 0, WIDTH)
    for _ in range(repeats):
        a, b, c, d, e, f = _next(a), _next(b), _next(c), _next(d), _next(e), _next(f)
        g, h, i, j, k, m = _next(g), _next(h), _next(i), _next(j), _next(k), _next(m)
    store(sums, 0, 0, a + b + c + d + e + f)
    store(sums, 1, 0, g + h + i + j + k + m)


def blas(threads):
    """A product of square matrices by NumPy's library, which has as many threads as the environment allows."""
    a, b = (_random((SIDE, SIDE), seed) for seed in range(2))
    return [partial(np.matmul, a, b, out=np.empty_like(a))], 2 * SIDE**3


def copy(threads):
    """A copy of an array in parts, one for each thread; the bytes are read and written."""
    source = np.ones(COPIED // 4, np.float32)
    parts = zip(np.array_split(np.zeros_like(source), threads), np.array_split(source, threads), strict=True)
    return [partial(np.copyto, target, part) for target, part in parts], 2 * COPIED


def products(threads, shards, rows, steps, units):
    """All matrix products of the LSTM: forward, backward and for the gradient of the weights."""
    tasks = [partial(_products, *_product_arrays(rows, units), steps) for _ in range(shards)]
    return tasks, shards


def _product_arrays(rows, units):
    width, depth, returned = 4 * _up(units, 8), _up(_up(units, 8) + 2, 4), _up(_up(units, 8) + 1, PANEL)
    block = max(1, BLOCK_ROWS // rows) * rows
    shapes = [(rows, width), (rows, depth), (width // PANEL * depth, PANEL)]  # gates, states, weights
    shapes += [(rows, returned), (returned // PANEL * width, PANEL)]  # gradient of the states, weights.T
    shapes += [(depth, width), (depth, block), (width // PANEL * block, PANEL)]  # gradient of the weights, its factors
    return [0.01 * _random(shape, seed) for seed, shape in enumerate(shapes)]


@compiled
def _products(gates, states, weights, d_states, transposed, d_weights, columns, d_gates, steps):
    for _ in range(steps):
        matmul(gates, states, weights, False)
    block = columns.shape[1] // len(states)
    for k in range(steps):
        matmul(d_states, gates, transposed, False)
        if k % block == 0:
            matmul(d_weights, columns, d_gates, True)


def gates(threads, shards, rows, steps, units):
    """Everything that the LSTM computes element by element, forward and backward."""
    units = _up(units, 8)
    shapes = [(rows, 4 * units), *[(rows, units)] * 5, (rows, 4 * units)]
    return [partial(_gates, *(_random(each, 0) for each in shapes), steps) for _ in range(shards)], shards


@compiled
def _gates(z, cells_before, cells, hidden, d_hidden, d_cells, dz, steps):
    for _ in range(steps):
        _cell_forward(z, cells_before, cells, hidden)
    for _ in range(steps):
        _cell_backward(z, cells_before, cells, d_hidden, d_cells, dz)


def _up(number, multiple):
    return -(-number // multiple) * multiple


def _random(shape, seed):
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


if __name__ == "__main__":
    serve(build, warm=2)
