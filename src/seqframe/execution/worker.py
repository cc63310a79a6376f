"""A worker process: trains the networks that its parent process sends, one after the other.

    python -m seqframe.execution.worker FOLDER

Jobs arrive on stdin, and events and results leave on stdout. When stdin is closed, the parent process has ended, in
whatever way: the worker then deletes the folder of the datasets and exits at once, also while it trains.
"""

import gc
import logging
import os
import pickle
import shutil
import sys
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO, NoReturn

from seqframe.data.memory import limit_heaps
from seqframe.execution.replies import EVENT, run_packed
from seqframe.training.events import Event, subscribe


def main(folder: str) -> NoReturn:
    """Serve jobs until the parent process ends."""
    gc.set_threshold(100_000, 50, 50)  # as in seqframe.cli: many modules are imported
    limit_heaps()
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # as in conf/logging.yml
    jobs, replies = _take_over_streams()
    received: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_receive, args=(jobs, received, folder), daemon=True).start()

    def send(*reply: Any) -> None:
        pickle.dump(reply, replies, pickle.HIGHEST_PROTOCOL)
        replies.flush()

    def send_event(event: Event) -> None:
        send(EVENT, event)

    subscribe(send_event)
    import seqframe.training.trainer  # noqa: F401  # TensorFlow, while the parent process reads the data

    while True:
        send(*run_packed(received.get()))


def _take_over_streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes of the parent process; whatever else reads stdin finds it empty, and stdout goes to stderr."""
    jobs, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull) as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return jobs, replies


def _receive(jobs: BinaryIO, received: "SimpleQueue[bytes]", folder: str) -> NoReturn:
    """Receive jobs, also while a network is trained; end the process with the pipe."""
    try:
        while True:
            received.put(pickle.load(jobs))
    except (EOFError, OSError, pickle.UnpicklingError):
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
