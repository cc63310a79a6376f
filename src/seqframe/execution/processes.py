"""Train several networks at once, in worker processes of this machine.

Each worker has a thread in this process, which sends one job after the other and passes on the replies. If the worker
is killed, its thread starts another one, which resumes the network from its checkpoint. Events are emitted by the
thread that iterates over the results.
"""

import atexit
import pickle
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

from seqframe.errors import UserError
from seqframe.execution.calls import JOBS_AHEAD, Call, network_name, with_usable_checkpoints
from seqframe.execution.pickled_jobs import JobPacker, write_dataset_file
from seqframe.execution.replies import EVENT, FAILED, Reply
from seqframe.networks.module_process import start_module
from seqframe.networks.threads import THREADS_VARIABLE
from seqframe.training.events import Message
from seqframe.training.runs import FitJob, FittedRun

MAX_RERUNS = 3  # of a network whose worker was killed


class WorkerKilledError(Exception):
    """A worker process that has ended before its reply."""


class Worker:
    """A worker process, with a pipe to it and a pipe from it."""

    def __init__(self, folder: str, threads: int) -> None:
        self._process = start_module(
            "seqframe.execution.worker",
            folder,
            variables={THREADS_VARIABLE: str(threads)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def run(self, job: bytes) -> Iterator[Reply]:
        """Replies to a packed job; the last one is its result or an error.

        Raises:
            WorkerKilledError: The process has ended.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            pickle.dump(job, self._process.stdin)
            self._process.stdin.flush()
            reply: Reply = (EVENT, None)
            while reply[0] == EVENT:
                reply = pickle.load(self._process.stdout)
                yield reply
        except (OSError, EOFError, pickle.UnpicklingError, ValueError) as error:  # ValueError: a pipe that is closed
            raise WorkerKilledError(f"exit code {self.kill()}") from error

    def kill(self) -> int:
        """End the process; its exit code."""
        self._process.kill()
        return self._process.wait()


@dataclass(frozen=True)
class QueuedJob:
    """A packed job for whichever worker is free."""

    call: Call
    number: int
    name: str
    content: bytes

    def reply(self, *reply: Any) -> None:
        """Pass a reply on to the call."""
        self.call.messages.put((self.number, (reply[0], reply[1])))


class ProcessExecutor:
    """Trains jobs in worker processes, and yields the results in the order of the jobs.

    The workers start at once and import TensorFlow; `close` ends them. The bits are the same as in this process: a
    worker splits the operations of TensorFlow in the same way, and fewer threads of the LSTM kernel change no bit.

    Args:
        workers: Number of worker processes.
        kernel_threads: Number of threads of the LSTM kernel in each.
    """

    def __init__(self, workers: int, kernel_threads: int = 1) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="seqframe-", ignore_cleanup_errors=True)
        self._packer = JobPacker(partial(write_dataset_file, folder=Path(self._folder.name)))
        self._kernel_threads = kernel_threads
        self._queue: SimpleQueue[QueuedJob | None] = SimpleQueue()
        self._lock = Lock()
        self._closed = False
        self._workers: set[Worker] = set()
        self._ahead = JOBS_AHEAD * workers
        started = [self._start() for _ in range(workers)]
        self._threads = [Thread(target=self._serve, args=(worker,), daemon=True) for worker in started]
        for thread in self._threads:
            thread.start()
        atexit.register(self.close)

    def __call__(self, jobs: Iterable[FitJob]) -> Iterator[FittedRun]:
        """Train the networks; later ones are trained while the results of earlier ones are used."""
        call = Call()

        def send(number: int, job: FitJob) -> None:
            self._queue.put(_queue_job(call, number, job, self._packer))

        try:
            yield from call.run(jobs, self._ahead, send)
        finally:
            call.cancelled.set()

    def close(self) -> None:
        """End the worker processes, whatever they do; a second call does nothing."""
        with self._lock:
            self._closed = True
            workers, self._workers = self._workers, set()
        for worker in workers:
            worker.kill()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        self._threads = []
        self._folder.cleanup()
        atexit.unregister(self.close)

    def _start(self) -> Worker:
        """Start a worker.

        Raises:
            WorkerKilledError: The executor is closed.
        """
        with self._lock:
            if self._closed:
                raise WorkerKilledError("closed")
            worker = Worker(self._folder.name, self._kernel_threads)
            self._workers.add(worker)
        return worker

    def _serve(self, worker: Worker) -> None:
        """Have one worker, or those that replace it, train one network after the other."""
        while (job := self._queue.get()) is not None:
            if job.call.cancelled.is_set():
                continue
            try:
                worker = self._run(job, worker)
            except Exception as error:
                worker.kill()  # it may have sent more; another one follows with the next job
                job.reply(FAILED, error)

    def _run(self, job: QueuedJob, worker: Worker) -> Worker:
        """Pass on the replies to a job; return the worker that has trained it.

        Raises:
            UserError: Several workers were killed while they trained the network.
            WorkerKilledError: The executor was closed.
        """
        for rerun in range(MAX_RERUNS + 1):
            try:
                for reply in worker.run(job.content):
                    job.reply(*reply)
                return worker
            except WorkerKilledError as error:
                with self._lock:
                    self._workers.discard(worker)
                worker = self._start()
                reason = error
            if rerun < MAX_RERUNS:
                message = f"{job.name}: its worker process was killed ({reason}), and another one starts."
                job.reply(EVENT, Message(message))
        job.reply(FAILED, _killed_too_often(job.name, reason))
        return worker


def _queue_job(call: Call, number: int, job: FitJob, packer: JobPacker) -> QueuedJob:
    """Pack a job for a worker."""
    return QueuedJob(call, number, network_name(job), packer.pack(with_usable_checkpoints(job)))


def _killed_too_often(name: str, reason: Exception) -> UserError:
    return UserError(
        f"A worker process must train a network to its end. Received: {MAX_RERUNS + 1} processes in a row were killed "
        f"({reason}) while they trained {name}. If the memory is too small, lower execution.workers."
    )
