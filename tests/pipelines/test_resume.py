"""An interrupted run is resumed where it was, in the same MLflow runs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import all_runs
from seqframe import hooks
from seqframe.framings import TUTORIAL
from seqframe.tracking.records import LOSS
from seqframe.training import progress
from seqframe.training.events import EpochEnd, Message, subscribe, unsubscribe

SETTINGS = {"epochs": 40, "checkpoint_every_s": 0.0, "shuffle": True}
NAMES = [framing.name for framing in TUTORIAL]


class CutOffError(BaseException):
    """As if the plug were pulled, as far as the code that runs can see."""


@pytest.fixture
def interrupt(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[str]]]:
    """Run something, and stop it when a framing has trained so many epochs. Gives the messages that were made."""
    monkeypatch.setattr(progress, "REPORT_EVERY_S", 0.0)  # one epoch a call
    callbacks: list[Any] = []

    def pull(run: Callable[[], Any], framing: str | None = None, epoch: int = 0) -> list[str]:
        messages: list[str] = []

        def on_event(event: EpochEnd | Message) -> None:
            if isinstance(event, Message):
                messages.extend([event.text] * ("does not depend on" not in event.text))
            elif event.framing == framing and event.last >= epoch:
                raise CutOffError

        callbacks.append(on_event)
        subscribe(on_event)
        try:
            if framing is None:
                run()
            else:
                with pytest.raises(CutOffError):
                    run()
                hooks.close_all("KILLED")
        finally:
            unsubscribe(on_event)
        return messages

    yield pull
    for callback in callbacks:
        unsubscribe(callback)


RESUMING = "Resuming an interrupted run. Networks with a checkpoint: {}."


def steps(store: Any, run: Any) -> list[int]:
    return [metric.step for metric in store.get_metric_history(run.info.run_id, LOSS)]


def values(store: Any, run: Any) -> list[float]:
    return [metric.value for metric in store.get_metric_history(run.info.run_id, LOSS)]


def test_one_framing(run_pipeline, store, interrupt, project: Path) -> None:
    def run() -> None:
        run_pipeline("many_to_one", training=SETTINGS)

    interrupt(run, "many_to_one", 25)
    (killed,) = all_runs(store)
    assert killed.info.status == "KILLED"
    assert interrupt(run) == [RESUMING.format(1), "many_to_one: resuming at epoch 25/40."]
    (finished,) = all_runs(store)
    assert finished.info.run_id == killed.info.run_id
    assert finished.info.status == "FINISHED"
    assert steps(store, finished) == list(range(1, 41)), "no epoch is missing, none is doubled"
    assert not list((project / "data" / "06_models" / "checkpoints").iterdir())

    assert interrupt(run) == [], "a run that came to its end is not gone on from"
    again, _ = all_runs(store)
    assert values(store, again) == values(store, finished)
    assert len(finished.outputs.model_outputs) == 1


@pytest.mark.slow
def test_all_framings(run_pipeline, store, interrupt) -> None:
    def run() -> None:
        run_pipeline(training=SETTINGS)

    order = sorted(NAMES)
    interrupt(run, order[1], 10)
    killed = {run.data.tags["framing"]: run for run in all_runs(store)}
    assert {run.info.status for run in killed.values()} == {"KILLED"}
    messages = interrupt(run)
    assert messages == [RESUMING.format(2), f"{order[1]}: resuming at epoch 10/40."]
    finished = {run.data.tags["framing"]: run for run in all_runs(store)}
    assert {name: run.info.run_id for name, run in finished.items()} == {
        name: run.info.run_id for name, run in killed.items()
    }
    assert {run.info.status for run in finished.values()} == {"FINISHED"}
    for name in NAMES:
        assert steps(store, finished[name]) == list(range(1, 41))
        assert len(store.get_metric_history(finished[name].info.run_id, "parameters/total")) == 1


def test_resume_false_starts_again(run_pipeline, store, interrupt) -> None:
    interrupt(lambda: run_pipeline("many_to_one", training=SETTINGS), "many_to_one", 25)
    messages = interrupt(lambda: run_pipeline("many_to_one", training={**SETTINGS, "resume": False}))
    assert messages == []
    assert [run.info.status for run in all_runs(store)] == ["FINISHED", "KILLED"]


def test_other_settings_are_another_run(run_pipeline, store, interrupt) -> None:
    interrupt(lambda: run_pipeline("many_to_one", training=SETTINGS), "many_to_one", 25)
    messages = interrupt(lambda: run_pipeline("many_to_one", training={**SETTINGS, "learning_rate": 0.1}))
    assert messages == ["The checkpoints of an interrupted run with other settings are not used."]
    new, old = all_runs(store)
    assert (new.info.status, old.info.status) == ("FINISHED", "KILLED")
    assert steps(store, new) == list(range(1, 41))


def test_what_a_dead_process_left_running_is_closed(run_pipeline, store) -> None:
    run_pipeline("many_to_one", training=SETTINGS)
    (run,) = all_runs(store)
    host = run.data.tags["process"].split()[0]
    left = {"dead": f"{host} 4194305 1", "elsewhere": "another-host 1 1", "alive": run.data.tags["process"]}
    for name, process in left.items():
        store.create_run(run.info.experiment_id, run_name=name, tags={"process": process})
    run_pipeline("many_to_one", training=SETTINGS)
    statuses = {run.info.run_name: run.info.status for run in all_runs(store)}
    assert (statuses["dead"], statuses["elsewhere"], statuses["alive"]) == ("KILLED", "RUNNING", "RUNNING")
