"""Runs that are killed by SIGKILL, at random or during a write, end with the results of an uninterrupted run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, kedro_environment
from seqframe.framings import FRAMINGS

NAMES = [framing.name for framing in FRAMINGS]
CALLS = ("write", "fsync", "fsynced", "replace", "replaced")
MOMENTS = [f"{call}:{number}" for number in (1, 2, 3) for call in CALLS]


def kill(project: Path, pipeline: str, *options: str) -> int:
    """Kill a pipeline again and again in a process of its own; the number of kills."""
    result = project / f"{pipeline}.json"
    process = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "helpers" / "kills.py"), pipeline, str(result), *options],
        cwd=project,
        env=kedro_environment(PYTHONPATH=str(project / "src")),
        capture_output=True,
        text=True,
        timeout=3600,
    )
    assert process.returncode == 0, process.stdout[-3000:] + process.stderr[-6000:]
    return json.loads(result.read_text())["kills"]


@pytest.mark.slow
def test_a_few_kills(project: Path) -> None:
    assert kill(project, "many_to_many", "--kills", "2", "--seed", "1", "--at", "replaced:3", "--epochs", "100") == 3


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("framing", NAMES)
def test_a_hundred_kills(project: Path, framing: str) -> None:
    assert kill(project, framing, "--kills", str(-(-100 // len(NAMES))), "--seed", "2") >= 100 // len(NAMES)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_kill_at_each_write_sync_and_rename(project: Path) -> None:
    assert kill(project, "many_to_one", "--at", *MOMENTS) == len(MOMENTS)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("pipeline", "kills"), [("compare", 30), ("seed_study", 20), ("experiments", 10)])
def test_kills_of_commands_that_train_many_networks(project: Path, pipeline: str, kills: int) -> None:
    """Finished networks are not trained again, tables are the same, and the MLflow runs are resumed."""
    assert kill(project, pipeline, "--kills", str(kills), "--seed", "3") == kills
