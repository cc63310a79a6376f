"""Servers of the tests, on loopback: an MLflow server in a process of its own, and a proxy before it that fails."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from helpers.processes import TIMEOUT_S

PASS, ERROR, SLOW, LOST, REFUSE = "pass", "error", "slow", "lost", "refuse"  # what the proxy does


def free_port() -> int:
    """A port that no client gets as its own: a client of a server that is down might connect to itself."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


class MlflowServer:
    """`mlflow server` with its store in a folder; it may be stopped and started again on the same port."""

    def __init__(self, folder: Path, store: str = "") -> None:
        self.folder, self.store = folder, store or f"sqlite:///{folder}/server.db"
        self.port = free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port)),
                *("--workers", "1", "--backend-store-uri", self.store),
                *("--artifacts-destination", str(self.folder / "artifacts")),
            ],
            cwd=self.folder,
            env=environment | {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + TIMEOUT_S
        while not self._is_up():
            assert self._process.poll() is None, "the server has ended"
            assert time.monotonic() < deadline, "timeout"
            time.sleep(0.1)

    def _is_up(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.uri}/health", timeout=5) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        """Kill the server and its workers, without a chance to answer what it has begun."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextmanager
def mlflow_server(folder: Path, store: str = "") -> Iterator[MlflowServer]:
    """A server that runs, and is killed at the end."""
    server = MlflowServer(folder, store)
    try:
        server.start()
        yield server
    finally:
        server.kill()


class Proxy:
    """Passes requests on to a server, or does something else.

    `mode` is pass, error (status 500), slow (`delay_s` before each answer), lost (the server gets the request, but its
    answer is lost) or refuse (status 401). The first `after` requests pass, and those without `only` in their path.
    """

    def __init__(self, target: str) -> None:
        self.mode, self.delay_s, self.after, self.only = PASS, 5.0, 0, ""
        self.target = target
        self.requests: list[str] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def handle_request(self) -> None:
                proxy.requests.append(self.path)
                proxy.pass_on(self)

            def log_message(self, *_: object) -> None:
                pass

        for verb in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            setattr(Handler, f"do_{verb}", Handler.handle_request)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.uri = f"http://127.0.0.1:{self._server.server_address[1]}"

    def pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        mode = self.mode if len(self.requests) > self.after and self.only in handler.path else PASS
        if mode == SLOW:
            time.sleep(self.delay_s)
        if mode in (ERROR, REFUSE):
            self._reply(handler, 500 if mode == ERROR else 401, b"no")
            return
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in ("host", "connection")}
        request = urllib.request.Request(f"{self.target}{handler.path}", body or None, headers, method=handler.command)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                status, content = response.status, response.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        except OSError:
            handler.connection.close()
            return
        if mode == LOST:
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        self._reply(handler, status, content)

    @staticmethod
    def _reply(handler: BaseHTTPRequestHandler, status: int, content: bytes) -> None:
        try:
            handler.send_response(status)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(content)))
            handler.end_headers()
            handler.wfile.write(content)
        except OSError:  # the client has gone
            pass

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Postgres:
    """A PostgreSQL server with an empty database, started by another user where this one is root."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.uri = f"postgresql://me:geheim@127.0.0.1:{self.port}/postgres"
        self._binaries = Path(str(shutil.which("postgres"))).resolve().parent
        self._user: dict[str, Any] = {"user": "nobody", "group": "nogroup"} if os.getuid() == 0 else {}
        self._process: subprocess.Popen[bytes] | None = None
        folder.chmod(0o777)
        password = folder / "password"
        password.write_text("geheim")
        command = [str(self._binaries / "initdb"), "-D", str(folder / "data"), "-U", "me", "-A", "scram-sha-256"]
        subprocess.run([*command, "--pwfile", str(password), "-N"], **self._user, check=True, capture_output=True)

    def start(self) -> None:
        options = ["-D", str(self.folder / "data"), "-p", str(self.port), "-k", "", "-h", "127.0.0.1", "-F"]
        self._process = subprocess.Popen(
            [str(self._binaries / "postgres"), *options],
            **self._user,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("ab"),
            cwd=self.folder,
        )
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert time.monotonic() < deadline, "timeout"
            assert self._process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.1)

    def stop(self) -> None:
        """End the server at once, with its connections."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None
