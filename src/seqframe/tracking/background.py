"""Client of the logging process, so that training does not wait for MLflow."""

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import Pipe
from queue import SimpleQueue
from threading import Event as Signal
from threading import Thread
from typing import Any

from seqframe.errors import UserError
from seqframe.execution.module_process import start_module
from seqframe.tracking.records import LogItem, RunContext, RunInfo
from seqframe.training.events import Event

EXIT_TIMEOUT_S = 5.0  # how long a process whose pipe is closed may take to end

Request = tuple[str, tuple[Any, ...], Signal]  # method of the run logger, its arguments, set when it is done


class LoggingProcessError(RuntimeError):
    """An unexpected error in the logging process, with its traceback."""


class LoggingProcessKilledError(UserError):
    """The logging process has ended, for example because it was killed."""

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(
            f"The process that writes to MLflow was killed (exit code {exit_code}). "
            "The run stops; run the same command to resume."
        )


class LoggingProcess:
    """A run logger that sends every call to `seqframe.tracking.worker`, in order, and returns at once.

    An error in the logging process is raised by the next call, and nothing is written after it. The first event of
    a training waits until its run is open, so that nothing is trained if the store does not respond. `close` waits
    until everything is written. A thread sends the requests, so that Ctrl-C never leaves half a request in the pipe.
    """

    def __init__(self) -> None:
        self._connection, end = Pipe()
        arguments = str(end.fileno()), str(os.getpid())
        self._process = start_module(
            "seqframe.tracking.worker", *arguments, stdin=subprocess.DEVNULL, pass_fds=[end.fileno()]
        )
        end.close()
        self._requests: SimpleQueue[Request] = SimpleQueue()
        self._opened = Signal()
        self._opened.set()  # no run is being opened yet
        self._failure: Exception | None = None
        self._raised = False
        Thread(target=self._deliver, name="logging process", daemon=True).start()

    def __enter__(self) -> "LoggingProcess":
        return self

    def __exit__(self, *_: object) -> None:
        """End the process: its runs are closed, or there are none."""
        self._process.kill()
        self._process.wait()

    def start(self, context: RunContext, token: str = "") -> "LoggingProcess":
        """Start logging a `kedro run`, as `MlflowRunLogger` does; the other methods need this first."""
        self._send("start", context, token)
        return self

    def open(self, framing: str, info: RunInfo) -> None:
        self._opened = self._send("open", framing, info)

    def log(self, framing: str, items: Sequence[LogItem]) -> None:
        self._send("log", framing, items)

    def on_event(self, event: Event) -> None:
        self._opened.wait()
        self._send("on_event", event)

    def finish(self, framing: str) -> None:
        self._send("finish", framing)

    def close(self, status: str) -> None:
        self._post("close", status).wait()
        self._raise_failure()

    def _send(self, method: str, *arguments: Any) -> Signal:
        self._raise_failure()
        return self._post(method, *arguments)

    def _post(self, method: str, *arguments: Any) -> Signal:
        done = Signal()
        self._requests.put((method, arguments, done))
        return done

    def _raise_failure(self) -> None:
        """Raise a failure once: later calls only clean up."""
        if self._failure is not None and not self._raised:
            self._raised = True
            raise self._failure

    def _deliver(self) -> None:
        while True:
            method, arguments, done = self._requests.get()
            if self._failure is None:
                self._failure = self._request(method, arguments)
            elif method == "close":
                self._request(method, ("KILLED" if arguments == ("KILLED",) else "FAILED",))
            done.set()

    def _request(self, method: str, arguments: tuple[Any, ...]) -> Exception | None:
        """Send one request and wait for its reply; return the error, if any."""
        try:
            self._connection.send((method, arguments))
            reply = self._connection.recv()
        except (OSError, EOFError):
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(EXIT_TIMEOUT_S)
            return LoggingProcessKilledError(self._process.poll())
        except Exception as error:  # the request cannot be pickled
            return error
        if reply is None:
            return None
        is_user_error, text = reply
        return UserError(text) if is_user_error else LoggingProcessError(text)
