"""The forward and backward pass of an LSTM through all steps, for one shard of the batch, compiled by Numba.

The file is in four parts: vectors, elementary functions, the matrix product, and the LSTM itself. `ops.py` explains
the sizes.
"""

# mypy: ignore-errors
import operator

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model

from seqframe.networks.layers.kernel import PANEL

BLOCK_ROWS = 256  # rows (steps x batch rows) that are collected before they are added to the weight gradient
LANES = 8

# Vectors. `Vec8` is eight float32 values in one vector register, as a value type for Numba functions.
#
# Numba compiles loops over single numbers, and LLVM may or may not vectorize them. Where this determines the speed, the
# code is explicit: `load` eight neighbors, compute with + - * / and `clamp`, `store` them. Floats mix with vectors
# (`1.0 - v`). LLVM lowers the vectors to the instructions of the processor (AVX, AVX-512, SSE, NEON).

_FLOATS = ir.VectorType(ir.FloatType(), LANES)
_INTS = ir.VectorType(ir.IntType(32), LANES)
_FUSE = ("contract",)  # a multiply and an add may fuse; NaN and infinity keep their meaning


class Vec8Type(types.Type):
    """Numba's type of a Vec8 value."""

    def __init__(self):
        super().__init__(name="Vec8")


vec8 = Vec8Type()


@register_model(Vec8Type)
class _Vec8Model(models.PrimitiveModel):
    def __init__(self, manager, numba_type):
        super().__init__(manager, numba_type, _FLOATS)


def _address(context, builder, array_type, array, row, column):
    """Pointer to the eight floats that start at array[row, column]."""
    struct = context.make_array(array_type)(context, builder, array)
    pointer = cgutils.get_item_pointer(context, builder, array_type, struct, [row, column])
    return builder.bitcast(pointer, _FLOATS.as_pointer())


@intrinsic
def load(typing_context, array, row, column):
    """array[row, column:column + 8] of a 2-D float32 array with contiguous rows."""

    def emit(context, builder, signature, args):
        return builder.load(_address(context, builder, signature.args[0], *args), align=4)

    return vec8(array, types.intp, types.intp), emit


@intrinsic
def store(typing_context, array, row, column, value):
    """array[row, column:column + 8] = value."""

    def emit(context, builder, signature, args):
        builder.store(args[3], _address(context, builder, signature.args[0], *args[:3]), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, vec8), emit


@intrinsic
def splat(typing_context, number):
    """The same number in all eight lanes."""

    def emit(context, builder, signature, args):
        lane = builder.insert_element(ir.Constant(_FLOATS, ir.Undefined), args[0], ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(lane, ir.Constant(_FLOATS, ir.Undefined), ir.Constant(_INTS, [0] * LANES))

    return vec8(types.float32), emit


@intrinsic
def clamp(typing_context, value, low, high):
    """Limit value to low...high in each lane; NaN stays NaN, since all comparisons with it are false."""

    def emit(context, builder, signature, args):
        value, low, high = args
        value = builder.select(builder.fcmp_ordered("<", value, low), low, value)
        return builder.select(builder.fcmp_ordered(">", value, high), high, value)

    return vec8(vec8, vec8, vec8), emit


@intrinsic
def power_of_two(typing_context, shifted):
    """2**n for a vector holding n + 1.5 * 2**23: its low bits are the integer n, and are shifted to the exponent."""

    def emit(context, builder, signature, args):
        exponent = builder.shl(builder.bitcast(args[0], _INTS), ir.Constant(_INTS, [23] * LANES))
        return builder.bitcast(builder.add(exponent, ir.Constant(_INTS, [127 << 23] * LANES)), _FLOATS)

    return vec8(vec8), emit


def _define_operator(python_operator, instruction):
    """Make `a <operator> b` one LLVM instruction for two vectors, or for a vector and a number."""

    @intrinsic
    def combine(typing_context, a, b):
        def emit(context, builder, signature, args):
            return getattr(builder, instruction)(*args, flags=_FUSE)

        return vec8(vec8, vec8), emit

    @overload(python_operator)
    def choose(a, b):
        if a is vec8 and b is vec8:
            return lambda a, b: combine(a, b)  # noqa: PLW0108, Numba compiles its source
        if a is vec8 and isinstance(b, types.Float):
            return lambda a, b: combine(a, splat(b))
        if b is vec8 and isinstance(a, types.Float):
            return lambda a, b: combine(splat(a), b)
        return None


_define_operator(operator.add, "fadd")
_define_operator(operator.sub, "fsub")
_define_operator(operator.mul, "fmul")
_define_operator(operator.truediv, "fdiv")


# Elementary functions of vectors.

_inner = njit(error_model="numpy")  # for functions that are called by compiled functions only


@_inner
def exp(x):
    """e**x, x clamped to the normal range; relative error about 1e-7 (Cephes' expf)."""
    x = clamp(x, splat(-87.0), splat(88.0))
    shifted = x * 1.44269504 + 12582912.0  # adding 1.5 * 2**23 rounds to an integer
    n = shifted - 12582912.0
    r = x - n * 0.693359375 + n * 2.12194440e-4
    p = ((1.9875691500e-4 * r + 1.3981999507e-3) * r + 8.3334519073e-3) * r + 4.1665795894e-2
    p = (p * r + 1.6666665459e-1) * r + 0.5
    return (p * r * r + r + 1.0) * power_of_two(shifted)


@_inner
def sigmoid(x):
    """1 / (1 + e**-x)."""
    return 1.0 / (1.0 + exp(-1.0 * x))


@_inner
def tanh(x):
    """Rational approximation of Eigen, used by TensorFlow; relative error about 1e-7."""
    x = clamp(x, splat(-7.90531110763549805), splat(7.90531110763549805))
    y = x * x
    p = ((-2.76076847742355e-16 * y + 2.00018790482477e-13) * y - 8.60467152213735e-11) * y + 5.12229709037114e-08
    p = ((p * y + 1.48572235717979e-05) * y + 6.37261928875436e-04) * y + 4.89352455891786e-03
    q = ((1.19825839466702e-06 * y + 1.18534705686654e-04) * y + 2.26843463243900e-03) * y + 4.89352518554385e-03
    return x * p / q


# The matrix product.


@_inner
def _put(out, row, column, value, add):
    if add:
        value = value + load(out, row, column)
    store(out, row, column, value)


@_inner
def matmul(out, a, panels, add):
    """Compute out (M, N) = a (M, K) @ b (K, N), or += if `add`; M % 4 == N % 16 == 0.

    b is given as panels (N/16 * K, 16), see `pack`.
    """
    rows, depth = a.shape
    for p in range(out.shape[1] // PANEL):
        j = p * PANEL
        for m in range(0, rows, 4):  # a tile of 4 x 16 sums stays in registers
            s0 = s1 = t0 = t1 = u0 = u1 = v0 = v1 = splat(0.0)
            for k in range(depth):
                b0 = load(panels, p * depth + k, 0)
                b1 = load(panels, p * depth + k, 8)
                s0, s1 = s0 + a[m, k] * b0, s1 + a[m, k] * b1
                t0, t1 = t0 + a[m + 1, k] * b0, t1 + a[m + 1, k] * b1
                u0, u1 = u0 + a[m + 2, k] * b0, u1 + a[m + 2, k] * b1
                v0, v1 = v0 + a[m + 3, k] * b0, v1 + a[m + 3, k] * b1
            _put(out, m, j, s0, add)
            _put(out, m, j + 8, s1, add)
            _put(out, m + 1, j, t0, add)
            _put(out, m + 1, j + 8, t1, add)
            _put(out, m + 2, j, u0, add)
            _put(out, m + 2, j + 8, u1, add)
            _put(out, m + 3, j, v0, add)
            _put(out, m + 3, j + 8, v1, add)


@_inner
def pack(b, panels):
    """Copy b (K, N) to panels (N/16 * K, 16): the K rows of columns 0...15, then of columns 16...31, and so on."""
    depth = b.shape[0]
    for p in range(b.shape[1] // PANEL):
        for k in range(depth):
            for j in range(PANEL):
                panels[p * depth + k, j] = b[k, p * PANEL + j]


# The LSTM.


def _compiled(function):
    """Compile without Python's global lock; the machine code is cached on disk if a folder is writable."""
    try:
        return njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:  # no writable folder: compile in each process
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
    """From dh (N, U columns used) and dc (N, U): dz (N, 4U); dc is updated to the step before."""
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


# A masked step changes neither the cell nor the output: a row is computed as if it had only its valid steps. Step k of
# a shard is the k-th valid step of each of its rows. The rows with the most valid steps come first, so that the rows
# with a step k are the first ones; beyond them, only rows that complete a tile of the matrix product are computed.


@_inner
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


@_inner
def _rows_with_step(lengths, k):
    """The number of rows with more than k valid steps, and the same rounded up to whole tiles of 4 rows."""
    active = 0
    while active < lengths.size and lengths[active] > k:
        active += 1
    return active, -(-active // 4) * 4


@_compiled
def forward_shard(x, mask, rows, panels, hidden, gates, cells, states):
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


@_compiled
def backward_shard(d_hidden, mask, rows, panels, gates, cells, states, dx, dw):
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


@_inner
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
