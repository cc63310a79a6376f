"""The clerk: a process that keeps the book of another one, which started it and tells it what to write.

    python -m seqframe.tracking.worker DESCRIPTOR PARENT

It imports MLflow while the other process imports Kedro and TensorFlow, and TensorFlow never.

Its life hangs on the other's. Where that one is killed, the pipe ends, or a watch sees that the parent has changed, and
the clerk leaves at once without closing anything: the runs stay RUNNING under the name of a dead process, as they would
if it had written them itself, for the next session to take up. The name is the clerk's own, since it is the clerk who
writes: as long as it lives, be it for the half second that the watch takes, nobody else takes its runs for dead, and no
epoch is written twice. What the other process had not yet handed over dies with it; its checkpoint has it.
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

WATCH_EVERY_S = 0.5


def main(descriptor: int, parent: int) -> NoReturn:
    """Serve until the other process goes."""
    gc.set_threshold(100_000, 50, 50)  # as in seqframe.cli: a library of many modules is imported
    for number in (signal.SIGINT, signal.SIGTERM):  # they are for the other process, which has its runs closed
        signal.signal(number, signal.SIG_IGN)
    Thread(target=_watch, args=(parent,), daemon=True).start()
    with suppress(EOFError, OSError):
        _prepare()
        _serve(Connection(descriptor))
    os._exit(0)


def _prepare() -> None:
    """Import what will be needed; the store itself is left alone until a run is opened."""
    with suppress(ImportError):  # which is told when a run is opened
        import mlflow.pyfunc
        import mlflow.store.tracking.sqlalchemy_store  # noqa: F401


def _serve(connection: Any) -> None:
    book: MlflowRunLogger | None = None
    while True:
        method, arguments = connection.recv()
        try:
            if method == "keep_book":
                book = MlflowRunLogger(*arguments)
            else:
                getattr(book, method)(*arguments)
        except UserError as error:
            connection.send((True, str(error)))
        except Exception:
            connection.send((False, traceback.format_exc()))
        else:
            connection.send(None)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_EVERY_S)
    os._exit(0)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
