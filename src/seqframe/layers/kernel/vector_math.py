"""exp, sigmoid and tanh of vectors, and the matrix product, for the compiled LSTM of `shard.py`."""

# mypy: ignore-errors
from numba import njit

from seqframe.layers.kernel.simd import clamp, load, power_of_two, splat, store

PANEL = 16  # columns that matmul computes at a time
_inner = njit(error_model="numpy")  # for functions that only compiled ones call


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


@_inner
def _put(out, row, column, value, add):
    if add:
        value = value + load(out, row, column)
    store(out, row, column, value)


@_inner
def matmul(out, a, panels, add):
    """Compute out (M, N) = a (M, K) @ b (K, N), or += if `add`; M % 4 == N % 16 == 0.

    b comes as panels (N/16 * K, 16), see `pack`.
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
    """Copy b (K, N) to panels (N/16 * K, 16): the K rows of columns 0..15, then those of columns 16..31, and on."""
    depth = b.shape[0]
    for p in range(b.shape[1] // PANEL):
        for k in range(depth):
            for j in range(PANEL):
                panels[p * depth + k, j] = b[k, p * PANEL + j]
