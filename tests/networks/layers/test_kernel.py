"""The Numba kernel: threads, vectors and reused memory."""

import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("numba")

from conftest import ROOT
from helpers.lstm_reference import by_numba_kernel, random_case, random_masks, same_bits, sizes_of_all_kinds
from seqframe.networks.backend import tf
from seqframe.networks.kernel import machine_code
from seqframe.networks.layers import lstm_kernel


@pytest.mark.parametrize("masked", [False, True])
@sizes_of_all_kinds
def test_the_number_of_threads_does_not_change_a_bit(sizes, masked, monkeypatch) -> None:
    case, mask = random_case(*sizes), random_masks(*sizes[:2])["right"] if masked else None
    sequential = by_numba_kernel(*case, mask=mask)
    monkeypatch.setattr(lstm_kernel, "MIN_THREADED_OPS", 0)
    assert same_bits(by_numba_kernel(*case, mask=mask), sequential)
    monkeypatch.setattr(lstm_kernel, "_threads", ThreadPoolExecutor(3))
    assert same_bits(by_numba_kernel(*case, mask=mask), sequential)


@pytest.mark.slow
@pytest.mark.skipif(machine_code.WIDTH == 8, reason="this processor has no AVX-512")
def test_the_width_of_the_vectors_does_not_change_a_bit(tmp_path) -> None:
    """With code for AVX2 and for AVX-512."""
    code = (
        "import sys, numpy as np; from helpers.lstm_reference import by_numba_kernel, random_case;"
        "from seqframe.networks.kernel.machine_code import WIDTH;"
        "cases = [random_case(*sizes) for sizes in ((1, 5, 5, 1), (17, 12, 40, 4), (64, 9, 256, 2))];"
        "values = [np.asarray(each) for case in cases for each in by_numba_kernel(*case)];"
        "np.savez(sys.argv[1], WIDTH, *values)"
    )
    found = {}
    for name in ("avx2", "auto"):
        environment = {**os.environ, machine_code.SIMD_VARIABLE: name, "PYTHONPATH": "tests"}
        command = [sys.executable, "-c", code, str(tmp_path / f"{name}.npz")]
        subprocess.run(command, env=environment, check=True, cwd=ROOT)
        found[name] = list(np.load(tmp_path / f"{name}.npz").values())
    assert [int(values.pop(0)) for values in found.values()] == [8, 16]
    assert same_bits(found["avx2"], found["auto"])


@pytest.mark.parametrize("batch", [1, 7, 8, 30, 33, 64, 129, 300, 512])
def test_every_row_is_in_one_shard_and_the_shards_have_similar_work(batch) -> None:
    lengths = np.random.default_rng(0).integers(50, 101, size=batch)
    _, shards = lstm_kernel._deal_rows(batch, 100, np.arange(100) < lengths[:, None])
    count, rows = lstm_kernel._shards(batch)
    assert len(shards) == count
    assert max(map(len, shards)) <= rows
    assert sorted(np.concatenate(shards)) == list(range(batch))
    assert all((np.diff(lengths[shard]) <= 0).all() for shard in shards)
    if batch in (64, 512):  # an even number of whole tiles for every shard
        work = [lengths[shard].sum() for shard in shards]
        assert max(work) < 1.1 * min(work)


def test_parallel_calls_are_independent(monkeypatch) -> None:
    monkeypatch.setattr(lstm_kernel, "MIN_THREADED_OPS", 0)
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
    array = lstm_kernel.empty((700, 1001))
    address, view = array.ctypes.data, array[3:][::2]
    del array
    assert lstm_kernel.empty((700, 1001)).ctypes.data != address
    del view
    allocated = [lstm_kernel.empty((700, 1001)) for _ in range(2)]
    assert address in [value.ctypes.data for value in allocated]


def test_large_arrays_are_aligned_for_tensorflow() -> None:
    assert lstm_kernel.empty((3, 500, 401)).ctypes.data % lstm_kernel.ALIGNMENT == 0


@pytest.mark.parametrize("masked", [False, True])
@sizes_of_all_kinds
def test_a_forward_pass_that_saves_nothing_has_the_same_bits(sizes, masked) -> None:
    """Also its gradients, for which the backward pass repeats it."""
    case, mask = random_case(*sizes), random_masks(*sizes[:2])["right"] if masked else None
    *inputs, d_hidden = map(tf.constant, case)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        hidden = lstm_kernel.lstm_kernel(*inputs, mask, saves=False)
    gradients = tape.gradient(hidden, inputs, output_gradients=d_hidden)
    found = [value.numpy() for value in (hidden, *gradients)]
    assert same_bits(found, by_numba_kernel(*case, mask=mask))


def test_a_forward_pass_that_saves_nothing_has_the_gates_of_few_shards(monkeypatch) -> None:
    monkeypatch.setattr(lstm_kernel, "MIN_THREADED_OPS", math.inf)
    *inputs, _ = random_case(512, 60, 32, 4)
    reused = {}
    for name, forward in (("saved", lstm_kernel.lstm_forward), ("hidden", lstm_kernel.lstm_hidden)):
        lstm_kernel.release_blocks()
        forward(*inputs)
        reused[name] = sum(map(len, lstm_kernel._pool))
    assert reused["hidden"] < reused["saved"] / 3
    lstm_kernel.release_blocks()
    assert not lstm_kernel._pool
