"""Run one framing in processes that are killed, again and again, until one comes through.

    python tests/helpers/kills.py FRAMING RESULT.json --kills 10 --seed 0
    python tests/helpers/kills.py FRAMING RESULT.json --at replace:2

The libraries are imported once; each attempt is a fork of this process, made before TensorFlow has computed anything.
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
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seqframe.training.checkpoint import CheckpointFile, _decode, _encode

PROJECT = Path.cwd()
PARAMETERS = {
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
OTHERWISE: dict[str, dict[str, Any]] = {  # where a framing cannot pose this
    "one_to_many": {"task": {"kind": "forecast", "lookback": 1, "horizon": 3}},
    "stateful": {"training": {**PARAMETERS["training"], "batch_size": "full", "shuffle": False, "epochs": 100}},
}
LONGEST_S = 90.0  # an attempt that takes longer hangs


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("framing")
    parser.add_argument("result", type=Path)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--at", nargs="*", default=[], help="calls to be killed at, each in an attempt of its own, as in replace:2"
    )
    arguments = parser.parse_args()
    import_libraries()
    draw = random.Random(arguments.seed)
    started = time.monotonic()
    attempt(arguments.framing, arguments.result.with_suffix(".straight"), None, None)
    duration = time.monotonic() - started
    reset()
    kills = 0
    deaths = [(None, at) for at in arguments.at] + [(draw.uniform(0, duration), None) for _ in range(arguments.kills)]
    for death in deaths:
        after, at = death
        while not attempt(arguments.framing, arguments.result.with_suffix(".killed"), after, at):
            fork(lambda: check(arguments.result))  # it came through before it was killed
            reset()
            after, at = (None, at) if at else (draw.uniform(0, duration), None)
        kills += 1
    attempt(arguments.framing, arguments.result.with_suffix(".killed"), None, None)
    fork(lambda: check(arguments.result))
    arguments.result.write_text(json.dumps({"kills": kills, "duration": duration}))


def import_libraries() -> None:
    import keras  # noqa: F401
    import tensorflow  # noqa: F401
    from kedro.framework.startup import bootstrap_project

    bootstrap_project(PROJECT)


def attempt(framing: str, kept: Path, kill_after_s: float | None, kill_at: str | None) -> bool:
    """Run the framing in a fork; whether it was killed."""
    return fork(lambda: run(framing, kept, kill_at), kill_after_s)


def fork(work: Callable[[], None], kill_after_s: float | None = None) -> bool:
    """Do the work in a fork of this process, which itself never opens MLflow's store nor TensorFlow's devices."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
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
        raise SystemExit("An attempt failed.")
    return False


def run(framing: str, kept: Path, kill_at: str | None) -> None:
    from kedro.framework.session import KedroSession

    discard = CheckpointFile.discard

    def keep_and_discard(self: Any) -> None:
        shutil.copy(self.path, kept)
        discard(self)

    CheckpointFile.discard = keep_and_discard
    if kill_at:
        kill_at_call(*kill_at.split(":"))
    with KedroSession.create(project_path=PROJECT, runtime_params=PARAMETERS | OTHERWISE.get(framing, {})) as session:
        session.run(pipeline_names=[framing])
    sys.stdout.flush()


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
            if path.suffix == ".unfinished" and is_due():
                file.write(encode("", {})[:40])
                file.flush()
                die()
            return file

        Path.open = open_deadly
        return
    real = {"fsynced": "fsync", "replaced": "replace"}.get(name, name)
    original = getattr(os, real)

    def deadly(*arguments: object) -> object:
        due = is_due()
        if due and name == real:
            die()
        answer = original(*arguments)
        if due:
            die()
        return answer

    setattr(os, real, deadly)


def check(result: Path) -> None:
    """The last state is bit for bit that of the straight run, and MLflow has every epoch once."""
    import numpy as np

    (_, straight), (_, killed) = (_decode(result.with_suffix(end).read_bytes()) for end in (".straight", ".killed"))
    assert set(straight) == set(killed)
    for name, values in straight.items():
        assert np.array_equal(values, killed[name]), name
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{PROJECT}/mlflow.db")
    run, *others = client.search_runs([client.get_experiment_by_name("seqframe").experiment_id])
    assert run.info.status == "FINISHED"
    assert {other.info.status for other in others} <= {"KILLED"}, "those that died before their first checkpoint"
    history = client.get_metric_history(run.info.run_id, "train/loss")
    assert [metric.step for metric in history] == list(range(1, len(straight["losses"]) + 1))
    assert [metric.value for metric in history] == straight["losses"].tolist()
    for name in run.data.metrics:
        assert name == "train/loss" or len(client.get_metric_history(run.info.run_id, name)) == 1
    assert len(run.outputs.model_outputs) == 1


def reset() -> None:
    """Forget all runs."""
    for name in ("mlflow.db", "mlartifacts", "data/06_models"):
        path = PROJECT / name
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
