"""MLflow's tables in PostgreSQL, which is stopped and killed: training goes on, and every metric is there once."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from conftest import ROOT, all_runs
from helpers.logging_command import EPOCHS, INFO, NAMES, log_all
from helpers.run_contexts import make_run_context
from helpers.servers import Postgres, mlflow_server
from seqframe.errors import UserError
from seqframe.tracking.background import LoggingProcess
from seqframe.tracking.records import LOSS, Tags
from seqframe.tracking.spool import waiting_files
from seqframe.tracking.store import open_client
from seqframe.tracking.sync import send_files

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("postgres") is None, reason="PostgreSQL is not installed"),
]
needs_driver = pytest.mark.skipif(find_spec("psycopg") is None, reason="psycopg is not installed")


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A server whose folder is not one of pytest's, which other users may not enter."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        postgres = Postgres(Path(folder))
        try:
            postgres.start()
            yield postgres
        finally:
            postgres.stop()


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # artifacts
    return tmp_path / "spool"


def check_once(client: MlflowClient, commands: int) -> None:
    """Every run and every metric of some commands is there once."""
    runs = all_runs(client)
    assert Counter(run.info.run_name for run in runs) == {"compare": commands} | dict.fromkeys(NAMES, commands)
    assert {run.info.status for run in runs} == {"FINISHED"}
    for run in runs:
        if run.info.run_name not in NAMES:
            continue
        history = client.get_metric_history(run.info.run_id, LOSS)
        assert [metric.step for metric in history] == list(range(1, EPOCHS + 1))
        assert [metric.value for metric in client.get_metric_history(run.info.run_id, "score/mse")] == [0.5]
        assert [metric.value for metric in client.get_metric_history(run.info.run_id, "score/mae")] == [0.25]
        assert [file.path for file in client.list_artifacts(run.info.run_id)] == ["layers.csv"]


@pytest.mark.skipif(find_spec("psycopg") is not None, reason="psycopg is installed")
def test_a_missing_driver_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://me:secret@127.0.0.1:1/mlflow")
    with pytest.raises(UserError, match=r"the driver psycopg is missing\). Install it: pip install 'psycopg") as caught:
        open_client()
    assert "secret" not in str(caught.value)


@needs_driver
def test_wrong_credentials_are_one_line(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", postgres.uri.replace("geheim", "secret"))
    with pytest.raises(UserError, match="password authentication failed") as caught:
        open_client()
    assert "secret" not in str(caught.value)


@needs_driver
@pytest.mark.parametrize("behind_a_server", [False, True])
def test_a_database_that_is_stopped_and_started(
    postgres: Postgres, spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behind_a_server: bool
) -> None:
    if behind_a_server:
        with mlflow_server(tmp_path, postgres.uri) as server:
            stop_and_start(postgres, server.uri, spool, monkeypatch)
    else:
        stop_and_start(postgres, postgres.uri, spool, monkeypatch)


def stop_and_start(postgres: Postgres, uri: str, spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    messages: list[str] = []
    with LoggingProcess(spool, messages.append) as process:
        logger = process.start(make_run_context(*NAMES))
        logger.open("one", INFO)
        logger._send("log", "one", []).wait()
        postgres.stop()
        logger.log("one", [Tags({"database": "stopped"})])
        log_all(logger, 0)
    assert len(messages) == 1
    assert "Training goes on" in messages[0]
    assert "geheim" not in messages[0]
    (path,) = waiting_files(spool)
    assert b"geheim" not in path.read_bytes()
    postgres.start()
    wait_for(uri)
    assert send_files(spool).sent == 1
    check_once(MlflowClient(uri), 1)


def wait_for(uri: str) -> None:
    """Wait until a store works."""
    deadline = time.monotonic() + 60
    while True:
        try:
            open_client()
            return
        except UserError:
            assert time.monotonic() < deadline, uri
            time.sleep(0.5)


@needs_driver
@pytest.mark.timeout(3600)
def test_fifty_commands_while_the_database_is_killed_five_times(
    postgres: Postgres, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten at a time: every metric is there once."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", postgres.uri)
    client = open_client()  # creates the tables
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, str(ROOT / "tests" / "helpers" / "logging_command.py"), str(spool), "6"]
    waiting, running, ended = 50, [], 0
    kills = iter([5, 15, 25, 35, 45])  # ended commands
    next_kill = next(kills)
    while waiting or running:
        while waiting and len(running) < 10:
            running.append(start(command, path, spool.parent / "printed"))
            waiting -= 1
        for process in [each for each in running if each.poll() is not None]:
            assert process.returncode == 0
            running.remove(process)
            ended += 1
        if ended >= next_kill:
            next_kill = next(kills, 1000)
            postgres.stop()
            time.sleep(4)
            postgres.start()
        time.sleep(0.1)
    wait_for(postgres.uri)
    assert "Training goes on" in (spool.parent / "printed").read_text(), "commands were running when it was killed"
    send_files(spool)
    assert waiting_files(spool) == []
    check_once(client, 50)


def start(command: list[str], path: str, printed: Path) -> Any:
    with printed.open("ab") as file:
        return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}, stdout=file)
