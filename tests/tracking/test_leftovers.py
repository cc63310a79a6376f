"""`seqframe clean`: what it lists, and what it removes."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from seqframe.__main__ import main
from seqframe.reporting.last_runs import lock_run
from seqframe.tracking.leftovers import DAY, find_leftovers, list_deleted_runs
from seqframe.tracking.store import experiment_id

LOCK = """
import sys
from pathlib import Path
from seqframe.training.checkpoint import CheckpointStore
assert CheckpointStore(Path(sys.argv[1])).lock()
print("locked", flush=True)
sys.stdin.read()
"""


def make(path: Path, days: float = 0, content: bytes = b"x" * 1000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    for each in (path, path.parent):
        os.utime(each, (time.time() - days * DAY,) * 2)
    return path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A project with files of 40 days ago, and newer ones."""
    make(tmp_path / "data" / "01_raw" / "my.csv", 40)
    make(tmp_path / "data" / "06_models" / "forecaster" / "config.json", 40)
    make(tmp_path / "data" / "06_models" / "checkpoints" / "old" / "a.checkpoint", 40)
    make(tmp_path / "data" / "06_models" / "checkpoints" / "new" / "a.checkpoint")
    make(tmp_path / "data" / "08_reporting" / "report.html", 40)
    make(tmp_path / "data" / "08_reporting" / ".gitkeep", 40)
    make(tmp_path / "data" / "08_reporting" / "dense" / "loss_curve.png", 40)
    make(tmp_path / "data" / "07_model_output" / "future.csv")
    return tmp_path


def found(project: Path, days: float) -> set[str]:
    return {each.path.relative_to(project).as_posix() for each in find_leftovers(project, days)}


def test_old_files_are_found_and_tables_and_models_are_not(old: Path) -> None:
    outdated = {
        "data/06_models/checkpoints/old",
        "data/08_reporting/report.html",
        "data/08_reporting/dense",
    }
    assert found(old, 30) == outdated
    assert found(old, 50) == set()
    assert found(old, 0) == outdated | {"data/06_models/checkpoints/new", "data/07_model_output/future.csv"}


@pytest.mark.skipif(os.name != "posix", reason="it needs file locks")
def test_checkpoints_of_a_running_command_stay(old: Path) -> None:
    folder = old / "data" / "06_models" / "checkpoints" / "old"
    command = [sys.executable, "-c", LOCK, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        assert "data/06_models/checkpoints/old" not in found(old, 0)
        process.communicate("")
    assert "data/06_models/checkpoints/old" in found(old, 0)


def test_files_of_a_running_command_stay(old: Path) -> None:
    make(old / "data" / "08_reporting" / ".compare" / "report.html", 40)
    lock = lock_run(old, "compare")
    assert lock is not None
    assert "data/08_reporting/.compare" not in found(old, 0)
    lock.close()
    assert "data/08_reporting/.compare" in found(old, 0), "it was killed"
    assert not [name for name in found(old, 0) if name.endswith(".lock")]


@pytest.mark.slow
def test_files_are_listed_and_then_removed(old: Path, store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = experiment_id(store)
    runs = [store.create_run(experiment).info for _ in range(2)]
    for run in runs:
        store.log_text(run.run_id, "x" * 2000, "notes.txt")
        store.set_terminated(run.run_id)
    store.delete_run(runs[0].run_id)
    assert [run_id for run_id, _ in list_deleted_runs()] == [runs[0].run_id]
    artifacts = [Path(run.artifact_uri.removeprefix("file://")) for run in runs]

    (old / "data" / "index.html").write_text("report.html")
    monkeypatch.setattr("seqframe.__main__._find_project", lambda command: old)
    listed = CliRunner().invoke(main, ["clean"])
    assert listed.exit_code == 0, listed.output
    assert "     1  checkpoints of interrupted commands, 0.0 MB" in listed.output
    assert "     2  reports and outputs, 0.0 MB" in listed.output
    assert "     1  artifacts of deleted runs, 0.0 MB" in listed.output
    assert listed.output.endswith("Nothing was removed. Remove them with: seqframe clean --older-than 30 --yes\n")
    assert (old / "data" / "08_reporting" / "report.html").exists()

    removed = CliRunner().invoke(main, ["clean", "--yes"])
    assert removed.output.endswith("All of them were removed.\n")
    assert found(old, 30) == set()
    assert "report.html" not in (old / "data" / "index.html").read_text()
    assert (old / "data" / "01_raw" / "my.csv").exists()
    assert (old / "data" / "06_models" / "forecaster" / "config.json").exists()
    assert [artifact.exists() for artifact in artifacts] == [False, True]
    assert list_deleted_runs() == []
    again = CliRunner().invoke(main, ["clean"])
    assert again.output == "There is nothing to remove that is older than 30 days.\n"


def test_outside_of_a_project_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["clean"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: `seqframe clean` needs a project. Received: ")
