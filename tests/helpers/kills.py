"""Run a pipeline in processes that are killed by SIGKILL, again and again, and compare with an uninterrupted run.

    python tests/helpers/kills.py many_to_many RESULT.json --kills 10 --seed 0
    python tests/helpers/kills.py many_to_one RESULT.json --at replace:2
    python tests/helpers/kills.py compare RESULT.json --kills 30

Each kill comes at a random moment of an uninterrupted run's duration. The killed run is resumed until it is killed
again or finishes; then a new one is started. The libraries are imported once: every run is a fork of this process, made
before TensorFlow has computed anything.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seqframe.training.checkpoint import CheckpointStore, _decode, _encode

PROJECT = Path.cwd()
FRAMING: dict[str, dict[str, Any]] = {  # settings of one framing: many epochs, everything that has a state
    "data": {"sequence_length": 24},
    "task": {"lookback": 6, "stride": 3},
    "model": {"dropout": 0.25},
    "training": {
        "epochs": 400,
        "batch_size": 4,
        "learning_rate": 0.02,
        "shuffle": True,
        "lr_schedule": "cosine",
        "patience": 300,
        "checkpoint_every_s": 0.0,
    },
}
OTHERS: dict[str, dict[str, dict[str, Any]]] = {  # of framings that do not support these
    "one_to_many": {"task": {"kind": "forecast", "lookback": 1, "horizon": 3}},
    "stateful": {"training": {**FRAMING["training"], "batch_size": "full", "shuffle": False, "epochs": 100}},
}
SHORT = {"epochs": 12, "n_seeds": 2, "checkpoint_every_s": 0.0}
COMMANDS: dict[str, tuple[str | None, dict[str, dict[str, Any]]]] = {  # pipeline -> environment, settings
    "compare": ("sunspots", {"training": {**SHORT, "patience": 4}, "backtest": {"n_folds": 2}, "model": {"units": 4}}),
    "seed_study": (None, {"training": {**SHORT, "epochs": 60, "n_seeds": 6}}),
    "experiments": (None, {"experiments": {"n_seeds": 2}}),
}
EXPERIMENTS = ("Q2", "Q6", "Q7")  # those that train small networks and measure no times
LONGEST_S = 600.0  # a run that takes longer hangs
TRAINED = Path("trained.log")  # a line for every network that was trained to its end
STATUSES = "statuses.txt"
MEASURED = ("_s", "_ms", "_mb", "seconds", "memory")  # ends of the names of columns that differ from run to run


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("pipeline")
    parser.add_argument("result", type=Path)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--at", nargs="*", default=[], help="calls to be killed at, each in its own run: replace:2")
    parser.add_argument("--epochs", type=int, default=FRAMING["training"]["epochs"], help="of one framing")
    arguments = parser.parse_args()
    FRAMING["training"]["epochs"] = arguments.epochs
    import_libraries()
    draw = random.Random(arguments.seed)
    started = time.monotonic()
    run_once(arguments.pipeline, "uninterrupted")
    duration = time.monotonic() - started
    folder = arguments.result.with_suffix("")
    store(folder / "uninterrupted")
    deaths: list[tuple[float | None, str | None]] = [(None, at) for at in arguments.at]
    deaths += [(draw.uniform(0, duration), None) for _ in range(arguments.kills)]
    kills = finished = 0
    for first, at in deaths:
        after = first
        while not run_once(arguments.pipeline, "killed", after, at):
            finish(arguments.pipeline, folder)
            finished += 1
            after = None if at else draw.uniform(0, duration)
        kills += 1
        if is_complete():  # killed after its last act: as good as finished
            finish(arguments.pipeline, folder)
            finished += 1
    if run_once(arguments.pipeline, "killed"):
        raise SystemExit("The last run did not end in time.")
    finish(arguments.pipeline, folder)
    result = {"kills": kills, "finished": finished + 1, "duration": duration}
    arguments.result.write_text(json.dumps(result))
    print(result)


def import_libraries() -> None:
    import keras  # noqa: F401
    import tensorflow  # noqa: F401
    from kedro.framework.startup import bootstrap_project

    bootstrap_project(PROJECT)


def run_once(pipeline: str, name: str, kill_after_s: float | None = None, kill_at: str | None = None) -> bool:
    """Run the pipeline in a fork; whether it was killed."""
    return fork(lambda: run(pipeline, name, kill_at), kill_after_s)


def fork(work: Callable[[], None], kill_after_s: float | None = None) -> bool:
    """Do the work in a fork of this process, which itself never opens MLflow's store nor TensorFlow's devices."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        sys.stdout.flush()
        os._exit(0)
    deadline = time.monotonic() + LONGEST_S
    kill_time = deadline if kill_after_s is None else time.monotonic() + kill_after_s
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > min(kill_time, deadline):
            os.kill(child, signal.SIGKILL)
            kill_time = deadline = float("inf")
        time.sleep(0.002)
    if os.WIFSIGNALED(status):
        return True
    if os.waitstatus_to_exitcode(status):
        raise SystemExit("A run failed.")
    return False


def run(pipeline: str, name: str, kill_at: str | None) -> None:
    """Run a pipeline in this process; log every epoch that is trained, and copy the last checkpoints."""
    from kedro.framework.session import KedroSession

    copy_checkpoints(PROJECT / f"{name}.checkpoints")
    log_training()
    if kill_at:
        kill_at_call(*kill_at.split(":"))
    select_experiments()
    env, parameters = COMMANDS.get(pipeline, (None, FRAMING | OTHERS.get(pipeline, {})))
    with KedroSession.create(project_path=PROJECT, env=env, runtime_params=parameters) as session:
        session.run(pipeline_names=[pipeline])


def select_experiments() -> None:
    """Leave the small experiments in the pipeline `experiments`."""
    from seqframe import pipeline_registry

    small = tuple(each for each in pipeline_registry.EXPERIMENTS if each.name in EXPERIMENTS)
    pipeline_registry.EXPERIMENTS = small


def copy_checkpoints(folder: Path) -> None:
    """Have the checkpoints copied before they are deleted."""
    delete = CheckpointStore.delete

    def copy_and_delete(self: CheckpointStore) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for path in self.folder.glob("*.checkpoint"):
            shutil.copy(path, folder)
        delete(self)

    CheckpointStore.delete = copy_and_delete  # type: ignore[method-assign]


def log_training() -> None:
    """Have every network logged that is trained to its end: once its last checkpoint is written."""
    from seqframe.training.progress import TrainingState

    record, log = TrainingState.record, PROJECT / TRAINED

    def record_and_log(self: Any, network: Any, *epochs: Any) -> None:
        record(self, network, *epochs)
        if self.ended(network):
            with log.open("a") as file:
                file.write(f"{self.name} {self.fingerprint[:16]}\n")

    TrainingState.record = record_and_log  # type: ignore[method-assign]


def kill_at_call(name: str, which: str) -> None:
    """Die by SIGKILL in the n-th of these calls of the process.

    `write:n` with a checkpoint half written, `fsync:n` and `replace:n` before, `fsynced:n` and `replaced:n` after it.
    """
    calls = [0]

    def is_due() -> bool:
        calls[0] += 1
        return calls[0] == int(which)

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if name == "write":
        encode, write = _encode, Path.open

        def open_deadly(path: Path, *arguments: Any, **options: Any) -> Any:
            file = write(path, *arguments, **options)
            if path.suffix == ".unfinished" and "b" in file.mode and is_due():
                file.write(encode("", {})[:40])
                file.flush()
                die()
            return file

        Path.open = open_deadly  # type: ignore[method-assign]
        return
    real = {"fsynced": "fsync", "replaced": "replace"}.get(name, name)
    original = getattr(os, real)

    def deadly(*arguments: object) -> object:
        due = is_due()
        if due and name == real:
            die()
        result = original(*arguments)
        if due:
            die()
        return result

    setattr(os, real, deadly)


def is_complete() -> bool:
    """Whether the command has done everything: its checkpoints are deleted, and its runs are closed."""
    if any((PROJECT / "data" / "06_models" / "checkpoints").glob("*/token")):
        return False
    fork(write_statuses)
    return "FINISHED" in (PROJECT / STATUSES).read_text().split()


def write_statuses() -> None:
    """Write the status of every MLflow run to a file."""
    (PROJECT / STATUSES).write_text(" ".join(run.info.status for run in all_runs()))


def all_runs() -> list[Any]:
    """Every MLflow run, the newest first."""
    from mlflow import MlflowClient

    if not (PROJECT / "mlflow.db").exists():
        return []
    client = MlflowClient(f"sqlite:///{PROJECT}/mlflow.db")
    experiment = client.get_experiment_by_name("seqframe")
    return list(client.search_runs([experiment.experiment_id])) if experiment else []


def store(folder: Path) -> None:
    """Move the results of a finished run to a folder, and forget the run."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("data/07_model_output", "data/08_reporting", "uninterrupted.checkpoints", TRAINED):
        path = PROJECT / name
        if path.exists():
            path.rename(folder / path.name)
    reset()


def finish(pipeline: str, folder: Path) -> None:
    """Check a finished run against the uninterrupted one, and forget it."""
    if fork(lambda: check(pipeline, folder / "uninterrupted")):
        raise SystemExit("The check did not end in time.")
    reset()


def reset() -> None:
    """Forget all runs and results."""
    names = ("mlflow.db", "mlartifacts", "data/06_models", "data/07_model_output", "data/08_reporting", TRAINED)
    for name in (*names, "killed.checkpoints", "uninterrupted.checkpoints"):
        path = PROJECT / name
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def check(pipeline: str, expected: Path) -> None:
    """The results equal the uninterrupted run's, no network was trained twice, and MLflow has one finished run."""
    check_training(expected)
    check_tables(expected)
    check_mlflow(single=pipeline not in COMMANDS, expected=expected)


def check_training(expected: Path) -> None:
    """The last state of every network is the same, bit for bit, and each was trained to its end once."""
    import numpy as np

    states = sorted((expected / "uninterrupted.checkpoints").glob("*.checkpoint"))
    assert states
    assert [path.name for path in states] == [path.name for path in sorted((PROJECT / "killed.checkpoints").iterdir())]
    for path in states:
        (_, before), (_, after) = (
            _decode(each.read_bytes()) for each in (path, PROJECT / "killed.checkpoints" / path.name)
        )
        assert set(before) == set(after)
        for name, values in before.items():
            assert name == "seconds" or np.array_equal(values, after[name]), (path.name, name)
    trained = Counter((PROJECT / TRAINED).read_text().splitlines())
    assert set(trained.values()) == {1}, "no network is trained to its end twice"
    assert set(trained) <= set((expected / TRAINED).read_text().splitlines())


def check_tables(expected: Path) -> None:
    """All tables are the same, apart from times and memory."""
    import pandas as pd

    for folder in ("07_model_output", "08_reporting"):
        paths = {path.relative_to(expected / folder) for path in (expected / folder).rglob("*.csv")}
        assert paths == {
            path.relative_to(PROJECT / "data" / folder) for path in (PROJECT / "data" / folder).rglob("*.csv")
        }
        for path in paths:
            before, after = (pd.read_csv(root / path) for root in (expected / folder, PROJECT / "data" / folder))
            names = [name for name in before if not name.endswith(MEASURED)]
            pd.testing.assert_frame_equal(before[names], after[names], check_exact=True, obj=str(path))


def check_mlflow(single: bool, expected: Path) -> None:
    """No run is RUNNING, one command is FINISHED, and a single network's run has the loss of every epoch once."""
    from mlflow import MlflowClient

    runs = all_runs()
    statuses = Counter(run.info.status for run in runs if "mlflow.parentRunId" not in run.data.tags)
    assert statuses == {"FINISHED": 1}, "the MLflow runs of killed processes are resumed"
    assert {run.info.status for run in runs} == {"FINISHED"}
    if not single:
        return
    client = MlflowClient(f"sqlite:///{PROJECT}/mlflow.db")
    (run,) = runs
    (path,) = (expected / "uninterrupted.checkpoints").glob("*.checkpoint")
    losses = _decode(path.read_bytes())[1]["losses"]
    history = client.get_metric_history(run.info.run_id, "train/loss")
    assert [metric.step for metric in history] == list(range(1, len(losses) + 1))
    assert [metric.value for metric in history] == losses.tolist()
    for name in run.data.metrics:
        assert name == "train/loss" or len(client.get_metric_history(run.info.run_id, name)) == 1
    assert len(run.outputs.model_outputs) == 1


if __name__ == "__main__":
    main()
