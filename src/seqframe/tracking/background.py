"""Client of the logging process, so that training does not wait for MLflow, and does not need it."""

import os
import pickle
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from threading import Event as Signal
from threading import RLock, Thread
from typing import Any

from seqframe.config import PROJECT_ROOT
from seqframe.errors import UserError, count_noun
from seqframe.networks.module_process import start_module
from seqframe.tracking.records import LogItem, RunContext, RunInfo
from seqframe.tracking.replies import BUG, REFUSED, UNAVAILABLE, Failure, Reply, Sent
from seqframe.tracking.spool import SPOOL, Request, SpoolFile, make_request, start_request, waiting_files
from seqframe.training.events import Event, Message, emit

EXIT_TIMEOUT_S = 5.0  # how long a process whose pipe is closed may take to end
OPEN_WITHIN_S = 10.0  # how long the first event of a training waits for its run
CLOSE_WITHIN_S = 20.0  # how long the end of a command waits until everything is written
STOP_WITHIN_S = 5.0  # the same for a command that was stopped
RETRY_EVERY_S = 10.0  # after a failure of the store
SEND_WITHIN_S = 10.0  # how long the end of a command waits for what earlier ones have left in the spool


class LoggingProcessError(RuntimeError):
    """An unexpected error in the logging process, with its traceback."""


@dataclass
class Delivery:
    """A request on its way, the size of the spool file after it, and a signal that is set when it was tried."""

    method: str
    payload: bytes
    end: int
    done: Signal = field(default_factory=Signal)


def print_message(text: str) -> None:
    """Show one line to the user."""
    emit(Message(text))


class LoggingProcess:
    """A run logger that sends every call to `seqframe.tracking.worker`, in order, and returns at once.

    Every call is written to the spool, too. If the store fails, or the process is killed, training goes on: the process
    is tried again from time to time, and reads the spool. `close` waits until everything is written, for a limited
    time; the file of the spool is then removed, or it stays.

    The first event of a training waits until its run is open, so that nothing is trained if the store cannot be used.
    This error, and an unexpected one, are raised by the next call, and nothing is written after it. A thread sends the
    requests, so that Ctrl-C never leaves half a request in the pipe.
    """

    def __init__(self, folder: Path = SPOOL, notify: Callable[[str], None] = print_message) -> None:
        self._folder, self._notify = folder, notify
        self._spool: SpoolFile | None = None
        self._reason = "no run was started"  # why there is no file in the spool
        self._deliveries: SimpleQueue[Delivery] = SimpleQueue()
        self._lock = RLock()  # so that requests are in the same order in the spool and in the pipe
        self._opened = Signal()
        self._opened.set()  # no run is being opened yet
        self._has_run = self._has_worked = self._is_reported = self._is_closed = False
        self._sends_files = False
        self._failure: Exception | None = None
        self._outage = ""  # why the store is not written to
        self._tried_at = 0.0
        self._start_process()
        Thread(target=self._deliver_all, name="logging process", daemon=True).start()

    def __enter__(self) -> "LoggingProcess":
        return self

    def __exit__(self, *_: object) -> None:
        """End the process: its runs are closed, or there are none."""
        self._process.kill()
        self._process.wait()

    def start(self, context: RunContext, token: str = "") -> "LoggingProcess":
        """Start logging a `kedro run`, as `MlflowRunLogger` does; the other methods need this first."""
        request = start_request(context, token)
        self._has_run = self._has_worked = self._is_reported = self._is_closed = False
        self._failure, self._outage = None, ""
        self._sends_files = bool(waiting_files(self._folder))
        try:
            self._spool = SpoolFile(self._folder, request.arguments[1])
        except OSError as error:
            self._spool, self._reason = None, str(error)
        self._post(request)
        return self

    def open(self, framing: str, info: RunInfo) -> None:
        self._has_run = True
        self._opened = self._send("open", framing, info)

    def log(self, framing: str, items: Sequence[LogItem]) -> None:
        self._send("log", framing, items)

    def on_event(self, event: Event) -> None:
        if isinstance(event, Message) or event.label:  # they are not logged
            return
        if not self._opened.wait(OPEN_WITHIN_S):
            self._opened.set()  # the store is slow: later events do not wait
        self._send("on_event", event)

    def finish(self, framing: str) -> None:
        self._send("finish", framing)

    def close(self, status: str) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        failed = self._failure is not None
        done = self._post(make_request("close", status))
        if not done.wait(STOP_WITHIN_S if status == "KILLED" else CLOSE_WITHIN_S):
            self._outage = self._outage or f"MLflow is slow: not everything was written after {CLOSE_WITHIN_S:.0f} s."
        if self._spool is not None and (self._failure or not self._outage or not self._has_run):
            self._spool.remove()
        elif self._outage and self._has_run:
            self._end_in_spool()
        if self._is_reported and not self._outage and not self._failure:
            self._notify("MLflow answers again, and has everything.")
        if not failed:
            self._raise_failure()
        if self._sends_files and not self._outage and not self._failure:
            self._report_sent()

    def _end_in_spool(self) -> None:
        """Leave what was logged in the spool."""
        if self._spool is not None:
            self._spool.sync()
            self._spool.close()
        self._report_outage()

    def _send(self, method: str, *arguments: Any) -> Signal:
        self._raise_failure()
        return self._post(make_request(method, *arguments))

    def _post(self, request: Request) -> Signal:
        payload = pickle.dumps(request, protocol=5)
        with self._lock:
            delivery = Delivery(request.method, payload, self._append(payload))
            self._deliveries.put(delivery)
        return delivery.done

    def _append(self, payload: bytes) -> int:
        """Write a request to the spool; without it, the store is written to as long as it does not fail."""
        if self._spool is None:
            return 0
        try:
            return self._spool.append(payload)
        except OSError as error:  # the disk is full
            self._spool.remove()
            self._spool, self._reason = None, str(error)
            return 0

    def _raise_failure(self) -> None:
        """Raise a failure once: later calls only clean up."""
        if self._failure is not None and not getattr(self._failure, "was_raised", False):
            self._failure.was_raised = True  # type: ignore[attr-defined]
            raise self._failure

    # What the thread does.

    def _deliver_all(self) -> None:
        while True:
            delivery = self._deliveries.get()
            self._deliver(delivery)
            delivery.done.set()

    def _deliver(self, delivery: Delivery) -> None:
        is_last = delivery.method == "close"
        if self._failure is not None:
            if is_last:
                self._request("fail", *pickle.loads(delivery.payload).arguments)
            return
        if self._outage:
            if is_last or time.monotonic() > self._tried_at + RETRY_EVERY_S:
                self._recover(delivery)
            return
        path = None if self._spool is None else self._spool.path
        reply = self._request("call", delivery.payload, path, delivery.end)
        if isinstance(reply, Failure):
            self._handle(reply, delivery)
        elif delivery.method == "open" and not self._has_worked:
            self._begin_to_send()

    def _handle(self, failure: Failure, delivery: Delivery) -> None:
        """Stop with an error, or go on without the store; what has worked before is tried again at once."""
        if failure.kind == BUG:
            self._failure = LoggingProcessError(failure.text)
        elif failure.kind == REFUSED:
            self._failure = UserError(failure.text)
        else:
            self._outage = failure.text
            if self._has_worked:
                self._recover(delivery)
            else:
                self._report_outage()
                self._tried_at = time.monotonic()

    def _recover(self, delivery: Delivery) -> None:
        """Let the process log everything in the spool again, in a new process if it was killed."""
        if self._spool is None:
            self._report_outage()
            return
        if self._process.poll() is not None:
            self._start_process()
        reply = self._request("recover", self._spool.path, delivery.end)
        self._tried_at = time.monotonic()
        if isinstance(reply, Failure):
            self._outage = reply.text
            self._report_outage()
            return
        self._outage = ""
        if not self._has_worked:
            self._begin_to_send()

    def _begin_to_send(self) -> None:
        """The store works: send what earlier commands have left."""
        self._has_worked = True
        if self._sends_files:
            self._request("send_files", self._folder)

    def _report_outage(self) -> None:
        """Say once that the store has failed, and what happens now."""
        if self._is_reported or not self._has_run:
            return
        self._is_reported = True
        if self._spool is None:
            self._notify(f"{self._outage} Training goes on; its run cannot be stored ({self._reason}).")
            return
        folder = self._folder.relative_to(PROJECT_ROOT) if self._folder.is_relative_to(PROJECT_ROOT) else self._folder
        count = count_noun(len(waiting_files(self._folder)), "command")
        self._notify(
            f"{self._outage} Training goes on; {folder} keeps the runs of {count}: "
            "`seqframe sync` or the next command sends them."
        )

    def _report_sent(self) -> None:
        """Say what was sent of earlier commands."""
        done = Signal()
        reply: list[Reply] = []

        def request() -> None:
            reply.append(self._request("count_sent", SEND_WITHIN_S))
            done.set()

        Thread(target=request, daemon=True).start()
        done.wait(SEND_WITHIN_S + EXIT_TIMEOUT_S)
        if reply and isinstance(reply[0], Sent):
            if reply[0].sent:
                self._notify(f"Sent to MLflow from the spool: {count_noun(reply[0].sent, 'earlier command')}.")
            elif reply[0].left:
                self._notify(f"{reply[0].reason} The spool still has {count_noun(reply[0].left, 'earlier command')}.")

    def _start_process(self) -> None:
        self._connection: Connection
        self._connection, end = Pipe()  # type: ignore[assignment]
        arguments = str(end.fileno()), str(os.getpid())
        self._process = start_module(
            "seqframe.tracking.worker", *arguments, stdin=subprocess.DEVNULL, pass_fds=[end.fileno()]
        )
        end.close()

    def _request(self, method: str, *arguments: Any) -> Reply:
        """Send one request to the process and wait for its reply."""
        try:
            self._connection.send_bytes(pickle.dumps((method, *arguments), protocol=5))
            return self._connection.recv()  # type: ignore[no-any-return]
        except (OSError, EOFError):
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(EXIT_TIMEOUT_S)
            code = self._process.poll()
            return Failure(UNAVAILABLE, f"The process that writes to MLflow was killed (exit code {code}).")
