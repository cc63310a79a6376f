"""Disks and stores that cannot be written to: one line, if possible before anything is trained, and no half files."""

import os
import re
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from conftest import all_runs, kedro_command, kedro_environment
from seqframe.tracking.spool import waiting_files

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="there is no logging process")]

COMMAND = ("run", "--pipeline=many_to_one", "--params=training.epochs=20")
Kedro = Callable[..., "subprocess.CompletedProcess[str]"]


class Mounts:
    """File systems that a test mounts, where it may."""

    def __init__(self) -> None:
        self._paths: list[Path] = []

    def tmpfs(self, path: Path, kilobytes: int) -> None:
        """Mount a new, small file system."""
        path.mkdir(parents=True, exist_ok=True)
        self._mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(path))
        self._paths.append(path)

    def read_only(self, path: Path) -> None:
        """Mount a file or folder on itself, read-only, which root has to respect."""
        self._mount("--bind", str(path), str(path))
        self._paths.append(path)
        self._mount("-o", "remount,bind,ro", str(path))

    def _mount(self, *options: str) -> None:
        if shutil.which("mount") is None or subprocess.run(["mount", *options], capture_output=True).returncode:
            pytest.skip("file systems cannot be mounted here")

    def unmount(self) -> None:
        while self._paths:
            subprocess.run(["umount", str(self._paths.pop())], check=True)


@pytest.fixture
def mounts() -> Iterator[Mounts]:
    mounts = Mounts()
    yield mounts
    mounts.unmount()


@pytest.fixture
def used(project: Path, empty_store: Path) -> Path:
    """A project with an empty store."""
    shutil.copy(empty_store, project / "mlflow.db")
    return project


def line(result: "subprocess.CompletedProcess[str]") -> str:
    """The one line of an error."""
    assert result.returncode == 1
    (only,) = result.stderr.splitlines()
    assert "Traceback" not in result.stdout
    return only


def make_folder(project: Path) -> None:
    (project / "mlflow.db").unlink()
    (project / "mlflow.db").mkdir()


def make_link(project: Path) -> None:
    (project / "mlflow.db").unlink()
    (project / "mlflow.db").symlink_to(project / "nowhere")


def make_corrupt(project: Path) -> None:
    (project / "mlflow.db").write_bytes(b"no database" * 1000)


def make_older(project: Path) -> None:
    change(project, "UPDATE alembic_version SET version_num = '0584bdc529eb'")


def delete_experiment(project: Path) -> None:
    client = MlflowClient(f"sqlite:///{project}/mlflow.db")
    client.delete_experiment(client.create_experiment("seqframe"))


def make_artifacts_a_file(project: Path) -> None:
    (project / "mlartifacts").touch()


def change(project: Path, query: str) -> None:
    with sqlite3.connect(project / "mlflow.db") as connection:
        connection.execute(query)


STORES = [
    (make_folder, "it is a folder"),
    (make_link, "it is a link to a file that does not exist"),
    (make_corrupt, "file is not a database"),
    (make_older, "its tables belong to another version of MLflow"),
    (delete_experiment, "the experiment seqframe was deleted"),
    (make_artifacts_a_file, "mlartifacts is a file, but must be a folder"),
]


@pytest.mark.parametrize(("damage", "reason"), STORES, ids=[damage.__name__ for damage, _ in STORES])
def test_a_store_that_cannot_be_used(used: Path, kedro: Kedro, damage: Callable[[Path], None], reason: str) -> None:
    damage(used)
    result = kedro(*COMMAND)
    assert line(result).startswith("Error: MLflow's store must open. Received: sqlite:///")
    assert f"{reason})." in line(result)
    assert "epoch" not in result.stdout, "nothing is trained"
    assert waiting_files(used / "data" / "spool") == []
    assert list(used.glob("mlflow.db.*")) == []
    assert not (used / "data" / "06_models" / "many_to_one" / "many_to_one.keras").exists()


@pytest.mark.parametrize("name", ["mlflow.db", "mlartifacts"])
def test_a_store_that_is_read_only(used: Path, kedro: Kedro, mounts: Mounts, name: str) -> None:
    (used / "mlartifacts").mkdir()
    mounts.read_only(used / name)
    assert "is read-only). Make it writable" in line(kedro(*COMMAND))


@pytest.mark.parametrize("name", [".", "data", "data/08_reporting"])
def test_a_project_that_is_read_only(used: Path, kedro: Kedro, mounts: Mounts, name: str) -> None:
    (used / name).mkdir(exist_ok=True)
    mounts.read_only(used / name)
    result = kedro(*COMMAND)
    assert "which is read-only. Make it a folder that you may write to." in line(result)
    assert len(result.stdout.splitlines()) == 1, "the headline; nothing is trained"


def test_a_database_in_a_read_only_folder(tmp_path: Path, kedro: Kedro, mounts: Mounts) -> None:
    (tmp_path / "folder").mkdir()
    mounts.read_only(tmp_path / "folder")
    result = kedro(*COMMAND, MLFLOW_TRACKING_URI=f"sqlite:///{tmp_path}/folder/mlflow.db")
    assert "which fails (its folder is read-only)" in line(result)


def test_a_database_that_is_locked(used: Path, kedro: Kedro) -> None:
    connection = sqlite3.connect(used / "mlflow.db", isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN EXCLUSIVE")
    result = kedro(*COMMAND)
    connection.close()
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.count("does not answer (database is locked). Training goes on; data/spool keeps") == 1
    check_next_command(used, kedro)


def test_artifacts_on_a_full_disk(used: Path, kedro: Kedro, mounts: Mounts) -> None:
    mounts.tmpfs(used / "mlartifacts", 8)
    result = kedro(*COMMAND)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.count("No space left on device). Training goes on; data/spool keeps") == 1
    mounts.unmount()
    check_next_command(used, kedro)


def check_next_command(project: Path, kedro: Kedro) -> None:
    """The next command sends what an earlier one has left."""
    result = kedro(*COMMAND)
    assert (result.returncode, result.stderr) == (0, "")
    assert "Sent to MLflow from the spool: 1 earlier command." in result.stdout
    client = MlflowClient(f"sqlite:///{project}/mlflow.db")
    runs = all_runs(client)
    assert [run.info.status for run in runs] == ["FINISHED"] * 2
    for run in runs:
        steps = [metric.step for metric in client.get_metric_history(run.info.run_id, "train/loss")]
        assert steps == list(range(1, 21))
        assert len(client.list_artifacts(run.info.run_id)) >= 8
        assert len(client.search_logged_models([run.info.experiment_id], f"source_run_id='{run.info.run_id}'")) == 1
    assert waiting_files(project / "data" / "spool") == []


@pytest.mark.parametrize("kilobytes", [40, 80, 160, 320])
def test_results_on_a_full_disk(used: Path, kedro: Kedro, mounts: Mounts, kilobytes: int) -> None:
    """The disk is full while the checkpoint, the model, a table or a figure is written."""
    shutil.move(used / "data" / "01_raw", used / "tables")
    mounts.tmpfs(used / "data", kilobytes)
    result = kedro(*COMMAND)
    assert "No space left on device" in line(result)
    left = {path.name for path in (used / "data").rglob("*") if path.is_file()} - {".running"}
    assert not [name for name in left if name.startswith(".") or name.endswith((".new", ".unfinished"))]
    assert {run.info.status for run in all_runs(MlflowClient(f"sqlite:///{used}/mlflow.db"))} <= {"FAILED"}


def test_a_previous_file_stays_when_the_disk_is_full(used: Path, kedro: Kedro, mounts: Mounts) -> None:
    mounts.tmpfs(used / "data", 4000)
    first = kedro(*COMMAND)
    assert first.returncode == 0, first.stderr
    report = used / "data" / "08_reporting" / "many_to_one" / "report.html"
    before = report.read_bytes()
    free = shutil.disk_usage(used / "data").free
    (used / "data" / "large").write_bytes(bytes(free - 700_000))
    result = kedro(*COMMAND)
    assert "report.html, which fails (No space left on device)" in line(result)
    assert report.read_bytes() == before


def test_several_commands_at_once_have_their_own_results(used: Path) -> None:
    """What a command prints are its own results, although others write files of the same names."""
    epochs = [20, 30, 40, 50]
    processes = [
        subprocess.Popen(
            kedro_command("run", "--pipeline=many_to_one", f"--params=training.epochs={number}"),
            cwd=used,
            env=kedro_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in epochs
    ]
    results: dict[int, tuple[str, str]] = {}

    def finish(number: int, process: Any) -> None:
        results[number] = process.communicate(timeout=400)

    threads = [threading.Thread(target=finish, args=each) for each in zip(epochs, processes, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    folders = []
    for number, process in zip(epochs, processes, strict=True):
        printed, errors = results[number]
        assert (process.returncode, errors) == (0, "")
        (row,) = [row for row in printed.splitlines() if row.startswith("many_to_one      (1,5,1)")]
        assert f" {number} " in row
        found = re.search(r"^Report: +(.*)/report.html$", printed, re.MULTILINE)
        comparison = (used / found[1] / "comparison.csv").read_text()
        assert f",{number}.0," in comparison, "its own files"
        folders.append(found[1])
    assert len(set(folders)) == len(epochs)
    assert folders.count("data/08_reporting/many_to_one") == 1
    client = MlflowClient(f"sqlite:///{used}/mlflow.db")
    runs = all_runs(client)
    assert sorted(run.data.params["training.epochs"] for run in runs) == sorted(map(str, epochs))
    for run in runs:
        steps = [metric.step for metric in client.get_metric_history(run.info.run_id, "train/loss")]
        assert steps == list(range(1, int(run.data.params["training.epochs"]) + 1)), "every epoch is there once"
