"""Networks trained on a Dask cluster have the bits of serial training, and mistakes are one line."""

import os
import signal
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from execution.test_processes import assert_same, fit, fit_large_batches
from seqframe.config import ExecutionSettings
from seqframe.errors import UserError
from seqframe.execution.cluster import DaskExecutor, _is_wanted
from seqframe.execution.executors import count_cores, make_executor
from seqframe.training.events import EpochEnd, Event, subscribe, unsubscribe
from seqframe.training.runs import run_serially

pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def executor() -> Iterator[DaskExecutor]:
    made = DaskExecutor(None, 2, count_cores())
    yield made
    made.close()


def test_a_cluster_gives_the_bits_of_serial_training(executor: DaskExecutor) -> None:
    events: list[Event] = []
    subscribe(events.append)
    try:
        found = list(fit(executor))
    finally:
        unsubscribe(events.append)
    assert_same(found, list(fit(run_serially)))
    epochs = [event for event in events if isinstance(event, EpochEnd)]
    assert sum(event.ended for event in epochs) == len(found), "each network ends once"
    assert sum(len(event.losses) for event in epochs) == sum(len(run.history.losses) for run in found)


@pytest.mark.slow
def test_large_batches_are_split_by_tensorflow_as_in_serial_training(executor: DaskExecutor) -> None:
    assert_same(fit_large_batches(executor), fit_large_batches(run_serially))


@pytest.mark.slow
def test_a_lost_worker_is_replaced(executor: DaskExecutor) -> None:
    killed: list[int] = []

    def kill(event: Event) -> None:
        if isinstance(event, EpochEnd) and not killed:
            killed.extend(executor._client.run(os.getpid).values())
            os.kill(killed[0], signal.SIGKILL)

    expected = list(fit(run_serially, epochs=40))
    subscribe(kill)
    try:
        found = list(fit(executor, epochs=40))
    finally:
        unsubscribe(kill)
    assert killed
    assert_same(found, expected)


@pytest.mark.parametrize(
    ("status", "state", "wanted"),
    [
        ("running", "executing", True),
        ("paused", "long-running", True),
        ("running", "cancelled", False),
        ("running", None, False),
        ("closing_gracefully", "executing", False),
        ("closing", "executing", False),
    ],
)
def test_a_network_is_wanted_while_its_command_and_scheduler_run(status: str, state: str | None, wanted: bool) -> None:
    tasks = {} if state is None else {"key": SimpleNamespace(state=state)}
    worker = SimpleNamespace(status=SimpleNamespace(name=status), state=SimpleNamespace(tasks=tasks))
    assert _is_wanted(worker, "key") == wanted


def test_an_address_without_a_scheduler_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqframe.execution.cluster.CONNECT_WITHIN_S", 0.5)
    settings = ExecutionSettings(kind="dask", address="tcp://127.0.0.1:9")
    with pytest.raises(UserError, match=r"^A Dask scheduler must reply .* Received: tcp://127\.0\.0\.1:9, .*$"):
        make_executor(settings, 3, 3)


def test_a_missing_package_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UserError, match=r"^`execution\.kind=dask` needs the package .*seqframe\[cluster\]'$"):
        make_executor(ExecutionSettings(kind="dask"), 3, 3)
