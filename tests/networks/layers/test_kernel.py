"""The Numba kernel: threads and reused memory."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("numba")

from helpers.lstm_reference import by_numba_kernel, random_case, same_bits, sizes_of_all_kinds
from seqframe.networks.layers.kernel import ops


@sizes_of_all_kinds
def test_the_number_of_threads_does_not_change_a_bit(sizes, monkeypatch) -> None:
    case = random_case(*sizes)
    sequential = by_numba_kernel(*case)
    monkeypatch.setattr(ops, "MIN_THREADED_OPS", 0)
    assert same_bits(by_numba_kernel(*case), sequential)
    monkeypatch.setattr(ops, "_threads", ThreadPoolExecutor(3))
    assert same_bits(by_numba_kernel(*case), sequential)


def test_parallel_calls_are_independent(monkeypatch) -> None:
    monkeypatch.setattr(ops, "MIN_THREADED_OPS", 0)
    cases = [random_case(40, 30, 24, 1, seed) for seed in range(6)]
    expected = [by_numba_kernel(*case) for case in cases]
    with ThreadPoolExecutor(6) as threads:
        for values, reference in zip(threads.map(lambda case: by_numba_kernel(*case), cases), expected, strict=True):
            assert same_bits(values, reference)


def test_nan_in_a_weight_reaches_the_output() -> None:
    case = random_case(9, 6, 5, 1)
    case[2][0, 0] = np.nan
    assert np.isnan(by_numba_kernel(*case)[0][:, 1:]).any(axis=2).all()


def test_memory_is_not_reused_while_a_view_exists() -> None:
    array = ops.empty((700, 1001))
    address, view = array.ctypes.data, array[3:][::2]
    del array
    assert ops.empty((700, 1001)).ctypes.data != address
    del view
    allocated = [ops.empty((700, 1001)) for _ in range(2)]
    assert address in [value.ctypes.data for value in allocated]


def test_large_arrays_are_aligned_for_tensorflow() -> None:
    assert ops.empty((3, 500, 401)).ctypes.data % ops.ALIGNMENT == 0
