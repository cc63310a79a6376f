"""Commands as a user types them, each in its own process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import all_runs, kedro_command, kedro_environment

Kedro = Callable[..., subprocess.CompletedProcess[str]]
TABLE = "x,t\n1,a\n2,b\n"


def slow(*values: str) -> Any:
    """A case that faster tests cover without a command."""
    return pytest.param(*values, marks=pytest.mark.slow)


def client(project: Path):
    from mlflow import MlflowClient

    return MlflowClient(f"sqlite:///{project}/mlflow.db")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ("training.epoch=3", "Unknown setting `training.epoch`. Did you mean `training.epochs`?"),
        slow(
            "training.epochs=many",
            "`training.epochs` must be a whole number >= 1 or whole numbers by framing. Received: 'many'.",
        ),
        slow("data.sequence_length=1000000000000", "The command needs more memory than there is."),
        slow("training.epochs.many=3", "`training.epochs` must name a framing. Received: many."),
        slow("data.sequence_length=0", "`data.sequence_length` must be a whole number >= 1. Received: 0."),
        slow("data.sequence_length=-3", "`data.sequence_length` must be a whole number >= 1. Received: -3."),
        slow("model.units=0", "`model.units` must be a whole number >= 1. Received: 0."),
        ("data.path=nan.csv", "Received: missing values in 1 of 3 rows, the first in row 2."),
        slow("data.path=inf.csv", "Received: infinite values in 1 of 2 rows, the first in row 2."),
        slow("data.path=ok.csv", "Received: 2 rows, lookback=2"),
        slow("data.path=3", "`data.path` must name a file that exists. Received: 3."),
        slow("data.path=none.csv", "`data.path` must name a file that exists. Received: none.csv."),
        slow("data.path=ok.csv,data.features=[x,y]", "ok.csv has no column y."),
        slow("data.path=empty.csv", "Received an empty file"),
        slow("data.path=ok.csv,data.features=x,task.lookback=3", "Received: 2 rows, lookback=3"),
        slow("task.kind=forecast,task.lookback=3,task.horizon=1", "Supported by: many_to_one, "),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_run(kedro: Kedro, project: Path, params: str, message: str) -> None:
    for name, text in (("nan.csv", 'x\n1\n""\n2\n'), ("inf.csv", "x\n1\ninf\n"), ("ok.csv", TABLE), ("empty.csv", "")):
        (project / name).write_text(text)
    result = kedro("run", "--params", params)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: ")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.stdout + result.stderr
    assert not (project / "mlflow.db").exists(), "MLflow was never opened"


@pytest.mark.parametrize(
    ("pipeline", "params", "message"),
    [
        ("many_to_many", "task.kind=forecast,task.lookback=3,task.horizon=1", "Supported by: many_to_one, one_step_v"),
        slow(
            "pyramid",
            "data.sequence_length=1",
            "layers need windows of 2 rows. Received: lookback=1. Supported by",
        ),
        slow(
            "stateful",
            "training.batch_size=2",
            "must be 1, or full, which means 1 here. Received: 2. Supported by",
        ),
        slow(
            "stateful",
            "model.bidirectional=true",
            "must be false. Received: true. Supported by: one_to",
        ),
        (
            "compare",
            "data.generator=delayed_echo,data.delay=7",
            "Received: delay=7, sequence_length=5. Set data.sequence_length=14",
        ),
    ],
)
def test_an_unsupported_framing_names_supported_ones(
    kedro: Kedro, project: Path, pipeline: str, params: str, message: str
) -> None:
    result = kedro("run", f"--pipeline={pipeline}", "--params", params)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: ")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (project / "mlflow.db").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--pipeline=many_to_mny",), "There is no pipeline many_to_mny. Did you mean many_to_many?"),
        (("--runner=ParallelRunner",), "Use SequentialRunner (the default) or ThreadRunner."),
        (("--env=sunspot",), "There is no environment sunspot. Did you mean sunspots?"),
    ],
)
def test_an_unknown_option_is_one_line(kedro: Kedro, arguments: tuple[str, ...], message: str) -> None:
    result = kedro("run", *arguments)
    assert result.returncode == 1
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.slow
def test_the_tutorial_is_reproducible_from_any_directory(kedro: Kedro, project: Path) -> None:
    results = [
        kedro("run", "--pipeline=many_to_many", cwd=folder) for folder in (project, project / "src" / "seqframe")
    ]
    for result in results:
        assert result.returncode == 0, result.stderr
        assert "0.0 0.2 0.4 0.6 0.8" in result.stdout
        assert "140+6=146" in result.stdout
        assert result.stderr == "", "no warnings"
    runs = all_runs(client(project))
    assert [run.info.status for run in runs] == ["FINISHED", "FINISHED"], "both in the project's own store"
    assert runs[0].data.metrics["train/loss"] == runs[1].data.metrics["train/loss"], "the same bits"
    assert not list((project / "src").rglob("mlflow.db"))

    (model,) = runs[0].outputs.model_outputs
    code = (
        "import sys, numpy as np, mlflow; mlflow.set_tracking_uri(sys.argv[1]);"
        "model = mlflow.pyfunc.load_model(f'models:/{sys.argv[2]}');"
        "result = model.predict(np.arange(5, dtype=np.float32).reshape(1, 5, 1) / 5);"
        "print(np.round(result.ravel(), 1) + 0.0, 'seqframe' in sys.modules)"
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
def test_a_stopped_run_is_marked_killed(project: Path, number: signal.Signals, code: int) -> None:
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
        assert len(logging_processes(project)) == 1 or not Path("/proc").exists()
        os.killpg(process.pid, number)  # as a terminal does
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == code
    assert logging_processes(project) == []
    assert "Unfinished runs are marked KILLED in MLflow." in errors
    assert "Traceback" not in errors
    runs = all_runs(client(project))
    assert {run.data.tags["framing"] for run in runs} == {"all", "one_to_one", "many_to_one", "many_to_many"}
    assert {run.info.status for run in runs} == {"KILLED"}
    assert not list((project / "data").glob("0*/*all_framings*")), "no file of an unfinished run is left"


@pytest.mark.slow
def test_a_killed_run_is_resumed_by_the_same_command(kedro: Kedro, project: Path) -> None:
    arguments = ("run", "--pipeline=many_to_one", "--params", "training.epochs=6000,training.checkpoint_every_s=0.1")
    process = subprocess.Popen(
        kedro_command(*arguments), cwd=project, env=kedro_environment(), stdout=subprocess.DEVNULL
    )  # fmt: skip
    try:
        wait_for_training(project)
    finally:
        process.kill()
        assert process.wait() == -signal.SIGKILL
    deadline = time.monotonic() + 10
    while logging_processes(project) and time.monotonic() < deadline:
        time.sleep(0.05)
    (killed,) = all_runs(client(project))
    assert killed.info.status == ("KILLED" if os.name == "posix" else "RUNNING")
    result = kedro(*arguments)
    assert result.returncode == 0, result.stderr
    assert "many_to_one: resuming at epoch" in result.stdout
    (run,) = all_runs(client(project))
    assert (run.info.run_id, run.info.status) == (killed.info.run_id, "FINISHED")
    losses = client(project).get_metric_history(run.info.run_id, "train/loss")
    assert sorted(metric.step for metric in losses) == list(range(1, 6001)), "every epoch once"
    assert logging_processes(project) == []


def test_a_broken_store_is_one_line_before_training(kedro: Kedro, project: Path) -> None:
    (project / "mlflow.db").write_text("this is no database")
    result = kedro("run", "--pipeline=many_to_one")
    assert result.returncode == 1
    assert result.stderr.startswith("Error: MLflow's store must open. Received: sqlite:///")
    assert len(result.stderr.splitlines()) == 1
    assert "epoch" not in result.stdout
    assert logging_processes(project) == []


def logging_processes(project: Path) -> list[str]:
    """Running logging processes of a project."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"seqframe.tracking.worker" in words and (process / "cwd").readlink() == project:
                found.append(process.name)
        except OSError:  # the process has ended
            continue
    return found


def wait_for_training(project: Path, seconds: float = 120) -> None:
    """Wait until a loss is logged to MLflow."""
    import time

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.5)
        if (project / "mlflow.db").exists() and any(
            "train/loss" in run.data.metrics for run in all_runs(client(project))
        ):
            return
    raise AssertionError("no loss was logged to MLflow")


def test_commands_that_run_nothing_do_not_import_tensorflow(kedro: Kedro, project: Path) -> None:
    blocked = block_imports(project, "tensorflow", "keras", "mlflow")
    for arguments in (("registry", "list"), ("catalog", "describe-datasets"), ("run", "--help"), ("--help",)):
        result = kedro(*arguments, PYTHONPATH=str(blocked))
        assert result.returncode == 0, result.stderr
        assert "a heavy library" not in result.stdout + result.stderr


def test_inspect_does_not_import_tensorflow_or_open_a_store(kedro: Kedro, project: Path) -> None:
    result = kedro("run", "--pipeline=inspect", PYTHONPATH=str(block_imports(project, "tensorflow", "keras")))
    assert result.returncode == 0, result.stderr
    assert "many_to_one   X (1, 5, 1)   y (1, 5)\n  X[0] = [0] [1] [2] [3] [4]   y[0] = 0 1 2 3 4" in result.stdout
    assert "a heavy library" not in result.stdout + result.stderr
    assert (project / "data" / "08_reporting" / "inspect" / "many_to_one" / "index_map.csv").exists()
    assert not (project / "mlflow.db").exists()


def block_imports(project: Path, *libraries: str) -> Path:
    """A folder for PYTHONPATH with modules of these names that end the process when they are imported."""
    blocked = project / "blocked"
    blocked.mkdir()
    for library in libraries:
        (blocked / f"{library}.py").write_text("raise SystemExit('a heavy library')")
    return blocked
