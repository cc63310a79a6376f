"""The MLflow store: where it is, how it is created, and what happens if it cannot be opened."""

import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from helpers.stores import open_new_store
from seqframe.config import PROJECT_ROOT
from seqframe.errors import UserError
from seqframe.tracking.store import database_path, experiment_id, open_client, tracking_uri


def test_the_store_is_in_the_project_in_any_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    assert tracking_uri() == f"sqlite:///{PROJECT_ROOT}/mlflow.db"
    assert database_path(tracking_uri()) == PROJECT_ROOT / "mlflow.db"
    assert database_path("http://localhost:5000") is None


def test_artifacts_are_next_to_the_database(store, tmp_path: Path) -> None:
    experiment = store.get_experiment(experiment_id(store))
    assert experiment.artifact_location == (tmp_path / "mlartifacts").as_uri()
    assert experiment_id(store) == experiment.experiment_id, "the second call finds it"


def test_a_store_that_cannot_be_opened_is_a_one_line_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_text("not a database")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/broken.db")
    with pytest.raises(UserError) as caught:
        open_client()
    assert "MLflow's store must open. Received: sqlite:///" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_of_killed_first_starts_are_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = [f"mlflow.db.{dead.pid}.new{suffix}" for suffix in ("", "-journal", "-wal", "-shm")]
    others = [f"mlflow.db.{os.getppid()}.new", "mlflow.db.mine.new", "other.db.1.new"]
    for name in [*left, *others]:
        (tmp_path / name).touch()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    open_client()
    assert {path.name for path in tmp_path.iterdir()} == {"mlflow.db", *others}, "files of live processes stay"

    (tmp_path / left[0]).touch()
    open_client()
    assert not (tmp_path / left[0]).exists(), "also if the database exists already"


@pytest.mark.slow
def test_several_processes_may_create_the_store_at_once(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        runs = list(pool.map(open_new_store, [uri] * 4))
    assert len(set(runs)) == 4
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".new")] == []


def test_a_server_that_does_not_respond_is_a_one_line_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(
        UserError, match=r"MLflow at http://127.0.0.1:9 does not answer \(connection refused\)\."
    ) as caught:
        open_client()
    assert len(str(caught.value)) < 300
