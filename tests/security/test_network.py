"""No process of Seqframe connects to another machine, or listens to one."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

pytestmark = pytest.mark.slow

WATCH = """
import os, sys

def watch(event, arguments):
    if event not in ("socket.connect", "socket.bind", "socket.getaddrinfo"):
        return
    address = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
    host = address[0] if isinstance(address, tuple) else address
    if event != "socket.getaddrinfo" and not isinstance(address, tuple):
        return  # a socket file, or a netlink socket
    line = f"{event} {host}"
    with open(os.environ["WATCHED"], "a") as file:
        file.write(line + "\\n")
    if host not in ("127.0.0.1", "::1", "localhost", None, b"127.0.0.1"):
        raise OSError(f"no network: {line}")

sys.addaudithook(watch)
"""
LOOPBACK = {"127.0.0.1", "::1", "localhost", "None"}


@pytest.mark.parametrize("kind", ["serial", "processes", "dask"])
def test_only_loopback_is_used(
    project: Path, kedro: Callable[..., CompletedProcess[str]], tmp_path: Path, kind: str
) -> None:
    if kind == "dask":
        pytest.importorskip("distributed")
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    watched = tmp_path / "watched.txt"
    watched.write_text("")
    result = kedro(
        "run",
        "--pipeline=compare",
        "--env=sunspots",
        f"--params=training.epochs=1,training.n_seeds=2,backtest.framings=[dense],execution.kind={kind}",
        PYTHONPATH=str(tmp_path),
        WATCHED=str(watched),
    )
    assert result.returncode == 0, result.stderr
    lines = watched.read_text().splitlines()
    hosts = {line.partition(" ")[2] for line in lines}
    assert hosts <= LOOPBACK, sorted(set(lines))
    if kind == "dask":
        assert any(line.startswith("socket.bind") for line in lines), "the watch works"
