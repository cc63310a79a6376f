"""Commands that are stopped while their worker processes train."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from conftest import all_runs, kedro_command, kedro_environment
from helpers.processes import TIMEOUT_S, is_running, wait_until, workers_of

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not Path("/proc").exists(), reason="processes are found in /proc")]

PARAMS = (
    "execution.kind=processes,execution.workers=2,training.n_seeds=4,training.epochs=20000,"
    "training.checkpoint_every_s=0.0"
)
COMMAND = ("run", "--pipeline=seed_study", f"--params={PARAMS}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_stopped_command_leaves_no_process_and_is_resumed(
    project: Path, empty_store: Path, kedro: Any, number: signal.Signals
) -> None:
    (project / "mlflow.db").write_bytes(empty_store.read_bytes())
    temporary = project / "tmp"
    temporary.mkdir()
    process = subprocess.Popen(
        kedro_command(*COMMAND),
        cwd=project,
        env=kedro_environment(TMPDIR=str(temporary)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        checkpoints = project / "data" / "06_models" / "checkpoints"
        wait_until(lambda: process.poll() is not None or list(checkpoints.glob("*/*.checkpoint")))
        workers = workers_of(process.pid)
        assert len(workers) == 2
        os.killpg(process.pid, number)
        _, errors = process.communicate(timeout=TIMEOUT_S)
    finally:
        process.kill()
    wait_until(lambda: not any(map(is_running, workers)))
    wait_until(lambda: not list(temporary.glob("seqframe-*")))
    client = MlflowClient(f"sqlite:///{project}/mlflow.db")
    wait_until(lambda: {run.info.status for run in all_runs(client)} == {"KILLED"})
    if number is signal.SIGINT:
        assert errors.decode().splitlines() == ["Stopped by Ctrl-C. Unfinished runs are marked KILLED in MLflow."]
