"""The logging process: writes MLflow runs on behalf of the training process, which started it.

    python -m seqframe.tracking.worker DESCRIPTOR PARENT

It imports MLflow while the training process imports Kedro and TensorFlow, and it never imports TensorFlow.

If the training process is killed, the pipe closes, or a thread notices that the parent process has changed, and the
logging process exits at once without closing any run. The runs stay RUNNING under the identity of a dead process, and
the next command resumes or closes them. The `process` tag of a run names the logging process, because it is the one
that writes: while it is alive, at most half a second longer than the training process, no other command takes its
runs for dead, and no epoch is written twice. Whatever was not sent yet is lost; the checkpoint of the training has it.
"""

import gc
import os
import signal
import sys
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any, NoReturn

from seqframe.errors import UserError
from seqframe.tracking.runs import MlflowRunLogger

CHECK_PARENT_EVERY_S = 0.5


def main(descriptor: int, parent: int) -> NoReturn:
    """Serve requests until the training process ends."""
    gc.set_threshold(100_000, 50, 50)  # as in seqframe.cli: many modules are imported
    for number in (signal.SIGINT, signal.SIGTERM):  # the training process handles them and has its runs closed
        signal.signal(number, signal.SIG_IGN)
    Thread(target=_exit_with_parent, args=(parent,), daemon=True).start()
    with suppress(EOFError, OSError):
        _import_mlflow()
        _serve(Connection(descriptor))
    os._exit(0)


def _import_mlflow() -> None:
    """Import what will be needed; the store is not opened before the first run."""
    with suppress(ImportError):  # reported when a run is opened
        import mlflow.pyfunc
        import mlflow.store.tracking.sqlalchemy_store  # noqa: F401


def _serve(connection: Any) -> None:
    logger: MlflowRunLogger | None = None
    while True:
        method, arguments = connection.recv()
        try:
            if method == "start":
                logger = MlflowRunLogger(*arguments)
            else:
                getattr(logger, method)(*arguments)
        except UserError as error:
            connection.send((True, str(error)))
        except Exception:
            connection.send((False, traceback.format_exc()))
        else:
            connection.send(None)


def _exit_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(CHECK_PARENT_EVERY_S)
    os._exit(0)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
