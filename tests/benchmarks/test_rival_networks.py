import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.rival_networks import LIBRARIES, OURS, Found, Sizes, read_series, tabulate_networks, tabulate_times
from benchmarks.workers.training_seqframe import build
from seqframe.networks.layers.lstm_kernel import numba_available


def test_the_ratio_is_to_the_faster_of_the_others() -> None:
    slow, fast = [8.0, 9.0, 10.0], [4.0, 5.0, 6.0]
    times = {3: {OURS: [2.0, 2.5, 3.0], "darts": slow, "neuralforecast": fast}, 1: {OURS: [1.0], "darts": [4.0]}}
    three, one = tabulate_times(times).rows
    assert three == ("3", "2.50", "9.00", "5.00", "0.500")
    assert one == ("1", "1.00", "4.00", "–", "0.250")


def test_the_table_of_networks_has_what_the_libraries_report() -> None:
    found = Found({"darts": {"version": "Darts 1", "parameters": 4513, "updates": 9}})
    assert tabulate_networks(found).rows == (("Darts BlockRNNModel", LIBRARIES["darts"].network, "4513", "9"),)


def test_the_series_is_standardized_and_complete() -> None:
    series = read_series()
    assert series.dtype == np.float32
    assert np.isfinite(series).all()
    assert series.mean() == pytest.approx(0, abs=1e-5)
    assert series.std() == pytest.approx(1, abs=1e-5)
    assert len(series) > Sizes().lookback + Sizes().horizon


@pytest.mark.skipif(not numba_available(), reason="networks are trained together by compiled code")
def test_our_worker_trains_the_network_of_the_table(tmp_path: Path) -> None:
    path = tmp_path / "series.npy"
    np.save(path, np.sin(np.arange(60, dtype=np.float32)))
    work, description = build(str(path), "10", "3", "8", "16", "2")
    about = json.loads(description)
    assert about["parameters"] == 4 * 8 * (8 + 1 + 1) + 3 * (8 + 1)
    assert about["updates"] == 3  # 48 windows in batches of 16
    assert work(20) < work(1)
