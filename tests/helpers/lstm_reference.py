"""A reference LSTM with gradients in float64, the backends that are compared with it, and cases of many sizes."""

import numpy as np
import pytest

from seqframe.networks.backend import tf
from seqframe.networks.layers.block_lstm import block_lstm

SIZES = [  # batch, steps, units, features
    (1, 5, 5, 1),
    (3, 1, 1, 4),
    (5, 7, 6, 1),
    (7, 9, 33, 3),
    (33, 41, 20, 2),
    (70, 12, 48, 17),
    (9, 300, 10, 1),
    (0, 3, 4, 1),
    (129, 3, 4, 1),
]
sizes_of_all_kinds = pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: "-".join(map(str, sizes)))


def random_case(batch: int, steps: int, units: int, features: int, seed: int = 0) -> list[np.ndarray]:
    """Random x, kernel, recurrent, bias and d_hidden."""
    rng = np.random.default_rng(seed)
    shapes = (batch, steps, features), (features, 4 * units), (units, 4 * units), (4 * units,), (batch, steps, units)
    scales = 1, 0.5, units**-0.5, 0.5, 1
    return [
        (scale * rng.standard_normal(shape)).astype(np.float32) for shape, scale in zip(shapes, scales, strict=True)
    ]


def random_masks(batch: int, steps: int) -> dict[str, np.ndarray]:
    """Masks (batch, steps) of several kinds, True at valid steps; the first rows have 0, 1 and all steps if padded."""
    rng = np.random.default_rng(1)
    lengths = rng.integers(0, steps + 1, size=batch)
    lengths[:3] = np.array([0, 1, steps])[:batch]
    right = np.arange(steps) < lengths[:, None]
    masks = {
        "right": right,
        "left": right[:, ::-1],
        "scattered": rng.random((batch, steps)) < 0.6,
        "none valid": np.zeros((batch, steps), bool),
        "all valid": np.ones((batch, steps), bool),
    }
    return {name: np.ascontiguousarray(mask) for name, mask in masks.items()}


MASKS = tuple(random_masks(1, 1))


def reference(*case: np.ndarray, mask: np.ndarray | None = None) -> list[np.ndarray]:
    """hidden, dx, dkernel, drecurrent and dbias in float64; a masked step carries the cell and the output over."""
    x, kernel, recurrent, bias, d_hidden = (np.asarray(value, np.float64) for value in case)
    batch, steps, units = d_hidden.shape
    h, c = np.zeros((2, batch, units))
    tape, hidden = [], np.empty_like(d_hidden)
    valid = np.ones((batch, steps, 1), bool) if mask is None else mask[..., None]
    for t in range(steps):
        i, f, g, o = np.split(x[:, t] @ kernel + h @ recurrent + bias, 4, axis=1)
        i, f, o, g = *(1 / (1 + np.exp(-gate)) for gate in (i, f, o)), np.tanh(g)
        before, c = c, np.where(valid[:, t], f * c + i * g, c)
        tape.append((h, before, c, i, f, g, o))
        h = hidden[:, t] = np.where(valid[:, t], o * np.tanh(c), h)
    dx, dk, dr, db = (np.zeros_like(value) for value in (x, kernel, recurrent, bias))
    dh, dc = np.zeros((2, batch, units))
    for t in reversed(range(steps)):
        h, before, c, i, f, g, o = tape[t]
        dh = dh + d_hidden[:, t]
        carried, carried_cell = np.where(valid[:, t], 0, dh), np.where(valid[:, t], 0, dc)
        dh, dc = np.where(valid[:, t], dh, 0), np.where(valid[:, t], dc, 0)
        dc = dc + dh * o * (1 - np.tanh(c) ** 2)
        gates = dc * g * i * (1 - i), dc * before * f * (1 - f), dc * i * (1 - g * g), dh * np.tanh(c) * o * (1 - o)
        dz = np.concatenate(gates, axis=1)
        dk, dr, db, dx[:, t] = dk + x[:, t].T @ dz, dr + h.T @ dz, db + dz.sum(0), dz @ kernel.T
        dh, dc = dz @ recurrent.T + carried, dc * f + carried_cell
    return [hidden, dx, dk, dr, db]


def by_numba_kernel(*case: np.ndarray, mask: np.ndarray | None = None) -> list[np.ndarray]:
    """hidden, dx, dkernel, drecurrent and dbias in float32."""
    pytest.importorskip("numba")
    from seqframe.networks.layers import lstm_kernel

    *inputs, d_hidden = case
    hidden, *saved = lstm_kernel.lstm_forward(*inputs, mask)
    return [hidden, *lstm_kernel.lstm_backward(d_hidden, *inputs, *saved, mask)]


def by_block_lstm(*case: np.ndarray, mask: np.ndarray | None = None) -> list[np.ndarray]:
    """hidden, dx, dkernel, drecurrent and dbias in float32."""
    return [value.numpy() for value in _compiled(*map(tf.constant, case), None if mask is None else tf.constant(mask))]


@tf.function(autograph=False)
def _compiled(x, kernel, recurrent, bias, d_hidden, mask):
    inputs = [x, kernel, recurrent, bias]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        hidden = block_lstm(*inputs, mask)
    return [hidden, *tape.gradient(hidden, inputs, output_gradients=d_hidden)]


def error(value: np.ndarray, expected: np.ndarray) -> float:
    """Relative L2 error; absolute if all expected values are zero."""
    expected = np.asarray(expected, np.float64)
    return float(np.linalg.norm(value - expected) / (np.linalg.norm(expected) or 1))


def same_bits(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    return all(a.tobytes() == b.tobytes() for a, b in zip(first, second, strict=True))
