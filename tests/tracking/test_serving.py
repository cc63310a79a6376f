"""The refitted forecaster served by MLflow, with requests of an ordinary client."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import kedro_environment
from tracking.test_forecaster import logged, predict_in_new_process, refitted  # noqa: F401

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="it needs process groups")]
SECONDS = 240


@pytest.fixture
def server(logged: Any, tmp_path: Path) -> Iterator[str]:  # noqa: F811
    """URL of `mlflow models serve`; all its processes end with the test."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (tmp_path / "server.log").open("w") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "models", "serve", "-m", "models:/seqframe-table/1"),
                *("--env-manager", "local", "--host", "127.0.0.1", "--port", str(port)),
            ],
            cwd=tmp_path,
            env=kedro_environment(
                MLFLOW_TRACKING_URI=os.environ["MLFLOW_TRACKING_URI"],
                PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),  # MLflow starts uvicorn
            ),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/ping", process, tmp_path / "server.log")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(log.read_text())


def post(address: str, body: str, kind: str = "application/json") -> tuple[int, str]:
    """Post a request with curl, or with urllib if there is no curl; return status and body."""
    if shutil.which("curl"):
        result = subprocess.run(
            ["curl", "-s", "-w", "\n%{http_code}", f"{address}/invocations", "-H", f"Content-Type: {kind}", "-d", "@-"],
            input=body,
            capture_output=True,
            text=True,
            check=True,
        )
        text, _, status = result.stdout.rpartition("\n")
        return int(status), text
    request = urllib.request.Request(f"{address}/invocations", body.encode(), {"Content-Type": kind})
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_server_forecasts_like_the_python_api(server: str, refitted: Any, tmp_path: Path) -> None:  # noqa: F811
    expected, _, _ = predict_in_new_process(refitted, tmp_path)
    history = refitted.history.assign(day=refitted.history["day"].astype(str))
    split = {"dataframe_split": history.to_dict(orient="split")}
    for request in ({"dataframe_records": history.to_dict(orient="records")}, split):
        status, text = post(server, json.dumps(request))
        assert status == 200, text
        forecasts = json.loads(text)["predictions"]
        assert [line["day"] for line in forecasts] == [
            "2001-01-27T00:00:00",
            "2001-02-03T00:00:00",
            "2001-02-10T00:00:00",
        ]
        for line, other in zip(forecasts, expected, strict=True):
            assert line.keys() == other.keys()
            numbers = [name for name in line if name != "day"]
            np.testing.assert_allclose([line[n] for n in numbers], [other[n] for n in numbers], rtol=1e-6)

    whole = history.assign(x=[50, 51, 52, 54], day=[20001230, 20010106, 20010113, 20010120])
    status, text = post(server, json.dumps({"dataframe_records": whole.to_dict(orient="records")}))
    assert (status, len(json.loads(text)["predictions"])) == (200, 3), text

    text = history.astype({"x": object})
    text.loc[text.index[1], "x"] = "abc"
    needed = "A forecast needs the last 4 rows, without gaps and with a value in each column."
    rule, remedy = (
        "Column x of history must hold numbers.",
        "Correct it, or set data.csv.na_values=abc if it means missing.",
    )
    for table, line in (
        (history.tail(2), f"{needed} Received: 2 such rows, of 2 in history. Give more history."),
        (history.drop(columns="y"), "history has no column y. Columns: day, x."),
        (history.drop(columns="day"), "history has no column day. Columns: x, y."),
        (text, f"{rule} Received: 'abc' in row 2 (1 such rows). {remedy}"),
        (history.head(0), "history has no column day. Columns: none."),
    ):
        status, reply = post(server, json.dumps({"dataframe_records": table.to_dict(orient="records")}))
        assert (status, json.loads(reply)["message"]) == (400, line)
        assert "stack_trace" not in json.loads(reply)
