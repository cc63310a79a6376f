"""Runs that are killed by SIGKILL, at random and in the middle of a write, come to the same end as one that is not."""

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


def kill(project: Path, framing: str, *options: str) -> int:
    result = project / f"{framing}.json"
    answer = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "helpers" / "kills.py"), framing, str(result), *options],
        cwd=project,
        env=kedro_environment(PYTHONPATH=str(project / "src")),
        capture_output=True,
        text=True,
        timeout=3000,
    )
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-6000:]
    return json.loads(result.read_text())["kills"]


def test_three_kills(project: Path) -> None:
    assert kill(project, "many_to_many", "--kills", "2", "--seed", "1", "--at", "replaced:3") == 3


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("framing", NAMES)
def test_a_hundred_kills(project: Path, framing: str) -> None:
    assert kill(project, framing, "--kills", str(-(-100 // len(NAMES))), "--seed", "2") >= 100 // len(NAMES)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_kill_at_each_write_sync_and_rename(project: Path) -> None:
    assert kill(project, "many_to_one", "--at", *MOMENTS) == len(MOMENTS)
