"""A book that is kept in a process of its own, so that the one that trains does not wait for MLflow."""

import os
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing import Pipe
from pathlib import Path
from queue import SimpleQueue
from threading import Event as Signal
from threading import Thread
from typing import Any

from seqframe.errors import UserError
from seqframe.tracking.records import LogItem, RunContext, RunInfo
from seqframe.training.events import Event

SOURCES = Path(__file__).resolve().parents[2]

Request = tuple[str, tuple[Any, ...], Signal]  # a method of the book, its arguments, and the sign that it is done


class LoggingProcessError(RuntimeError):
    """What went wrong in the clerk's process, with its traceback; or that there is no such process any more."""


class LoggingProcess:
    """Hands everything on to `seqframe.tracking.worker`, in order, and returns at once.

    What goes wrong over there is raised here by the next call, and nothing after it is written; the first news of
    a training waits until its run is open, so that nothing is trained for a store that does not answer. `close` waits
    until all is written. A thread of its own does the sending, so that Ctrl-C never leaves half a letter in the pipe.
    """

    def __init__(self) -> None:
        self._connection, end = Pipe()
        sources = [str(SOURCES), *filter(None, [os.environ.get("PYTHONPATH")])]
        # In a session of its own, it is not meant when Ctrl-C or a signal goes to the terminal's processes.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "seqframe.tracking.worker", str(end.fileno()), str(os.getpid())],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sources)},
            stdin=subprocess.DEVNULL,
            pass_fds=[end.fileno()],
            start_new_session=True,
        )
        end.close()
        self._letters: SimpleQueue[Request] = SimpleQueue()
        self._opened = Signal()
        self._opened.set()  # nothing is being opened yet
        self._failure: Exception | None = None
        self._raised = False
        Thread(target=self._deliver, name="clerk", daemon=True).start()

    def __enter__(self) -> "LoggingProcess":
        return self

    def __exit__(self, *_: object) -> None:
        """Send the clerk away: its books are closed, or there were none."""
        self._process.kill()
        self._process.wait()

    def keep_book(self, session: RunContext, resumable: bool) -> "LoggingProcess":
        """Have a session's book kept from now on."""
        self._send("keep_book", session, resumable)
        return self

    def open(self, framing: str, start: RunInfo) -> None:
        self._opened = self._send("open", framing, start)

    def record(self, framing: str, contents: Sequence[LogItem]) -> None:
        self._send("record", framing, contents)

    def hear(self, news: Event) -> None:
        self._opened.wait()
        self._send("hear", news)

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
        self._letters.put((method, arguments, done))
        return done

    def _raise_failure(self) -> None:
        """Raise it once: what is called after it is the tidying up."""
        if self._failure is not None and not self._raised:
            self._raised = True
            raise self._failure

    def _deliver(self) -> None:
        while True:
            method, arguments, done = self._letters.get()
            if self._failure is None:
                self._failure = self._ask(method, arguments)
            elif method == "close":
                self._ask(method, ("KILLED" if arguments == ("KILLED",) else "FAILED",))
            done.set()

    def _ask(self, method: str, arguments: tuple[Any, ...]) -> Exception | None:
        """Send one letter and wait for the answer to it: what went wrong, if anything."""
        try:
            self._connection.send((method, arguments))
            answer = self._connection.recv()
        except (OSError, EOFError):
            return LoggingProcessError(f"The process that writes to MLflow is gone (exit code {self._process.poll()}).")
        except Exception as error:  # it cannot be sent: that is said, too, rather than waited for
            return error
        if answer is None:
            return None
        for_people, text = answer
        return UserError(text) if for_people else LoggingProcessError(text)
