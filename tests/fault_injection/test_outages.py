"""An MLflow server that is down, goes away, is slow or fails: training goes on, and nothing is lost or doubled."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from conftest import all_runs, kedro_command, kedro_environment
from helpers.processes import wait_until
from helpers.run_contexts import make_run_context
from helpers.servers import ERROR, LOST, PASS, REFUSE, SLOW, MlflowServer, Proxy, free_port, mlflow_server
from seqframe.errors import UserError
from seqframe.tracking import background
from seqframe.tracking.background import LoggingProcess
from seqframe.tracking.records import LOSS, File, Metrics, RunInfo, Tags
from seqframe.tracking.spool import waiting_files
from seqframe.tracking.sync import send_files
from seqframe.training.events import EpochEnd

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="there is no logging process")]

INFO = RunInfo({"X_shape": "(1, 5, 1)"}, {"data.rows": "5"}, "0123456789abcdef")
NAMES = ("one", "two")
EPOCHS = 400


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with mlflow_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def proxy(server: MlflowServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    proxy = Proxy(server.uri)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", proxy.uri)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    for run in all_runs(MlflowClient(server.uri)):
        MlflowClient(server.uri).delete_run(run.info.run_id)
    yield proxy
    proxy.close()


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def messages() -> list[str]:
    return []


@pytest.fixture
def process(proxy: Proxy, spool: Path, messages: list[str]) -> Iterator[LoggingProcess]:
    with LoggingProcess(spool, messages.append) as process:
        yield process


def begin(process: LoggingProcess) -> LoggingProcess:
    """The first half of what a command logs."""
    logger = process.start(make_run_context(*NAMES))
    for name in NAMES:
        logger.open(name, INFO)
    logger.log("", [File("settings.yml", b"a: 1")])
    for name in NAMES:
        logger.on_event(EpochEnd(name, "", tuple(1 / epoch for epoch in range(1, EPOCHS // 2 + 1)), 1, EPOCHS))
    return logger


def end(logger: LoggingProcess) -> None:
    """The second half."""
    middle = EPOCHS // 2 + 1
    for name in NAMES:
        losses = tuple(1 / epoch for epoch in range(middle, EPOCHS + 1))
        logger.on_event(EpochEnd(name, "", losses, middle, EPOCHS, True))
        logger.log(name, [Metrics((("score/mse", 0.5, 0), ("score/mae", 0.25, 0)), 1), Tags({"causality": "causal"})])
        logger.log(name, [File("layers.csv", b"a,b\n1,2\n")])
        logger.finish(name)
    logger.close("FINISHED")


def check_complete(client: MlflowClient, commands: int = 1) -> None:
    """Everything is there once."""
    runs = [run for run in all_runs(client) if run.info.lifecycle_stage == "active"]
    assert sorted(run.info.run_name for run in runs) == sorted(["compare", *NAMES] * commands)
    assert {run.info.status for run in runs} == {"FINISHED"}
    for run in runs:
        files = [file.path for file in client.list_artifacts(run.info.run_id)]
        if run.info.run_name not in NAMES:
            assert files == ["settings.yml"]
            continue
        assert files == ["layers.csv"]
        history = client.get_metric_history(run.info.run_id, LOSS)
        assert [metric.step for metric in history] == list(range(1, EPOCHS + 1)), "every epoch is there once"
        assert [metric.value for metric in client.get_metric_history(run.info.run_id, "score/mse")] == [0.5]
        assert run.data.tags["causality"] == "causal"
        assert run.info.start_time <= run.info.end_time


def test_a_server_that_is_down_all_the_time(
    server: MlflowServer, process: LoggingProcess, messages: list[str], spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"http://me:secret@127.0.0.1:{free_port()}"
    process.__exit__()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with LoggingProcess(spool, messages.append) as other:
        end(begin(other))
        end(begin(other))
    assert [message.partition(" (")[0] for message in messages] == [
        f"MLflow at {uri.replace('me:secret@', '')} does not answer"
    ] * 2
    assert f"Training goes on; {spool} keeps the runs of 2 commands: `seqframe sync` or the" in messages[1]
    files = waiting_files(spool)
    assert len(files) == 2
    assert b"secret" not in b"".join(path.read_bytes() for path in files)
    before = [path.stat().st_mtime for path in files]

    left = send_files(spool)
    assert (left.sent, left.left) == (0, 2)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    assert send_files(spool).sent == 2
    check_complete(MlflowClient(server.uri), commands=2)
    ends = [run.info.end_time / 1000 for run in all_runs(MlflowClient(server.uri))]
    assert min(before) - 60 < min(ends) < max(ends) < max(before) + 1, "times of the command, not of the sending"
    assert waiting_files(spool) == []
    assert send_files(spool).sent == 0


@pytest.mark.parametrize("mode", [ERROR, LOST])
def test_a_server_that_fails_in_the_middle_and_recovers(
    server: MlflowServer, proxy: Proxy, process: LoggingProcess, messages: list[str], spool: Path, mode: str
) -> None:
    logger = begin(process)
    logger._send("log", "one", []).wait()
    proxy.mode = mode
    logger._send("log", "one", [Tags({"a": "b"})]).wait()
    proxy.mode = PASS
    end(logger)
    assert messages[0].startswith(f"MLflow at {proxy.uri}")
    assert messages[1:] == ["MLflow answers again, and has everything."]
    check_complete(MlflowClient(server.uri))
    assert waiting_files(spool) == []


@pytest.mark.parametrize("mode", [ERROR, LOST, REFUSE])
@pytest.mark.parametrize("only", ["runs/create", "runs/log-batch", "runs/update", "mlflow-artifacts"])
def test_requests_of_one_kind_that_fail_are_sent_by_the_next_command(
    server: MlflowServer, proxy: Proxy, process: LoggingProcess, messages: list[str], spool: Path, mode: str, only: str
) -> None:
    if (mode, only) == (REFUSE, "runs/create"):
        pytest.skip("refused at the start: the command ends")
    proxy.mode, proxy.only = mode, only
    end(begin(process))
    assert len(messages) == 1
    (path,) = waiting_files(spool)
    proxy.mode = PASS
    end(begin(process))
    assert messages[1:] == ["Sent to MLflow from the spool: 1 earlier command."]
    check_complete(MlflowClient(server.uri), commands=2)
    assert waiting_files(spool) == []
    assert not path.exists()


def test_a_server_that_drops_packets(
    process: LoggingProcess, messages: list[str], spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.__exit__()
    with socket.socket() as blocked, ExitStack() as stack:
        blocked.bind(("127.0.0.1", 0))
        blocked.listen(0)
        for _ in range(3):  # so that the queue of the kernel is full, and it drops further connections
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(blocked.getsockname())
        uri = f"http://127.0.0.1:{blocked.getsockname()[1]}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        with LoggingProcess(spool, messages.append) as other:
            end(begin(other))
    assert messages == [
        f"MLflow at {uri} does not answer (timed out). Training goes on; {spool} keeps the runs of 1 command: "
        "`seqframe sync` or the next command sends them."
    ]


def test_a_slow_server(
    server: MlflowServer,
    proxy: Proxy,
    process: LoggingProcess,
    messages: list[str],
    spool: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "OPEN_WITHIN_S", 0.1)
    monkeypatch.setattr(background, "CLOSE_WITHIN_S", 1.0)
    proxy.mode = SLOW
    end(begin(process))
    process.__exit__()
    (message,) = messages
    assert message.startswith("MLflow is slow: not everything was written after 1 s. Training goes on;")
    proxy.mode = PASS
    assert send_files(spool).sent == 1
    check_complete(MlflowClient(server.uri))


def test_wrong_credentials_end_the_command_before_anything_is_trained(
    proxy: Proxy, process: LoggingProcess, spool: Path
) -> None:
    proxy.mode, proxy.only = REFUSE, "api"
    with pytest.raises(UserError, match="it refuses the credentials"):
        begin(process)
    process.close("FAILED")
    assert waiting_files(spool) == []


def test_a_killed_server(tmp_path: Path, project: Path, kedro: Callable[..., Any]) -> None:
    """The server is killed while the command trains; `seqframe sync` sends the rest to the server that is started."""
    (tmp_path / "server").mkdir()
    with mlflow_server(tmp_path / "server") as server:
        environment = {"MLFLOW_TRACKING_URI": server.uri}
        proxy = Proxy(server.uri)
        try:
            proxy.mode, proxy.after = ERROR, 25
            result = kedro("run", "--pipeline=many_to_one", "--params=training.epochs=20",
                           **environment | {"MLFLOW_TRACKING_URI": proxy.uri})  # fmt: skip
        finally:
            proxy.close()
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.count("Training goes on") == 1
        (run,) = all_runs(MlflowClient(server.uri))
        assert run.info.status == "RUNNING"
        server.kill()
        result = kedro("run", "--pipeline=many_to_one", "--params=training.epochs=20", **environment)
        assert (result.returncode, result.stderr) == (0, "")
        assert f"MLflow at {server.uri} does not answer (connection refused). Training goes on;" in result.stdout
        assert "keeps the runs of 2 commands" in result.stdout

        server.start()
        result = sync(project, server.uri)
        assert result.stdout == f"Sent to MLflow at {server.uri}: 2 commands.\n", result.stderr
        client = MlflowClient(server.uri)
        runs = all_runs(client)
        assert [run.info.status for run in runs] == ["FINISHED"] * 2
        for run in runs:
            steps = [metric.step for metric in client.get_metric_history(run.info.run_id, LOSS)]
            assert steps == list(range(1, 21))
            assert len(client.search_logged_models([run.info.experiment_id], f"source_run_id='{run.info.run_id}'")) == 1
        assert sync(project, server.uri).stdout == f"Nothing is left to send to MLflow at {server.uri}.\n"


@pytest.mark.parametrize("other", [True, False])
def test_a_command_that_is_killed_while_the_server_is_down(
    project: Path, empty_store: Path, kedro: Callable[..., Any], other: bool
) -> None:
    """The next command sends what was logged; the same command resumes the run."""
    (project / "mlflow.db").write_bytes(empty_store.read_bytes())
    client = MlflowClient(f"sqlite:///{project}/mlflow.db")
    command = ("run", "--pipeline=many_to_one", "--params=training.epochs=5000,training.checkpoint_every_s=0.0")
    down = kedro_environment(MLFLOW_TRACKING_URI=f"http://127.0.0.1:{free_port()}")
    process = subprocess.Popen(kedro_command(*command), cwd=project, env=down, stdout=subprocess.DEVNULL)
    try:
        checkpoints = project / "data" / "06_models" / "checkpoints"
        wait_until(lambda: process.poll() is not None or list(checkpoints.glob("*/*.checkpoint")))
    finally:
        process.kill()
        process.wait()
    assert len(waiting_files(project / "data" / "spool")) == 1
    if other:
        result = kedro("run", "--pipeline=many_to_many", "--params=training.epochs=20")
        assert "Sent to MLflow from the spool: 1 earlier command." in result.stdout, result.stderr
        statuses = {run.data.tags["framing"]: run.info.status for run in all_runs(client)}
        assert statuses == {"many_to_one": "KILLED", "many_to_many": "FINISHED"}

    result = kedro(*command)
    assert "Resuming an interrupted run." in result.stdout, result.stderr
    assert result.returncode == 0
    (run,) = [run for run in all_runs(client) if run.data.tags["framing"] == "many_to_one"]
    assert run.info.status == "FINISHED"
    steps = [metric.step for metric in client.get_metric_history(run.info.run_id, LOSS)]
    assert steps == list(range(1, 5001)), "every epoch is there once"
    assert waiting_files(project / "data" / "spool") == []


def sync(project: Path, uri: str) -> "subprocess.CompletedProcess[str]":
    environment = kedro_environment(MLFLOW_TRACKING_URI=uri, PYTHONPATH=str(project / "src"))
    command = [sys.executable, "-m", "seqframe", "sync"]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
