"""Logging from another process: nothing is lost, nothing hangs, and no process is left."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, all_runs
from helpers.run_contexts import make_run_context
from seqframe.errors import UserError
from seqframe.tracking.background import LoggingProcess, LoggingProcessError
from seqframe.tracking.records import LOSS, File, Metrics, RunInfo, Tags
from seqframe.tracking.runs import MlflowRunLogger, is_dead
from seqframe.training.events import EpochEnd

INFO = RunInfo({"X_shape": "(1, 5, 1)"}, {"data.rows": "5"}, "0123456789abcdef")
NAMES = ("one", "two")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no logging process")


@pytest.fixture
def messages() -> list[str]:
    return []


@pytest.fixture
def process(store, tmp_path: Path, messages: list[str]) -> Iterator[LoggingProcess]:
    with LoggingProcess(tmp_path / "spool", messages.append) as process:
        yield process
    assert not is_running(process._process.pid)


def is_running(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition: Callable[[], Any], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "timeout"
        time.sleep(0.02)


def test_everything_is_written_in_order_before_close_returns(process: LoggingProcess, store) -> None:
    logger = process.start(make_run_context(*NAMES))
    for name in NAMES:
        logger.open(name, INFO)
    for name in NAMES:
        for first in range(1, 1001, 100):
            logger.on_event(EpochEnd(name, "", tuple(1 / epoch for epoch in range(first, first + 100)), first, 1000))
        logger.log(name, [Metrics((("score/mse", 0.5, 0),), 1), Tags({"kernel.body_1": "a kernel"})])
        logger.finish(name)
    logger.log("", [File("comparison.csv", b"a,b\n" * 100_000)])  # more than the buffer of a pipe
    logger.close("FINISHED")
    runs = {run.data.tags["framing"]: run for run in all_runs(store)}
    assert set(runs) == {*NAMES, "all"}
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    for name in NAMES:
        assert runs[name].data.tags["mlflow.parentRunId"] == runs["all"].info.run_id
        assert runs[name].data.tags["kernel.body_1"] == "a kernel"
        assert runs[name].data.params == {"X_shape": "(1, 5, 1)"}
        assert runs[name].data.metrics["score/mse"] == 0.5
        steps = [metric.step for metric in store.get_metric_history(runs[name].info.run_id, LOSS)]
        assert steps == list(range(1, 1001))
    assert [file.path for file in store.list_artifacts(runs["all"].info.run_id)] == ["comparison.csv"]


def test_a_store_that_does_not_open_stops_the_training(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, process: LoggingProcess
) -> None:
    (tmp_path / "mlflow.db").write_text("not a database")
    logger = process.start(make_run_context("one"))
    logger.open("one", INFO)
    with pytest.raises(UserError, match="MLflow's store must open. Received: sqlite:///"):
        logger.on_event(EpochEnd("one", "", (1.0,), 1, 2))
    logger.close("FAILED")


def test_an_error_is_raised_by_the_next_call_and_fails_the_runs(process: LoggingProcess, store) -> None:
    logger = process.start(make_run_context(*NAMES))
    logger.open("one", INFO)
    logger.log("one", ["not for MLflow"])  # type: ignore[list-item]
    wait_until(lambda: process._failure)
    with pytest.raises(LoggingProcessError, match="A log item must be one of LogItem. Received: 'not for MLflow'"):
        logger.finish("one")
    logger.close("FAILED")
    assert {run.info.status for run in all_runs(store)} == {"FAILED"}


def test_the_last_error_is_raised_by_close(process: LoggingProcess, store) -> None:
    logger = process.start(make_run_context("one"))
    logger.open("one", INFO)
    logger.log("one", ["not for MLflow"])  # type: ignore[list-item]
    with pytest.raises(LoggingProcessError):
        logger.close("FINISHED")
    (run,) = all_runs(store)
    assert run.info.status == "FAILED"
    logger.close("KILLED")
    assert all_runs(store)[0].info.status == "FAILED", "a second call changes nothing"


def test_an_item_that_cannot_be_pickled_is_raised(process: LoggingProcess) -> None:
    logger = process.start(make_run_context("one"))
    with pytest.raises(Exception, match="pickle"):
        logger.log("one", [lambda: None])  # type: ignore[list-item]
    logger.close("FAILED")


def test_a_killed_process_is_started_again_and_nothing_is_lost_or_doubled(
    process: LoggingProcess, store, tmp_path: Path, messages: list[str]
) -> None:
    logger = process.start(make_run_context("one"))
    logger.open("one", INFO)
    logger.on_event(EpochEnd("one", "", (3.0,), 1, 2))  # waits until the run is open
    process._process.kill()
    logger.on_event(EpochEnd("one", "", (2.0,), 2, 2))
    logger.log("one", [Metrics((("score/mse", 0.5, 0),), 1)])
    logger.close("FINISHED")
    (run,) = all_runs(store)
    assert run.info.status == "FINISHED"
    assert [metric.value for metric in store.get_metric_history(run.info.run_id, LOSS)] == [3.0, 2.0]
    assert [metric.value for metric in store.get_metric_history(run.info.run_id, "score/mse")] == [0.5]
    assert messages == []
    assert list((tmp_path / "spool").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_do_not_end_the_logging_process(process: LoggingProcess, store, number: signal.Signals) -> None:
    logger = process.start(make_run_context("one"))
    logger.open("one", INFO)
    logger.on_event(EpochEnd("one", "", (1.0,), 1, 2))  # waits until the run is open
    os.kill(process._process.pid, number)
    assert os.getpgid(process._process.pid) != os.getpgid(0), "Ctrl-C does not reach its process group"
    logger.close("KILLED")
    assert all_runs(store)[0].info.status == "KILLED"


def test_a_store_is_not_created_without_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/new.db")
    with LoggingProcess(tmp_path / "spool") as process:
        process.start(make_run_context("one")).close("FAILED")
    assert [path.name for path in tmp_path.rglob("*")] == ["spool"]


OTHER_PROCESS = """
import sys, time
sys.path.insert(0, {tests!r})
from tracking.test_background import *
process = LoggingProcess(Path({spool!r}))
logger = process.start(make_run_context("one"), "token")
logger.open("one", INFO)
logger.log("one", [])
logger.on_event(EpochEnd("one", "", (3.0, 2.0), 1, 2))
logger.log("one", [])
process._send("log", "one", []).wait()
print(process._process.pid, flush=True)
sys.stdin.readline()
for step in range(1000):
    logger.log("one", [Metrics((("late", 1.0, step),), 1)])
time.sleep(100)
"""


@pytest.mark.slow
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_it_ends_with_its_parent_and_the_next_command_resumes_the_killed_run(store, tmp_path: Path, busy: bool) -> None:
    code = OTHER_PROCESS.format(tests=str(ROOT / "tests"), spool=str(tmp_path / "spool"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}  # which Kedro changes when it opens a project
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    lock = sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None)
    try:
        number = int(other.stdout.readline())
        (run,) = all_runs(store)
        assert run.data.tags["process"].split()[1] == str(number), "the logging process is the one that writes"
        assert not is_dead(run.data.tags["process"])
        if busy:
            lock.execute("BEGIN IMMEDIATE")  # the logging process waits for it, with many requests
            other.stdin.write("\n")
            other.stdin.flush()
            time.sleep(0.5)
    finally:
        other.kill()
        other.communicate()
    wait_until(lambda: not is_running(number), 5)
    lock.close()

    (run,) = all_runs(store)
    assert run.info.status == ("RUNNING" if busy else "KILLED"), "it does not wait for a store that does not respond"
    assert "late" not in run.data.metrics
    assert is_dead(run.data.tags["process"])
    logger = MlflowRunLogger(make_run_context("one"), "token")
    logger.open("one", INFO)
    logger.on_event(EpochEnd("one", "", (3.0, 2.0), 1, 2))
    logger.close("FINISHED")
    (resumed,) = all_runs(store)
    assert (resumed.info.run_id, resumed.info.status) == (run.info.run_id, "FINISHED")
    losses = [metric.value for metric in store.get_metric_history(run.info.run_id, LOSS)]
    assert losses == [3.0, 2.0], "every epoch is logged exactly once"
