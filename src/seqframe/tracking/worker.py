"""The logging process: writes MLflow runs on behalf of the training process, which started it.

    python -m seqframe.tracking.worker DESCRIPTOR PARENT

It imports MLflow while the training process imports Kedro and TensorFlow, and it never imports TensorFlow.

If the training process is killed, the pipe closes, or a thread notices that the parent process has changed, and the
logging process closes the open runs as KILLED and exits, after three seconds at the latest. The next command resumes
these runs, or those that are still RUNNING under the identity of a dead process. The `process` tag of a run names the
logging process, because it is the one that writes: while it is alive, no other command takes its runs for dead, and no
epoch is written twice. Whatever was not sent yet is in the spool (`seqframe.tracking.spool`).
"""

import gc
import os
import pickle
import signal
import sys
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread, Timer
from typing import Any, NoReturn

from seqframe.errors import UserError
from seqframe.tracking.replies import BUG, REFUSED, UNAVAILABLE, Failure, Reply, Sent
from seqframe.tracking.runs import MlflowRunLogger
from seqframe.tracking.spool import Request, claim
from seqframe.tracking.store import tracking_uri
from seqframe.tracking.store_checks import StoreUnavailableError, failed, is_store_failure
from seqframe.tracking.sync import replay, send_files

CHECK_PARENT_EVERY_S = 0.5
CLOSE_WITHIN_S = 3.0  # of the death of the training process; less than seqframe.tracking.runs.ORPHAN_S


def main(descriptor: int, parent: int) -> NoReturn:
    """Serve requests until the training process ends."""
    gc.set_threshold(100_000, 50, 50)  # as in seqframe.cli: many modules are imported
    for number in (signal.SIGINT, signal.SIGTERM):  # the training process handles them and has its runs closed
        signal.signal(number, signal.SIG_IGN)
    server = Server()
    Thread(target=_watch_parent, args=(parent, server), daemon=True).start()
    with suppress(EOFError, OSError):
        _import_mlflow()
        server.serve(Connection(descriptor))
    server.stop()


def _import_mlflow() -> None:
    """Import what will be needed; the store is not opened before the first run."""
    with suppress(ImportError):  # reported when a run is opened
        import mlflow.pyfunc
        import mlflow.store.tracking.sqlalchemy_store  # noqa: F401


class Server:
    """Calls a run logger as the training process requests, and sends what earlier commands have left in the spool.

    A reply is None or a failure: its kind and its text.
    """

    def __init__(self) -> None:
        self._logger: MlflowRunLogger | None = None
        self._is_open = False  # whether a run was opened: the store works
        self._is_complete = True  # whether everything so far is in MLflow
        self._spool_file: Path | None = None
        self._end = 0  # bytes of the file that were received
        self._sender: Thread | None = None
        self._sent = Sent()

    def serve(self, connection: Any) -> NoReturn:
        """Answer requests, one after the other.

        Raises:
            EOFError, OSError: The training process has ended.
        """
        while True:
            method, *arguments = pickle.loads(connection.recv_bytes())
            connection.send(self._reply(method, arguments))

    def _reply(self, method: str, arguments: list[Any]) -> Reply:
        try:
            return getattr(self, f"_{method}")(*arguments)  # type: ignore[no-any-return]
        except StoreUnavailableError as error:
            failure = Failure(UNAVAILABLE, str(error))
        except UserError as error:
            failure = Failure(UNAVAILABLE if self._is_open else REFUSED, str(error))
        except Exception as error:
            if is_store_failure(error):
                failure = Failure(UNAVAILABLE, str(failed(tracking_uri(), error)))
            else:
                failure = Failure(BUG, traceback.format_exc())
        self._is_complete = False
        return failure

    def _call(self, payload: bytes, spool_file: Path | None, end: int) -> None:
        """Call the method of a request, which is in the file up to byte `end`; the first one starts a run logger."""
        request: Request = pickle.loads(payload)
        self._spool_file, self._end = spool_file, end
        if request.method == "start":
            self._logger, self._is_complete = MlflowRunLogger(*request.arguments), True
            return
        getattr(self._logger, request.method)(*request.arguments)
        self._is_open |= request.method == "open"

    def _fail(self, status: str) -> None:
        """Close the runs after an error, as FAILED if the command has come to its end."""
        if self._logger is not None:
            self._logger.close("KILLED" if status == "KILLED" else "FAILED")

    def _recover(self, spool_file: Path, end: int) -> None:
        """Log everything in the file, up to byte `end`: MLflow may have some of it."""
        self._logger = replay(spool_file, end)
        self._spool_file, self._end = spool_file, end
        self._is_open = self._is_complete = True

    def _send_files(self, folder: Path) -> None:
        """Begin to send what earlier commands have left in the spool."""
        self._sender = Thread(target=self._send_in_background, args=(folder,), daemon=True)
        self._sender.start()

    def _send_in_background(self, folder: Path) -> None:
        try:
            self._sent = send_files(folder)
        except Exception as error:
            self._sent = Sent(left=1, reason=f"{type(error).__name__}: {error}")

    def _count_sent(self, seconds: float) -> Sent:
        """What was sent of it, after some seconds at most."""
        if self._sender is not None:
            self._sender.join(seconds)
        return self._sent

    def stop(self) -> NoReturn:
        """Close the runs that are open, once a request in progress is done, and end this process."""
        Timer(CLOSE_WITHIN_S, os._exit, (0,)).start()  # the store may not respond
        with suppress(Exception):
            if self._logger is not None and self._is_complete:
                self._logger.close("KILLED")
                self._remove_spool_file()
        os._exit(0)

    def _remove_spool_file(self) -> None:
        """Remove the file of a killed command if MLflow has all of it."""
        if self._spool_file is not None and self._spool_file.stat().st_size == self._end:
            with claim(self._spool_file) as claimed:
                if claimed:
                    self._spool_file.unlink(missing_ok=True)


def _watch_parent(parent: int, server: Server) -> NoReturn:
    while os.getppid() == parent:
        time.sleep(CHECK_PARENT_EVERY_S)
    server.stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
