"""Threads of compiled code."""

import os
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

THREADS_VARIABLE = "SEQFRAME_KERNEL_THREADS"  # environment variable; by default one thread for each core


def kernel_threads() -> int | None:
    """The number in the environment variable; None if there is none."""
    return int(os.environ.get(THREADS_VARIABLE, "0")) or None


class DaemonThreads:
    """Run functions in daemon threads, which start with the first function.

    The interpreter waits for the threads of a `ThreadPoolExecutor` before it exits, which after Ctrl-C would be as long
    as Numba compiles.
    """

    def __init__(self, number: int | None) -> None:
        self._number = number or 1
        self._tasks: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._lock = Lock()
        self._started = False

    def submit(self, function: Callable[[], Any]) -> "Future[Any]":
        """Run a function without arguments; the future has its result or its exception."""
        with self._lock:
            if not self._started:
                for _ in range(self._number):
                    Thread(target=self._work, daemon=True).start()
                self._started = True
        future: Future[Any] = Future()
        self._tasks.put((future, function))
        return future

    def _work(self) -> None:
        while True:
            future, function = self._tasks.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(function())
            except BaseException as error:
                future.set_exception(error)
            del future, function  # the thread keeps no result until its next task
