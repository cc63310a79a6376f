"""The choice of the executor by the settings."""

from typing import Any

import pytest

from seqframe.config import ExecutionSettings, Settings
from seqframe.execution import executors, processes
from seqframe.execution.executors import MIN_EPOCHS, WORKER_BYTES, SerialExecutor, count_at_once, make_executor

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


@pytest.mark.parametrize(("workers", "expected"), [(3, None), (4, (4, 2))])
def test_threads_of_this_process_are_enough_for_compiled_networks(workers: int, expected: Any) -> None:
    made = make_executor(ExecutionSettings(workers=workers), 9, MANY, at_once=3)
    assert isinstance(made, SerialExecutor) if expected is None else made == expected


@pytest.mark.parametrize(
    ("changes", "at_once"),
    [
        ({}, 3),
        ({"training": {"backend": "tensorflow"}}, 1),
        ({"model": {"cell": "gru"}}, 3),
        ({"model": {"cell": "simple_rnn"}}, 3),
        ({"model": {"recurrent_dropout": 0.1}}, 1),
        ({"model": {"kernel_l2": 0.1}}, 1),
        ({"task": {"kind": "label"}}, 1),
    ],
)
def test_networks_that_differ_in_their_seed_are_trained_at_once(changes: dict[str, Any], at_once: int) -> None:
    pytest.importorskip("numba")
    training = {"epochs": 1, "batch_size": 1, "learning_rate": 0.1, "seed": 0, "n_seeds": 3, "backend": "auto"}
    given: dict[str, Any] = {
        "data": {"path": "x.csv", "sequence_length": 5},
        "task": {"kind": "forecast"},
        "model": {"units": 4},
    }
    given["training"] = training
    merged = {name: group | changes.get(name, {}) for name, group in given.items()}
    assert count_at_once(Settings.model_validate(merged)) == at_once
