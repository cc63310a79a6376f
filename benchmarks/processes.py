"""A side of a benchmark in a process of its own: it is started, gets ready, and is then asked to work, line by line."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[1]


class WorkerFailedError(RuntimeError):
    """A worker could not get ready, or went away; the message is a word or two."""


class Worker:
    """A running process of one of the modules in `benchmarks.workers`. It stops when the `with` block is left."""

    def __init__(
        self, module: str, *arguments: str, python: str = sys.executable, environment: Mapping[str, str] | None = None
    ) -> None:
        self._process = subprocess.Popen(
            [python, "-m", f"benchmarks.workers.{module}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
        )

    def __enter__(self) -> "Worker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def wait_until_ready(self) -> str:
        """Wait while the worker builds and warms what it measures; what it says of itself, such as its versions.

        Raises:
            WorkerFailedError: It could not.
        """
        word, _, rest = self._hear().partition(" ")
        if word != "ready":
            raise WorkerFailedError(rest or word)
        return rest

    def ask(self, count: int) -> float:
        """Let the worker do `count` units of its work; milliseconds a unit.

        Raises:
            WorkerFailedError: It went away.
        """
        stdin = self._process.stdin
        assert stdin
        stdin.write(f"{count}\n")
        stdin.flush()
        return float(self._hear())

    def _hear(self) -> str:
        stdout = self._process.stdout
        assert stdout
        line = stdout.readline().strip()
        if not line:
            raise WorkerFailedError(f"ended with {self._process.wait()}")
        return line
