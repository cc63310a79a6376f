"""A contender in its own process: started once, then requested to work, one line of text per request."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[1]


class WorkerFailedError(RuntimeError):
    """A worker could not start, or it ended; the message is the reason."""


class Worker:
    """A process that runs a module of `benchmarks.workers`; it is stopped at the end of the `with` block."""

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
        """Wait until the worker has built and warmed up its model; returns its description, for example versions.

        Raises:
            WorkerFailedError: The worker failed to start.
        """
        word, _, rest = self._read_line().partition(" ")
        if word != "ready":
            raise WorkerFailedError(rest or word)
        return rest

    def time(self, count: int) -> float:
        """Time `count` units of work in the worker: milliseconds per unit.

        Raises:
            WorkerFailedError: The worker has ended.
        """
        stdin = self._process.stdin
        assert stdin
        stdin.write(f"{count}\n")
        stdin.flush()
        return float(self._read_line())

    def count_for(self, turn_ms: float) -> int:
        """The number of units of work that take about `turn_ms`, at least one.

        Raises:
            WorkerFailedError: The worker has ended.
        """
        count = 1
        for _ in range(2):  # twice: the time of a single unit is inaccurate
            count = max(1, round(turn_ms / self.time(count)))
        return count

    def _read_line(self) -> str:
        stdout = self._process.stdout
        assert stdout
        line = stdout.readline().strip()
        if not line:
            raise WorkerFailedError(f"exit code {self._process.wait()}")
        return line
