"""The choice of the executor by the settings."""

from typing import Any

import pytest

from seqframe.config import ExecutionSettings
from seqframe.execution import executors, processes
from seqframe.execution.executors import MIN_EPOCHS, WORKER_BYTES, SerialExecutor, make_executor

MANY = MIN_EPOCHS


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "count_cores", lambda: 8)
    monkeypatch.setattr(executors, "available_memory", lambda: None)
    monkeypatch.setattr(processes, "ProcessExecutor", lambda workers, threads: (workers, threads))


@pytest.mark.parametrize(
    ("settings", "networks", "epochs", "expected"),
    [
        ({}, 9, MANY, (8, 1)),
        ({}, 3, MANY, (3, 2)),  # no more workers than networks
        ({"workers": 2}, 9, MANY, (2, 4)),
        ({}, 9, MANY - 1, None),
        ({}, 1, MANY, None),
        ({"workers": 1}, 9, MANY, None),
        ({"kind": "serial"}, 9, MANY, None),
        ({"kind": "processes"}, 1, 1, (8, 1)),
        ({"kind": "processes", "workers": 3}, 1, 1, (3, 2)),
        ({"kind": "processes", "workers": 16}, 1, 1, (16, 1)),
    ],
)
def test_the_settings_choose_workers_and_their_threads(
    settings: dict[str, Any], networks: int, epochs: int, expected: tuple[int, int] | None
) -> None:
    made = make_executor(ExecutionSettings(**settings), networks, epochs)
    assert isinstance(made, SerialExecutor) if expected is None else made == expected


def test_workers_that_do_not_fit_into_memory_are_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "available_memory", lambda: 8 * WORKER_BYTES)
    assert isinstance(make_executor(ExecutionSettings(), 9, MANY), SerialExecutor)
    assert make_executor(ExecutionSettings(workers=7), 9, MANY) == (7, 1)
