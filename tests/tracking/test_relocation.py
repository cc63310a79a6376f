"""A project that was copied, moved or renamed writes into its own folder, and finds what it has."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from conftest import all_runs
from helpers.run_contexts import make_run_context
from seqframe.tracking.records import File, RunInfo
from seqframe.tracking.runs import MlflowRunLogger
from seqframe.tracking.store import experiment_id, open_client

INFO = RunInfo({}, {}, "0123456789abcdef")
NAMES = ["copy", "Kopie für Bärbel 100%", "it's a 'copy'"]


def log_run(folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> Any:
    """Log a run to the store in a folder; return a client."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
    logger = MlflowRunLogger(make_run_context("one"))
    logger.open("one", INFO)
    logger.log("one", [File("a.txt", content)])
    logger.close("FINISHED")
    return open_client()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_writes_into_its_own_folder(
    tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    original, copy = tmp_path / "Projekt Ü 1", tmp_path / name
    original.mkdir()
    shutil.copy(empty_store, original / "mlflow.db")
    log_run(original, monkeypatch, b"of the original")
    shutil.copytree(original, copy)
    before = contents(original)

    client = log_run(copy, monkeypatch, b"of the copy")
    assert contents(original) == before, "nothing is written to the original"
    runs = all_runs(client)
    assert len(runs) == 2
    found = {Path(client.download_artifacts(run.info.run_id, "a.txt")).read_bytes() for run in runs}
    assert found == {b"of the original", b"of the copy"}
    assert all(run.info.artifact_uri.startswith((copy / "mlartifacts").as_uri() + "/") for run in runs)
    experiment = client.get_experiment(experiment_id(client))
    assert experiment.artifact_location == (copy / "mlartifacts").as_uri()


def test_a_renamed_project_finds_its_artifacts(
    tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old").mkdir()
    shutil.copy(empty_store, tmp_path / "old" / "mlflow.db")
    log_run(tmp_path / "old", monkeypatch, b"content")
    (tmp_path / "old").rename(tmp_path / "new")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/new/mlflow.db")
    client = open_client()
    (run,) = all_runs(client)
    assert Path(client.download_artifacts(run.info.run_id, "a.txt")).read_bytes() == b"content"
    assert not (tmp_path / "old").exists()


def test_artifacts_that_a_user_has_put_elsewhere_stay_there(store: Any, tmp_path: Path) -> None:
    location = (tmp_path / "large disk").as_uri()
    store.create_experiment("seqframe", artifact_location=location)
    client = open_client()
    assert client.get_experiment_by_name("seqframe").artifact_location == location
