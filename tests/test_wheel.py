"""The wheel in a new environment, outside the project: the quick start, the command and a project of its own."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from conftest import ROOT, kedro_environment
from helpers.backtests import a_season
from test_readme import README, blocks

pytestmark = pytest.mark.slow

BUILT = ("src", "conf", "data/01_raw", "pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")
FEW = "task.lookback=4,task.horizon=4,training.epochs=2,training.n_seeds=1,backtest.n_folds=1"


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in kedro_environment().items() if name != "PYTHONPATH"}
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of an environment with the wheel, and the other packages of this environment."""
    source, wheels, environment = (tmp_path_factory.mktemp(name) for name in ("source", "wheels", "environment"))
    files = subprocess.run(["git", "ls-files", *BUILT], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in files.splitlines():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    built = run(sys.executable, "-m", "build", "--no-isolation", "--outdir", wheels, source, cwd=source)
    assert built.returncode == 0, built.stderr
    assert run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=source).returncode == 0
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    (wheel,) = wheels.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", programs / "python", "install", "--no-deps", "--no-index", wheel]
    installed = run(*pip, cwd=source)
    assert installed.returncode == 0, installed.stderr
    (packages,) = environment.rglob("site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))  # last on the path: the wheel comes first
    return programs


def test_it_needs_no_checkout(programs: Path, tmp_path: Path) -> None:
    code = "import seqframe; from seqframe.config import paths; print(seqframe.__file__, paths.IS_CHECKOUT)"
    output = run(programs / "python", "-c", code, cwd=tmp_path).stdout
    assert output.startswith(str(programs.parent))
    assert output.endswith("False\n")


def test_the_quick_start_runs_in_an_empty_folder(programs: Path, tmp_path: Path) -> None:
    (code,) = blocks(README, "python")
    completed = run(programs / "python", "-c", code, cwd=tmp_path)
    assert completed.returncode == 0, completed.stderr
    assert "smallest validation error" in completed.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_the_command_compares_a_table(programs: Path, tmp_path: Path) -> None:
    pd.DataFrame({"y": a_season(90) + np.random.default_rng(0).normal(0, 0.1, 90)}).to_csv(tmp_path / "my.csv")
    options = ["--target", "y", "--framing", "dense", "--params", FEW, "--report", "report.html", "--save", "best"]
    completed = run(programs / "seqframe", "compare", "my.csv", *options, cwd=tmp_path)
    assert completed.returncode == 0, completed.stderr
    assert "Leaderboard" in completed.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"my.csv", "report.html", "best"}


def test_a_new_project_runs(programs: Path, tmp_path: Path) -> None:
    assert run(programs / "seqframe", "init", "mine", cwd=tmp_path).returncode == 0
    inside = tmp_path / "mine" / "conf"  # a command works in any folder of the project
    params = "training.epochs=2"
    completed = run(programs / "seqframe", "run", "--pipeline=dense", "--params", params, cwd=inside)
    assert completed.returncode == 0, completed.stderr
    assert "Comparison" in completed.stdout
    project = {path.name for path in (tmp_path / "mine").iterdir()}
    assert project >= {"conf", "data", "mlflow.db", "pyproject.toml", ".telemetry", ".gitignore"}
    assert (tmp_path / "mine" / "data" / "08_reporting" / "dense" / "report.html").is_file()
    assert not (tmp_path / "mlflow.db").exists()
    sunspots = run(programs / "seqframe", "run", "--pipeline=inspect", "--env=sunspots", cwd=tmp_path / "mine")
    assert sunspots.returncode == 0, sunspots.stderr
