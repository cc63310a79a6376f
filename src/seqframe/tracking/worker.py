"""The logging process: writes MLflow runs on behalf of the training process, which started it.

    python -m seqframe.tracking.worker DESCRIPTOR PARENT

It imports MLflow while the training process imports Kedro and TensorFlow, and it never imports TensorFlow.

If the training process is killed, the pipe closes, or a thread notices that the parent process has changed, and the
logging process closes the open runs as KILLED and exits, after three seconds at the latest. The next command resumes
these runs, or those that are still RUNNING under the identity of a dead process. The `process` tag of a run names the
logging process, because it is the one that writes: while it is alive, no other command takes its runs for dead, and no
epoch is written twice. Whatever was not sent yet is lost; the checkpoint of the training has it.
"""

import gc
import os
import signal
import sys
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Thread, Timer
from typing import Any, NoReturn

from seqframe.errors import UserError
from seqframe.tracking.runs import MlflowRunLogger

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
    """Calls a run logger as the training process requests."""

    def __init__(self) -> None:
        self._logger: MlflowRunLogger | None = None

    def serve(self, connection: Any) -> NoReturn:
        """Answer requests, one after the other.

        Raises:
            EOFError, OSError: The training process has ended.
        """
        while True:
            method, arguments = connection.recv()
            try:
                if method == "start":
                    self._logger = MlflowRunLogger(*arguments)
                else:
                    getattr(self._logger, method)(*arguments)
            except UserError as error:
                connection.send((True, str(error)))
            except Exception:
                connection.send((False, traceback.format_exc()))
            else:
                connection.send(None)

    def stop(self) -> NoReturn:
        """Close the runs that are open, once a request in progress is done, and end this process."""
        Timer(CLOSE_WITHIN_S, os._exit, (0,)).start()  # the store may not respond
        with suppress(Exception):
            if self._logger is not None:
                self._logger.close("KILLED")
        os._exit(0)


def _watch_parent(parent: int, server: Server) -> NoReturn:
    while os.getppid() == parent:
        time.sleep(CHECK_PARENT_EVERY_S)
    server.stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
