"""Commands that are killed at random moments while worker processes or a Dask cluster train their networks."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import h5py
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from conftest import all_runs, kedro_command, kedro_environment
from execution.test_processes import assert_same, fit
from helpers.processes import processes_with, wait_until
from seqframe.errors import UserError
from seqframe.execution.cluster import DaskExecutor
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import EpochEnd, Event, subscribe, unsubscribe
from seqframe.training.runs import run_serially

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(7200),
    pytest.mark.skipif(not Path("/proc").exists(), reason="processes are found in /proc"),
]

KILLS = 10
SETTINGS = (
    "training.epochs=40,training.n_seeds=3,training.checkpoint_every_s=0.0,backtest.n_folds=2,model.units=4,"
    "backtest.refit=many_to_one,execution.workers=2"
)
MEASURED = ("_s", "_ms", "_mb", "seconds", "memory")  # ends of the names of columns that differ from run to run
MARK = "SEQFRAME_KILLED_COMMAND"  # environment variable of a command and all its processes


class Cluster:
    """A scheduler and a worker on this machine."""

    def __init__(self, folder: Path) -> None:
        file = folder / f"scheduler-{time.monotonic_ns()}.json"
        quiet: dict[str, Any] = {"stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "cwd": folder}
        options = ["--scheduler-file", str(file), "--no-dashboard"]
        environment = kedro_environment(PYTHONPATH=os.pathsep.join(filter(None, sys.path)))
        command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
        self.scheduler = subprocess.Popen([*command, *options], env=environment, **quiet)
        wait_until(file.exists)
        command = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--local-directory"]
        self.worker = subprocess.Popen([*command, str(folder), *options], env=environment, **quiet)
        self.address = wait_until(lambda: _address(file))

    def kill_scheduler(self) -> None:
        self.scheduler.kill()
        self.scheduler.wait()

    def close(self) -> None:
        for process in (self.worker, self.scheduler):
            process.terminate()
        for process in (self.worker, self.scheduler):
            process.wait()


def _address(file: Path) -> str:
    try:
        return str(json.loads(file.read_text())["address"])
    except ValueError:  # half written
        return ""


@contextmanager
def cluster_for(kind: str, folder: Path) -> Iterator[str]:
    """The settings of an executor; `dask at an address` has a cluster of its own."""
    if kind != "dask at an address":
        yield f"execution.kind={kind}"
        return
    pytest.importorskip("distributed")
    folder.mkdir()
    cluster = Cluster(folder)
    try:
        yield f"execution.kind=dask,execution.address='{cluster.address}'"
    finally:
        cluster.close()


class Command:
    """`kedro run --pipeline=many_to_one --env=sunspots` in a project with an MLflow store of its own."""

    def __init__(self, project: Path, executor: str) -> None:
        self.project = project
        self.arguments = kedro_command(
            "run", "--pipeline=many_to_one", "--env=sunspots", f"--params={SETTINGS},{executor}"
        )
        self.temporary = project / "tmp"
        self.temporary.mkdir(exist_ok=True)

    def start(self) -> "subprocess.Popen[str]":
        variables = {MARK: str(self.project), "TMPDIR": str(self.temporary)}
        environment = kedro_environment(**variables, PYTHONPATH=str(self.project / "src"))
        return subprocess.Popen(
            self.arguments,
            cwd=self.project,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self) -> float:
        """Run to the end; seconds."""
        started = time.monotonic()
        process = self.start()
        output, errors = process.communicate()
        assert process.returncode == 0, output[-3000:] + errors[-6000:]
        return time.monotonic() - started

    def kill_after(self, seconds: float) -> bool:
        """Kill the main process; whether it was running. No other process of the command remains."""
        process = self.start()
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        wait_until(lambda: not processes_with(f"{MARK}={self.project}"))
        return process.returncode == -signal.SIGKILL

    def results(self) -> dict[str, Any]:
        """Tables and weights that the command has written, without measured columns."""
        found: dict[str, Any] = {}
        for path in sorted((self.project / "data").rglob("*")):
            name = str(path.relative_to(self.project))
            if path.suffix == ".csv" and "01_raw" not in name:
                table = pd.read_csv(path)
                found[name] = table[[each for each in table if not each.endswith(MEASURED)]]
            elif path.suffix == ".parquet":
                found[name] = pd.read_parquet(path)
            elif path.suffix == ".keras":
                found |= {f"{name}{key}": value for key, value in read_weights(path).items()}
        return found

    def is_complete(self) -> bool:
        """Whether the command has done everything: its checkpoints are deleted, and its run is closed."""
        tokens = list((self.project / "data" / "06_models" / "checkpoints").glob("*/token"))
        return not tokens and "FINISHED" in {run.info.status for run in all_runs(self.client())}

    def client(self) -> MlflowClient:
        """A client of the store."""
        return MlflowClient(f"sqlite:///{self.project}/mlflow.db")

    def forget(self, empty_store: Path) -> None:
        """Forget the MLflow runs."""
        for path in self.project.glob("mlflow.db*"):
            path.unlink()
        (self.project / "mlflow.db").write_bytes(empty_store.read_bytes())


def read_weights(path: Path) -> dict[str, Any]:
    """The weights of a saved Keras model."""
    found: dict[str, Any] = {}

    def add(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[f":weights/{name}"] = item[...]

    with ZipFile(path) as archive, h5py.File(BytesIO(archive.read("model.weights.h5"))) as file:
        file.visititems(add)
    return found


def assert_same_results(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert set(found) == set(expected)
    for name, value in expected.items():
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(found[name], value, check_exact=True, obj=name)
        else:
            np.testing.assert_array_equal(found[name], value, err_msg=name)


def check_finished(command: Command, expected: dict[str, Any], files: set[str]) -> None:
    """Results equal an undisturbed command's, MLflow has everything once, and no other file is left."""
    assert_same_results(command.results(), expected)
    client = command.client()
    runs = all_runs(client)
    assert {run.info.status for run in runs} == {"FINISHED"}
    names = [run.info.run_name for run in runs]
    assert len(names) == len(set(names)), "a killed command is resumed under its own MLflow runs"
    for run in runs:
        for name in run.data.metrics:
            steps = [metric.step for metric in client.get_metric_history(run.info.run_id, name)]
            assert len(steps) == len(set(steps)), name
    assert list_files(command.project) == files
    assert not list(command.temporary.glob("seqframe-*"))


def list_files(project: Path) -> set[str]:
    return {str(path.relative_to(project)) for path in (project / "data").rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", ["processes", "dask", "dask at an address"])
def test_main_processes_killed_at_random_moments(project: Path, empty_store: Path, tmp_path: Path, kind: str) -> None:
    """Ten times: the next command resumes, and ends with the results of an undisturbed one, bit for bit."""
    rng, killed = random.Random(kind), 0
    with cluster_for(kind, tmp_path / "cluster") as executor:
        command = Command(project, executor)
        command.forget(empty_store)
        command.run()  # compiles
        command.forget(empty_store)
        duration = command.run()
        expected, files = command.results(), list_files(project)
        assert any(name.endswith("leaderboard.csv") for name in expected)
        assert any("weights" in name for name in expected)
        command.forget(empty_store)
        while killed < KILLS:
            killed += command.kill_after(rng.uniform(0, duration))
            if command.is_complete():
                check_finished(command, expected, files)
                command.forget(empty_store)
        command.run()
        check_finished(command, expected, files)


def test_schedulers_killed_at_random_moments(tmp_path: Path) -> None:
    """Ten times: the command ends with an error in one line, its worker stops training, and the next one resumes."""
    pytest.importorskip("distributed")
    options = {"epochs": 40, "checkpoint_every_s": 0.0}
    events: list[Event] = []
    subscribe(events.append)
    expected = list(fit(run_serially, **options))
    unsubscribe(events.append)
    count = sum(isinstance(event, EpochEnd) for event in events)
    rng, checkpoints = random.Random(0), CheckpointStore(tmp_path / "checkpoints")
    for turn in range(KILLS):
        folder = tmp_path / str(turn)
        folder.mkdir()
        cluster = Cluster(folder)
        executor = DaskExecutor(cluster.address, 1, 2)
        with killing(cluster, rng.randrange(count)):
            with pytest.raises(UserError, match=r"^The Dask scheduler must run .* the connection to tcp://127.* lost"):
                fit_until_error(executor, cluster, checkpoints, options)
            executor.close()
        wait_until(lambda worker=cluster.worker: worker.poll() is not None)
        cluster = Cluster(folder)
        executor = DaskExecutor(cluster.address, 1, 2)
        assert_same(list(fit(executor, checkpoints=checkpoints, **options)), expected)
        executor.close()
        cluster.close()
        checkpoints.delete()


@contextmanager
def killing(cluster: Cluster, count: int) -> Iterator[None]:
    """Kill the scheduler of a cluster after some events."""
    left = [count]

    def kill(event: Event) -> None:
        left[0] -= isinstance(event, EpochEnd)
        if left[0] == -1:
            cluster.kill_scheduler()

    subscribe(kill)
    try:
        yield
    finally:
        unsubscribe(kill)
        cluster.scheduler.kill()


def fit_until_error(
    executor: DaskExecutor, cluster: Cluster, checkpoints: CheckpointStore, options: dict[str, Any]
) -> None:
    """Train the networks; and, if the scheduler is not killed meanwhile, other networks after it was killed."""
    list(fit(executor, checkpoints=checkpoints, **options))
    cluster.kill_scheduler()
    list(fit(executor, seeds=[7]))


def test_a_command_whose_scheduler_is_killed_is_one_line(project: Path, empty_store: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    (project / "mlflow.db").write_bytes(empty_store.read_bytes())
    checkpoints = project / "data" / "06_models" / "checkpoints"
    clusters = []
    for _ in range(2):
        (tmp_path / "cluster").mkdir(exist_ok=True)
        clusters.append(Cluster(tmp_path / "cluster"))
    try:
        command = Command(project, f"execution.kind=dask,execution.address='{clusters[0].address}'")
        process = command.start()
        wait_until(lambda: process.poll() is not None or list(checkpoints.glob("*/*.checkpoint")))
        clusters[0].kill_scheduler()
        _, errors = process.communicate()
        assert process.returncode == 1
        assert len(errors.splitlines()) == 1
        assert errors.startswith("Error: The Dask scheduler must run until the command ends.")
        wait_until(lambda: clusters[0].worker.poll() is not None)
        assert not processes_with(f"{MARK}={project}")
        client = MlflowClient(f"sqlite:///{project}/mlflow.db")
        assert "RUNNING" not in {run.info.status for run in all_runs(client)}
        Command(project, f"execution.kind=dask,execution.address='{clusters[1].address}'").run()
        assert {run.info.status for run in all_runs(client)} == {"FINISHED"}
    finally:
        for cluster in clusters:
            cluster.close()
