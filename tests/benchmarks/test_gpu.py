import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import gpu
from benchmarks.workers.device_predictions import HORIZON, LOOKBACK, ROWS, train_and_predict
from conftest import ROOT

SCRIPT = ROOT / "benchmarks" / "gpu.sh"


def run_script(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(SCRIPT), str(tmp_path / "gpu.md")],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "", **environment},
        capture_output=True,
        text=True,
    )


def test_without_a_driver_the_script_ends_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\nexit 9\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    ended = run_script(tmp_path, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [
        "benchmarks/gpu.sh: no GPU: nvidia-smi lists none. Run it on a machine with an NVIDIA GPU and its driver."
    ]
    assert not (tmp_path / "gpu.md").exists()


@pytest.mark.slow
def test_where_tensorflow_finds_no_gpu_the_script_ends_with_one_line(tmp_path: Path) -> None:
    ended = run_script(tmp_path, SEQFRAME_GPU_PYTHON=sys.executable)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == (
        "benchmarks.gpu: TensorFlow finds no GPU. Run it on a machine with an NVIDIA GPU."
    )
    assert not (tmp_path / "gpu.md").exists()


def test_the_processor_is_compared_with_the_fastest_on_the_gpu() -> None:
    times = {"step, ms": {"cpu": [2.0, 4.0], "keras": [4.0, 8.0], "loop": [8.0, 8.0]}, "run, s": {"cpu": [1.0]}}
    table = gpu.tabulate(times, "a GPU")
    assert table.rows == (("step, ms", "3.00", "6.00", "–", "8.00", "0.500"), ("run, s", "1.00", "–", "–", "–", "–"))
    assert "a GPU" in table.title


@pytest.mark.parametrize(("shift", "code"), [(0.0, 0), (2 * gpu.TOLERANCE, 1)])
def test_different_predictions_end_with_an_error(
    shift: float, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def predictions(_: list[str], on_gpu: bool) -> str:
        return json.dumps([[1.0, 2.0 + on_gpu * shift]])

    monkeypatch.setattr(sys, "argv", ["gpu", "--out", str(tmp_path / "gpu.md"), "--shapes", "1,5,5"])
    monkeypatch.setattr(gpu, "measure_steps", lambda *_: {"cpu": [1.0], "keras": [2.0]})
    monkeypatch.setattr(gpu, "find_gpu", lambda: "a GPU")
    monkeypatch.setattr(gpu, "time_comparison", lambda on_gpu: 1.0 + on_gpu)
    monkeypatch.setattr(gpu, "run_python", predictions)
    monkeypatch.setattr("benchmarks.results.RESULTS", tmp_path / "results")
    with pytest.raises(SystemExit) as ended:
        gpu.main()
    assert ended.value.code == code
    assert "| kedro run of sunspots, s | 1.00 | – | – | 2.00 | 0.500 |" in (tmp_path / "gpu.md").read_text()
    assert json.loads((tmp_path / "gpu.json").read_text())["raw"]["kedro run of sunspots, s"]["cpu"] == [1.0]


def test_predictions_of_the_worker_do_not_change_from_run_to_run() -> None:
    first, again = train_and_predict(1), train_and_predict(1)
    assert first == again
    assert (len(first), len(first[0])) == (ROWS - LOOKBACK - HORIZON + 1, HORIZON)
