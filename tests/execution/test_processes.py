"""Networks trained in worker processes have the bits of serial training, whatever happens to the workers."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.backtests import a_design, a_problem, a_task, a_training, a_walk, number, spec_for
from helpers.labels import make_labels, tiny_model, tiny_training
from helpers.processes import is_running, wait_until, workers_of
from seqframe.config import ModelSettings
from seqframe.errors import UserError
from seqframe.evaluation.folds import make_folds
from seqframe.execution.processes import MAX_RERUNS, ProcessExecutor
from seqframe.execution.replies import WorkerError
from seqframe.framings import find_framing
from seqframe.framings.sequences import make_label_spec
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import EpochEnd, Event, Message, subscribe, unsubscribe
from seqframe.training.runs import FitJob, FittedRun, fit_pairs, fit_runs, run_serially

MODEL = ModelSettings(units=8, dropout=0.1)
SEEDS = [0, 1, 2]


@pytest.fixture(scope="module")
def executor() -> Iterator[ProcessExecutor]:
    made = ProcessExecutor(2)
    yield made
    made.close()


@pytest.fixture
def events() -> Iterator[list[Event]]:
    collected: list[Event] = []
    subscribe(collected.append)
    yield collected
    unsubscribe(collected.append)


def fit(executor: Any, name: str = "many_to_one", cell: str = "lstm", **options: Any) -> Iterator[FittedRun]:
    """Networks of two folds."""
    checkpoints, seeds = options.pop("checkpoints", None), options.pop("seeds", SEEDS)
    training = a_training(**{"batch_size": 16, "epochs": 4, "shuffle": True} | options)
    folds = make_folds(number(x=a_walk(300)), a_design(a_task(lookback=6, horizon=3), n_folds=2), a_problem())
    framing = find_framing(name)
    spec = spec_for(framing, folds, MODEL.model_copy(update={"cell": cell}))
    return fit_runs(spec, framing, folds.datasets, training, seeds, checkpoints, executor)


def fit_large_batches(executor: Any) -> list[FittedRun]:
    """Two networks. Sums over a batch depend on the number of parts that TensorFlow computes at once."""
    framing, model = find_framing("many_to_one"), ModelSettings(units=64, cell="gru")
    folds = make_folds(number(x=a_walk(4000)), a_design(a_task(lookback=12, horizon=3)), a_problem())
    spec = spec_for(framing, folds, model)
    return list(fit_runs(spec, framing, folds.datasets, a_training(epochs=2), [0, 1], executor=executor))


def assert_same(first: list[FittedRun], second: list[FittedRun]) -> None:
    assert [(run.fold, run.seed) for run in first] == [(run.fold, run.seed) for run in second]
    for one, other in zip(first, second, strict=True):
        assert one.history.losses == other.history.losses
        assert one.history.validation_losses == other.history.validation_losses
        for weights, others in zip(one.network.weights, other.network.weights, strict=True):
            np.testing.assert_array_equal(weights, others)


@pytest.mark.parametrize(
    ("name", "cell"), [("many_to_many", "lstm"), pytest.param("stateful", "gru", marks=pytest.mark.slow)]
)
def test_processes_give_the_bits_of_serial_training(executor: ProcessExecutor, name: str, cell: str) -> None:
    options = {"batch_size": "full", "shuffle": False, "epochs": 1} if name == "stateful" else {}
    expected = list(fit(run_serially, name, cell, **options))
    assert_same(list(fit(executor, name, cell, **options)), expected)
    assert len({run.network.weights[0].tobytes() for run in expected}) == len(expected), "no network is like another"


def test_compiled_networks_have_the_bits_of_serial_training(executor: ProcessExecutor) -> None:
    """Here they are trained together, and in worker processes alone."""
    expected = list(fit(run_serially, backend="auto"))
    assert_same(list(fit(executor, backend="auto")), expected)


def test_large_batches_are_split_by_tensorflow_as_in_serial_training(executor: ProcessExecutor) -> None:
    assert_same(fit_large_batches(executor), fit_large_batches(run_serially))


def test_labels(executor: ProcessExecutor) -> None:
    framing, training = find_framing("many_to_many"), tiny_training()
    dataset = make_labels(per_step=True)
    datasets, spec = [dataset, replace(dataset)], make_label_spec(dataset, framing, tiny_model())
    expected = list(fit_pairs(spec, framing, datasets, training))
    assert_same(list(fit_pairs(spec, framing, datasets, training, executor=executor)), expected)


def test_events_arrive_here_in_the_order_of_each_network(executor: ProcessExecutor, events: list[Event]) -> None:
    runs = list(fit(executor))
    by_label: dict[str, list[EpochEnd]] = {}
    for event in events:
        assert isinstance(event, EpochEnd)
        by_label.setdefault(event.label, []).append(event)
    assert len(by_label) == len(runs) == 6
    for run, label in zip(runs, sorted(by_label), strict=True):
        assert sum((event.losses for event in by_label[label]), ()) == run.history.losses
        assert [event.ended for event in by_label[label]][-1]
    assert all(run.peak_memory_mb is None or run.peak_memory_mb > 50 for run in runs)


def test_a_killed_worker_is_replaced(executor: ProcessExecutor, events: list[Event], tmp_path: Path) -> None:
    """Its network is resumed, no epoch is reported twice, and the bits are the same."""
    options = {"epochs": 40, "checkpoint_every_s": 0.0}
    expected = list(fit(run_serially, **options))
    events.clear()
    killed: list[int] = []

    def kill(event: Event) -> None:
        if isinstance(event, EpochEnd) and not killed:
            killed.append(workers_of(os.getpid())[0])
            os.kill(killed[0], signal.SIGKILL)

    subscribe(kill)
    try:
        found = list(fit(executor, checkpoints=CheckpointStore(tmp_path), **options))
    finally:
        unsubscribe(kill)
        CheckpointStore(tmp_path).delete()
    assert_same(found, expected)
    texts = [event.text for event in events if isinstance(event, Message)]
    assert sum("its worker process was killed (exit code -9), and another one starts." in text for text in texts) == 1
    epochs = [
        (each.label, each.first + i) for each in events if isinstance(each, EpochEnd) for i in range(len(each.losses))
    ]
    assert len(epochs) == len(set(epochs)) == sum(len(run.history.losses) for run in expected)


@pytest.mark.slow
def test_workers_killed_at_random_moments(executor: ProcessExecutor, events: list[Event], tmp_path: Path) -> None:
    """Ten times: the bits are the same, and every epoch is reported once."""
    options = {"epochs": 40, "checkpoint_every_s": 0.0}
    expected = list(fit(run_serially, **options))
    count = sum(isinstance(event, EpochEnd) for event in events)
    rng, killed = np.random.default_rng(0), 0
    for turn in range(10):
        events.clear()
        left = [int(rng.integers(count))]

        def kill(event: Event, left: list[int] = left) -> None:
            left[0] -= isinstance(event, EpochEnd)
            workers = workers_of(os.getpid())
            if left[0] == -1 and workers:
                left[0] -= 1
                os.kill(int(rng.choice(workers)), signal.SIGKILL)

        subscribe(kill)
        try:
            found = list(fit(executor, checkpoints=CheckpointStore(tmp_path / str(turn)), **options))
        finally:
            unsubscribe(kill)
            CheckpointStore(tmp_path / str(turn)).delete()
        assert_same(found, expected)
        reported = [
            (event.label, event.first + i)
            for event in events
            if isinstance(event, EpochEnd)
            for i in range(len(event.losses))
        ]
        assert len(reported) == len(set(reported)) == sum(len(run.history.losses) for run in expected)
        killed += left[0] < -1
    assert killed >= 5, "most of the moments are before the end"


@pytest.mark.slow
def test_a_network_whose_workers_are_all_killed_is_one_line(executor: ProcessExecutor, events: list[Event]) -> None:
    def kill(event: Event) -> None:
        if isinstance(event, EpochEnd):
            for worker in workers_of(os.getpid()):
                os.kill(worker, signal.SIGKILL)

    subscribe(kill)
    try:
        with pytest.raises(
            UserError, match=rf"^A worker process must train .* Received: {MAX_RERUNS + 1} processes .*$"
        ):
            list(fit(executor, epochs=200_000, batch_size="full", seeds=[0]))
    finally:
        unsubscribe(kill)
    assert_same(list(fit(executor, seeds=[0])), list(fit(run_serially, seeds=[0])))


def test_what_cannot_be_pickled_is_one_line(executor: ProcessExecutor) -> None:
    first, *_ = jobs()
    framing = replace(first.framing, constraints=(lambda _: None,))
    with pytest.raises(UserError, match=r"^Networks .* Received: many_to_one, .* Set execution\.kind=serial\.$"):
        list(executor([replace(first, framing=framing)]))


def test_an_error_in_a_worker_is_raised_in_the_order_of_the_jobs(executor: ProcessExecutor) -> None:
    first, second, *_ = jobs()
    wrong = second.training.model_copy(update={"batch_size": None})
    results = executor([first, replace(second, training=wrong)])
    assert_same([next(results)], [first.run()])
    with pytest.raises(WorkerError, match="Traceback"):
        next(results)


def jobs() -> list[FitJob]:
    collected: list[FitJob] = []

    def collect(given: Any) -> Iterator[FittedRun]:
        collected.extend(given)
        return iter(())

    fit(collect)
    return collected


def test_results_that_are_not_taken_are_dropped(executor: ProcessExecutor) -> None:
    results = fit(executor)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert_same(list(fit(executor, seeds=[5])), list(fit(run_serially, seeds=[5])))


def test_close_leaves_no_process_and_no_file() -> None:
    before = set(workers_of(os.getpid()))
    executor = ProcessExecutor(2)
    results = fit(executor, epochs=200_000)
    started = set(workers_of(os.getpid())) - before
    assert len(started) == 2
    folder = Path(executor._folder.name)
    subscribe(interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            next(results)
    finally:
        unsubscribe(interrupt)
    executor.close()
    executor.close()
    wait_until(lambda: not any(map(is_running, started)))
    assert not folder.exists()


def interrupt(event: Event) -> None:
    raise KeyboardInterrupt
