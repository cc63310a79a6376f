"""The process that writes to MLflow is killed, or the training process is killed after it has closed its runs."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from conftest import all_runs, kedro_command, kedro_environment
from helpers.processes import TIMEOUT_S, wait_until, workers_of
from seqframe import hooks
from seqframe.training.checkpoint import CheckpointStore

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no logging process")

COMMAND = ("run", "--pipeline=many_to_one", "--params=training.epochs=5000,training.checkpoint_every_s=0.0")


class KilledError(BaseException):
    """Replaces SIGKILL in this process: nothing in Seqframe catches it."""


@pytest.mark.slow
def test_a_killed_logging_process_is_started_again(project: Path, empty_store: Path) -> None:
    (project / "mlflow.db").write_bytes(empty_store.read_bytes())
    client = MlflowClient(f"sqlite:///{project}/mlflow.db")
    process = subprocess.Popen(
        kedro_command(*COMMAND), cwd=project, env=kedro_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        checkpoints = project / "data" / "06_models" / "checkpoints"
        wait_until(lambda: process.poll() is not None or list(checkpoints.glob("*/*.checkpoint")))
        (logging_process,) = wait_until(lambda: workers_of(process.pid, "seqframe.tracking.worker"))
        os.kill(logging_process, signal.SIGKILL)
        printed, errors = process.communicate(timeout=TIMEOUT_S)
    finally:
        process.kill()
    assert (process.returncode, errors) == (0, "")
    assert "MLflow at" not in printed, "nothing is left to do"
    (run,) = all_runs(client)
    assert run.info.status == "FINISHED"
    steps = [metric.step for metric in client.get_metric_history(run.info.run_id, "train/loss")]
    assert steps == list(range(1, 5001)), "every epoch is logged exactly once"
    assert len(client.search_logged_models([run.info.experiment_id])) == 1
    assert list((project / "data" / "spool").iterdir()) == []


@pytest.mark.slow
def test_the_run_of_another_command_is_closed_if_the_command_is_not_resumed(
    project: Path, store: Any, run_pipeline: Any
) -> None:
    run_pipeline("many_to_one", training={"epochs": 2})
    (run,) = all_runs(store)
    host = run.data.tags["process"].split()[0]
    killed = store.create_run(run.info.experiment_id, tags={"process": f"{host} 4194305 1"})
    run_pipeline("many_to_many", training={"epochs": 2})
    assert store.get_run(killed.info.run_id).info.status == "KILLED"


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_command_killed_after_it_has_closed_its_runs_yields_no_second_run(
    run_pipeline: Any, store: Any, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Kill a command between the end of its MLflow runs and the deletion of its checkpoints."""

    def kill(*_: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        if moment == "before":  # the results are printed
            patch.setattr(hooks.terminal.RunConsole, "show", kill)
        else:
            patch.setattr(CheckpointStore, "delete", kill)
        with pytest.raises(KilledError):
            run_pipeline(training={"epochs": 2})
    finished = {run.info.run_id: run.info.status for run in all_runs(store)}
    assert set(finished.values()) == {"FINISHED"}

    run_pipeline(training={"epochs": 2})
    assert {run.info.run_id: run.info.status for run in all_runs(store)} == finished, "the same runs, no others"
    for run in all_runs(store):
        for name in run.data.metrics:
            history = store.get_metric_history(run.info.run_id, name)
            assert len({metric.step for metric in history}) == len(history), name

    run_pipeline(training={"epochs": 2})
    assert len(all_runs(store)) == 2 * len(finished), "a command that came to its end is not resumed"
