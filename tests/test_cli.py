"""Commands as a user types them, each in a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import all_runs, kedro_command, kedro_environment

Kedro = Callable[..., subprocess.CompletedProcess[str]]
TABLE = "x,t\n1,a\n2,b\n"


def in_process(*values: str) -> Any:
    """What other tests see in their own process; as a command, it takes long."""
    return pytest.param(*values, marks=pytest.mark.slow)


def client(project: Path):
    from mlflow import MlflowClient

    return MlflowClient(f"sqlite:///{project}/mlflow.db")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ("training.epoch=3", "Unknown setting `training.epoch`. Did you mean `training.epochs`?"),
        in_process(
            "training.epochs=many", "`training.epochs` must be a valid integer or a valid dictionary. Received: 'many'."
        ),
        in_process("training.epochs.many=3", "`training.epochs` must name a framing. Received: many."),
        in_process("data.sequence_length=0", "`data.sequence_length` must be greater than or equal to 1. Received: 0."),
        in_process(
            "data.sequence_length=-3", "`data.sequence_length` must be greater than or equal to 1. Received: -3."
        ),
        in_process("model.units=0", "`model.units` must be greater than or equal to 1. Received: 0."),
        ("data.path=nan.csv", "Received: missing values in 1 of 3 rows, the first in row 2."),
        in_process("data.path=inf.csv", "Received: infinite values in 1 of 2 rows, the first in row 2."),
        in_process("data.path=ok.csv", "Column t of ok.csv must hold numbers. Received: 'a' in row 1"),
        ("data.path=none.csv", "`data.path` must name a file that exists. Received: none.csv."),
        in_process("data.path=ok.csv,data.features=[x,y]", "ok.csv has no column y."),
        in_process("data.path=empty.csv", "Received an empty file"),
        in_process("data.path=ok.csv,data.features=x,task.lookback=3", "Received: a series of 2 rows, lookback=3"),
        ("task.kind=forecast,task.lookback=3,task.horizon=1", "Supported by: many_to_one, "),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_run(kedro: Kedro, project: Path, params: str, message: str) -> None:
    for name, text in (("nan.csv", 'x\n1\n""\n2\n'), ("inf.csv", "x\n1\ninf\n"), ("ok.csv", TABLE), ("empty.csv", "")):
        (project / name).write_text(text)
    answer = kedro("run", "--params", params)
    assert answer.returncode == 1
    assert answer.stderr.startswith("Error: ")
    assert message in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert "Traceback" not in answer.stdout + answer.stderr
    assert not (project / "mlflow.db").exists(), "MLflow was not even opened"


@pytest.mark.parametrize(
    ("pipeline", "params", "message"),
    [
        ("many_to_many", "task.kind=forecast,task.lookback=3,task.horizon=1", "Supported by: many_to_one, one_step_v"),
        in_process(
            "pyramid",
            "data.sequence_length=1",
            "layers need windows of 2 rows. Received: lookback=1. Supported by",
        ),
        in_process(
            "stateful",
            "training.batch_size=2",
            "must be 1, or full, which means 1 here. Received: 2. Supported by",
        ),
        in_process(
            "stateful",
            "model.bidirectional=true",
            "must be false. Received: true. Supported by: one_to",
        ),
        (
            "compare",
            "data.generator=delayed_echo,data.delay=7",
            "Received: delay=7, length=5. Give more rows: problem",
        ),
    ],
)
def test_what_cannot_be_posed_names_what_works(
    kedro: Kedro, project: Path, pipeline: str, params: str, message: str
) -> None:
    answer = kedro("run", f"--pipeline={pipeline}", "--params", params)
    assert answer.returncode == 1
    assert answer.stderr.startswith("Error: ")
    assert message in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert not (project / "mlflow.db").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--pipeline=many_to_mny",), "There is no pipeline many_to_mny. Did you mean many_to_many?"),
        (("--runner=ParallelRunner",), "Use SequentialRunner, which is the default, or ThreadRunner."),
        (("--env=sunspot",), "There is no environment sunspot. Did you mean sunspots?"),
    ],
)
def test_a_wrong_option_is_one_line(kedro: Kedro, arguments: tuple[str, ...], message: str) -> None:
    answer = kedro("run", *arguments)
    assert answer.returncode == 1
    assert message in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


@pytest.mark.slow
def test_the_tutorial_from_another_directory_twice(kedro: Kedro, project: Path) -> None:
    answers = [
        kedro("run", "--pipeline=many_to_many", cwd=folder) for folder in (project, project / "src" / "seqframe")
    ]
    for answer in answers:
        assert answer.returncode == 0, answer.stderr
        assert "0.0 0.2 0.4 0.6 0.8" in answer.stdout
        assert "140+6=146" in answer.stdout
        assert answer.stderr == "", "a quiet run"
    runs = all_runs(client(project))
    assert [run.info.status for run in runs] == ["FINISHED", "FINISHED"], "both in the project's own store"
    assert runs[0].data.metrics["train/loss"] == runs[1].data.metrics["train/loss"], "bit for bit"
    assert not list((project / "src").rglob("mlflow.db"))

    (model,) = runs[0].outputs.model_outputs
    code = (
        "import sys, numpy as np, mlflow; mlflow.set_tracking_uri(sys.argv[1]);"
        "model = mlflow.pyfunc.load_model(f'models:/{sys.argv[2]}');"
        "answer = model.predict(np.arange(5, dtype=np.float32).reshape(1, 5, 1) / 5);"
        "print(np.round(answer.ravel(), 1) + 0.0, 'seqframe' in sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code, f"sqlite:///{project}/mlflow.db", model.model_id],
        capture_output=True, text=True, timeout=200, cwd=project, env=kedro_environment(),
    )  # fmt: skip
    assert loaded.stdout.splitlines()[-1] == "[0.  0.2 0.4 0.6 0.8] False", loaded.stderr


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(signal.SIGINT, 130, id="Ctrl-C"),
        pytest.param(signal.SIGTERM, 143, id="SIGTERM", marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_stopped_is_marked_killed(project: Path, number: signal.Signals, code: int) -> None:
    process = subprocess.Popen(
        kedro_command("run", "--params", "training.epochs=100000000"),
        cwd=project,
        env=kedro_environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  (background jobs ignore it)
        start_new_session=True,
    )
    try:
        wait_for_training(project)
        assert len(clerks_of(project)) == 1 or not Path("/proc").exists()
        os.killpg(process.pid, number)  # as a terminal does
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == code
    assert clerks_of(project) == []
    assert "What was running is marked KILLED in MLflow." in errors
    assert "Traceback" not in errors
    runs = all_runs(client(project))
    assert {run.data.tags["framing"] for run in runs} == {"all", "one_to_one", "many_to_one", "many_to_many"}
    assert {run.info.status for run in runs} == {"KILLED"}


def test_a_run_that_is_killed_is_gone_on_with_by_the_same_command(kedro: Kedro, project: Path) -> None:
    arguments = ("run", "--pipeline=many_to_one", "--params", "training.epochs=12000,training.checkpoint_every_s=0.1")
    process = subprocess.Popen(
        kedro_command(*arguments), cwd=project, env=kedro_environment(), stdout=subprocess.DEVNULL
    )  # fmt: skip
    try:
        wait_for_training(project)
    finally:
        process.kill()
        assert process.wait() == -signal.SIGKILL
    (killed,) = all_runs(client(project))
    assert killed.info.status == "RUNNING"
    answer = kedro(*arguments)
    assert answer.returncode == 0, answer.stderr
    assert "many_to_one: going on after epoch" in answer.stdout
    (run,) = all_runs(client(project))
    assert (run.info.run_id, run.info.status) == (killed.info.run_id, "FINISHED")
    losses = client(project).get_metric_history(run.info.run_id, "train/loss")
    assert sorted(metric.step for metric in losses) == list(range(1, 12001)), "no epoch is missing, none is doubled"
    assert clerks_of(project) == []


def test_a_store_that_does_not_open_is_one_line_before_the_training(kedro: Kedro, project: Path) -> None:
    (project / "mlflow.db").write_text("this is no database")
    answer = kedro("run", "--pipeline=many_to_one")
    assert answer.returncode == 1
    assert answer.stderr.startswith("Error: MLflow's store must open. Received: sqlite:///")
    assert len(answer.stderr.splitlines()) == 1
    assert "epoch" not in answer.stdout
    assert clerks_of(project) == []


def clerks_of(project: Path) -> list[str]:
    """The processes that write to MLflow for a project, and are still there."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"seqframe.tracking.worker" in words and (process / "cwd").readlink() == project:
                found.append(process.name)
        except OSError:  # it has ended
            continue
    return found


def wait_for_training(project: Path, seconds: float = 120) -> None:
    """Until MLflow shows a loss, as its page would while the training goes on."""
    import time

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.5)
        if (project / "mlflow.db").exists() and any(
            "train/loss" in run.data.metrics for run in all_runs(client(project))
        ):
            return
    raise AssertionError("no loss was seen in MLflow")


def test_commands_that_run_nothing_do_not_load_tensorflow(kedro: Kedro, project: Path) -> None:
    trap = set_a_trap(project, "tensorflow", "keras", "mlflow")
    for arguments in (("registry", "list"), ("catalog", "describe-datasets"), ("run", "--help"), ("--help",)):
        answer = kedro(*arguments, PYTHONPATH=str(trap))
        assert answer.returncode == 0, answer.stderr
        assert "a heavy library" not in answer.stdout + answer.stderr


def test_the_frame_table_never_loads_tensorflow_and_opens_no_store(kedro: Kedro, project: Path) -> None:
    answer = kedro("run", "--pipeline=inspect", PYTHONPATH=str(set_a_trap(project, "tensorflow", "keras")))
    assert answer.returncode == 0, answer.stderr
    assert "many_to_one   X (1, 5, 1)   y (1, 5)\n  X[0] = [0] [1] [2] [3] [4]   y[0] = 0 1 2 3 4" in answer.stdout
    assert "a heavy library" not in answer.stdout + answer.stderr
    assert (project / "data" / "08_reporting" / "many_to_one" / "index_map.csv").exists()
    assert not (project / "mlflow.db").exists()


def set_a_trap(project: Path, *libraries: str) -> Path:
    """A folder from which these libraries are found first, and end the process that imports them."""
    trap = project / "trap"
    trap.mkdir()
    for library in libraries:
        (trap / f"{library}.py").write_text("raise SystemExit('a heavy library')")
    return trap
