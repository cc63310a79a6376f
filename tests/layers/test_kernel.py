"""The kernel against the same arithmetic in float64."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba")

from seqframe.layers.kernel import buffers, passes, shard

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
    """x, kernel, recurrent, bias, d_hidden."""
    rng = np.random.default_rng(seed)
    shapes = (batch, steps, features), (features, 4 * units), (units, 4 * units), (4 * units,), (batch, steps, units)
    scales = 1, 0.5, units**-0.5, 0.5, 1
    return [
        (scale * rng.standard_normal(shape)).astype(np.float32) for shape, scale in zip(shapes, scales, strict=True)
    ]


def run_kernel(x, kernel, recurrent, bias, d_hidden) -> list[np.ndarray]:
    """hidden, dx, dkernel, drecurrent, dbias."""
    hidden, *saved = passes.forward(x, kernel, recurrent, bias)
    return [hidden, *passes.backward(d_hidden, x, kernel, recurrent, bias, *saved)]


def reference(*case: np.ndarray) -> list[np.ndarray]:
    """The same in float64, written plainly."""
    x, kernel, recurrent, bias, d_hidden = (np.asarray(value, np.float64) for value in case)
    batch, steps, units = d_hidden.shape
    h, c = np.zeros((2, batch, units))
    tape, hidden = [], np.empty_like(d_hidden)
    for t in range(steps):
        i, f, g, o = np.split(x[:, t] @ kernel + h @ recurrent + bias, 4, axis=1)
        i, f, o, g = *(1 / (1 + np.exp(-gate)) for gate in (i, f, o)), np.tanh(g)
        before, c = c, f * c + i * g
        tape.append((h, before, c, i, f, g, o))
        h = hidden[:, t] = o * np.tanh(c)
    dx, dk, dr, db = (np.zeros_like(value) for value in (x, kernel, recurrent, bias))
    dh, dc = np.zeros((2, batch, units))
    for t in reversed(range(steps)):
        h, before, c, i, f, g, o = tape[t]
        dh = dh + d_hidden[:, t]
        dc = dc + dh * o * (1 - np.tanh(c) ** 2)
        gates = dc * g * i * (1 - i), dc * before * f * (1 - f), dc * i * (1 - g * g), dh * np.tanh(c) * o * (1 - o)
        dz = np.concatenate(gates, axis=1)
        dk, dr, db, dx[:, t] = dk + x[:, t].T @ dz, dr + h.T @ dz, db + dz.sum(0), dz @ kernel.T
        dh, dc = dz @ recurrent.T, dc * f
    return [hidden, dx, dk, dr, db]


def error(value: np.ndarray, expected: np.ndarray) -> float:
    """Relative L2 error; absolute where nothing but zero is expected."""
    expected = np.asarray(expected, np.float64)
    return float(np.linalg.norm(value - expected) / (np.linalg.norm(expected) or 1))


def same_bits(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    return all(a.tobytes() == b.tobytes() for a, b in zip(first, second, strict=True))


@sizes_of_all_kinds
def test_hidden_states_and_gradients_are_those_of_float64(sizes) -> None:
    case = random_case(*sizes)
    for value, expected in zip(run_kernel(*case), reference(*case), strict=True):
        assert value.shape == expected.shape
        assert error(value, expected) < 1e-6


def test_saturated_gates_are_those_of_float64() -> None:
    case = random_case(8, 30, 16, 1)
    case[0] *= 100
    for value, expected in zip(run_kernel(*case), reference(*case), strict=True):
        assert error(value, expected) < 1e-5  # float32 gates near 0 and 1; Keras errs as much


@sizes_of_all_kinds
def test_the_number_of_threads_changes_no_bit(sizes, monkeypatch) -> None:
    case = random_case(*sizes)
    one_after_the_other = run_kernel(*case)
    monkeypatch.setattr(passes, "WORTH_THREADS", 0)
    assert same_bits(run_kernel(*case), one_after_the_other)
    monkeypatch.setattr(passes, "_threads", ThreadPoolExecutor(3))
    assert same_bits(run_kernel(*case), one_after_the_other)


def test_many_trainings_at_once_do_not_disturb_each_other(monkeypatch) -> None:
    monkeypatch.setattr(passes, "WORTH_THREADS", 0)
    cases = [random_case(40, 30, 24, 1, seed) for seed in range(6)]
    expected = [run_kernel(*case) for case in cases]
    with ThreadPoolExecutor(6) as threads:
        for values, wanted in zip(threads.map(lambda case: run_kernel(*case), cases), expected, strict=True):
            assert same_bits(values, wanted)


def test_nan_stays_in_its_row_and_reaches_the_gradients() -> None:
    case = random_case(9, 6, 5, 1)
    case[0][4, 2, 0] = np.nan
    hidden, _, *weight_gradients = run_kernel(*case)
    assert np.isnan(hidden[4, 2:]).all()
    assert np.isfinite(hidden[4, :2]).all()
    assert np.isfinite(np.delete(hidden, 4, 0)).all()
    assert all(np.isnan(gradient).any() for gradient in weight_gradients)


def test_nan_in_a_weight_is_not_hidden() -> None:
    case = random_case(9, 6, 5, 1)
    case[2][0, 0] = np.nan
    assert np.isnan(run_kernel(*case)[0][:, 1:]).any(axis=2).all()


def test_memory_is_not_used_again_while_a_view_lives() -> None:
    array = buffers.empty((700, 1001))
    address, view = array.ctypes.data, array[3:][::2]
    del array
    assert buffers.empty((700, 1001)).ctypes.data != address
    del view
    taken = [buffers.empty((700, 1001)) for _ in range(2)]
    assert address in [value.ctypes.data for value in taken]


def test_large_arrays_lie_where_tensorflow_takes_them_over() -> None:
    assert buffers.empty((3, 500, 401)).ctypes.data % buffers.ALIGNMENT == 0


def test_machine_code_on_disk_is_that_of_these_sources() -> None:
    folder = Path(shard.__file__).parent
    sources = b"".join((folder / name).read_bytes() for name in ("simd.py", "vector_math.py"))
    assert hashlib.sha256(sources).hexdigest() == shard.SOURCES, "write this hash into shard.py, as SOURCES"
