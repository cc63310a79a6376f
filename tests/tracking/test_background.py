"""A book that is kept in another process: nothing is lost, nothing hangs, and nothing is left behind."""

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
import yaml

from conftest import ROOT, all_runs
from seqframe.config import parse_settings
from seqframe.errors import UserError
from seqframe.tracking.background import LoggingProcess, LoggingProcessError
from seqframe.tracking.records import LOSS, File, Metrics, RunContext, RunInfo, Tags
from seqframe.tracking.runs import MlflowRunLogger, is_dead
from seqframe.training.events import EpochEnd

POSED = RunInfo({"X_shape": "(1, 5, 1)"}, {"data.rows": "5"}, "0123456789abcdef")
NAMES = ("one", "two")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no clerk")


def session(*framings: str) -> RunContext:
    settings = parse_settings(yaml.safe_load((ROOT / "conf" / "base" / "parameters.yml").read_text()))
    return RunContext("2026", "pipeline", framings, settings)


@pytest.fixture
def clerk(store) -> Iterator[LoggingProcess]:
    with LoggingProcess() as clerk:
        yield clerk
    assert not alive(clerk._process.pid)


def alive(number: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(true: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


def test_everything_is_written_in_order_before_close_returns(clerk: LoggingProcess, store) -> None:
    book = clerk.start(session(*NAMES))
    for name in NAMES:
        book.open(name, POSED)
    for name in NAMES:
        for first in range(1, 1001, 100):
            book.on_event(EpochEnd(name, "", tuple(1 / epoch for epoch in range(first, first + 100)), first, 1000))
        book.log(name, [Metrics((("score/mse", 0.5, 0),), 1), Tags({"kernel.body_1": "a kernel"})])
        book.finish(name)
    book.log("", [File("comparison.csv", b"a,b\n" * 100_000)])  # more than a pipe holds
    book.close("FINISHED")
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
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clerk: LoggingProcess
) -> None:
    (tmp_path / "mlflow.db").write_text("this is no database")
    book = clerk.start(session("one"))
    book.open("one", POSED)
    with pytest.raises(UserError, match="MLflow's store must open. Received: sqlite:///"):
        book.on_event(EpochEnd("one", "", (1.0,), 1, 2))
    book.close("FAILED")


def test_what_goes_wrong_is_raised_by_the_next_call_and_fails_the_runs(clerk: LoggingProcess, store) -> None:
    book = clerk.start(session(*NAMES))
    book.open("one", POSED)
    book.log("one", ["not for MLflow"])  # type: ignore[list-item]
    wait_until(lambda: clerk._failure)
    with pytest.raises(LoggingProcessError, match="Nothing is known of not for MLflow in MLflow"):
        book.finish("one")
    book.close("FAILED")
    assert {run.info.status for run in all_runs(store)} == {"FAILED"}


def test_what_goes_wrong_last_is_raised_by_close(clerk: LoggingProcess, store) -> None:
    book = clerk.start(session("one"))
    book.open("one", POSED)
    book.log("one", ["not for MLflow"])  # type: ignore[list-item]
    with pytest.raises(LoggingProcessError):
        book.close("FINISHED")
    (run,) = all_runs(store)
    assert run.info.status == "FAILED"
    book.close("KILLED")
    assert all_runs(store)[0].info.status == "FAILED", "the second time it changes nothing"


def test_what_cannot_be_sent_is_raised(clerk: LoggingProcess) -> None:
    book = clerk.start(session("one"))
    book.log("one", [lambda: None])  # type: ignore[list-item]
    with pytest.raises(Exception, match="pickle"):
        book.close("FINISHED")


def test_a_clerk_that_is_gone_is_missed(clerk: LoggingProcess, store) -> None:
    book = clerk.start(session("one"))
    book.open("one", POSED)
    book.on_event(EpochEnd("one", "", (1.0,), 1, 2))  # which waits until the run is open
    clerk._process.kill()
    book.log("one", [])
    with pytest.raises(LoggingProcessError, match="The process that writes to MLflow is gone"):
        book.close("FINISHED")
    (run,) = all_runs(store)
    assert run.info.status == "RUNNING"
    assert is_dead(run.data.tags["process"]), "so that the next session closes it"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_are_not_for_the_clerk(clerk: LoggingProcess, store, number: signal.Signals) -> None:
    book = clerk.start(session("one"))
    book.open("one", POSED)
    book.on_event(EpochEnd("one", "", (1.0,), 1, 2))  # which waits until the run is open
    os.kill(clerk._process.pid, number)
    assert os.getpgid(clerk._process.pid) != os.getpgid(0), "nor is it among those that Ctrl-C goes to"
    book.close("KILLED")
    assert all_runs(store)[0].info.status == "KILLED"


def test_a_store_is_not_made_for_a_book_that_stays_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/new.db")
    with LoggingProcess() as clerk:
        clerk.start(session("one")).close("FAILED")
    assert not list(tmp_path.iterdir())


OTHER_PROCESS = """
import sys, time
sys.path.insert(0, {tests!r})
from tracking.test_background import *
clerk = LoggingProcess()
book = clerk.start(session("one"), "token")
book.open("one", POSED)
book.log("one", [])
book.on_event(EpochEnd("one", "", (3.0, 2.0), 1, 2))
book.log("one", [])
clerk._post("log", "one", []).wait()
print(clerk._process.pid, flush=True)
sys.stdin.readline()
for step in range(1000):
    book.log("one", [Metrics((("late", 1.0, step),), 1)])
time.sleep(100)
"""


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_a_clerk_dies_with_its_process_and_leaves_the_run_to_the_next(store, tmp_path: Path, busy: bool) -> None:
    code = OTHER_PROCESS.format(tests=str(ROOT / "tests"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}  # which Kedro changes when it opens a project
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    lock = sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None)
    try:
        number = int(other.stdout.readline())
        (run,) = all_runs(store)
        assert run.data.tags["process"].split()[1] == str(number), "the clerk is who writes"
        assert not is_dead(run.data.tags["process"])
        if busy:
            lock.execute("BEGIN IMMEDIATE")  # the clerk waits for it, with a pile of things to be written
            other.stdin.write("\n")
            other.stdin.flush()
            time.sleep(0.5)
    finally:
        other.kill()
        other.communicate()
    wait_until(lambda: not alive(number), 5)
    lock.close()

    (run,) = all_runs(store)
    assert run.info.status == "RUNNING"
    assert "late" not in run.data.metrics
    assert is_dead(run.data.tags["process"])
    book = MlflowRunLogger(session("one"), "token")
    book.open("one", POSED)
    book.on_event(EpochEnd("one", "", (3.0, 2.0), 1, 2))
    book.close("FINISHED")
    (again,) = all_runs(store)
    assert (again.info.run_id, again.info.status) == (run.info.run_id, "FINISHED")
    losses = [metric.value for metric in store.get_metric_history(run.info.run_id, LOSS)]
    assert losses == [3.0, 2.0], "no epoch is missing, none is doubled"
