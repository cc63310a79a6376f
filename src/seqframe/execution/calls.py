"""One call of an executor: jobs are sent ahead, events are emitted, and results are yielded in order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from threading import Event as Signal

from seqframe.execution.replies import EVENT, FAILED, FITTED, Reply
from seqframe.training.events import EpochEnd, Event, emit
from seqframe.training.runs import FitJob, FittedRun

JOBS_AHEAD = 2  # jobs for each worker that are sent before their results are taken


@dataclass
class Call:
    """The jobs of one call of an executor, and what is known about them.

    Attributes:
        messages: Replies by the number of the job.
        cancelled: Set when nobody takes the results any more.
        results: Results and errors that were received, by number.
        sent: Jobs that were sent and have no result yet, by number.
        epochs: Number of epochs of each job whose events were emitted.
    """

    messages: "SimpleQueue[tuple[int, Reply]]" = field(default_factory=SimpleQueue)
    cancelled: Signal = field(default_factory=Signal)
    results: dict[int, Reply] = field(default_factory=dict)
    sent: dict[int, FitJob] = field(default_factory=dict)
    epochs: dict[int, int] = field(default_factory=dict)

    def run(self, jobs: Iterable[FitJob], ahead: int, send: Callable[[int, FitJob], None]) -> Iterator[FittedRun]:
        """Send up to `ahead` jobs before their results arrive, and yield the results in the order of the jobs."""
        waiting, number = enumerate(jobs), 0
        while True:
            while len(self.sent) < ahead and (each := next(waiting, None)):
                self.sent[each[0]] = each[1]
                send(*each)
            if number in self.results:
                yield self.take(number)
                number += 1
            elif self.sent:
                self.receive()
            else:
                return

    def receive(self) -> None:
        """Wait for one reply: emit it, or store it as a result."""
        number, reply = self.messages.get()
        if reply[0] == EVENT:
            self._emit(number, reply[1])
        else:
            self._emit_rest(number, reply)
            self.results[number] = reply

    def take(self, number: int) -> FittedRun:
        """Remove and return a result, or raise its error."""
        kind, value = self.results.pop(number)
        if kind == FAILED:
            raise value
        fitted: FittedRun = value
        return fitted

    def _emit_rest(self, number: int, reply: Reply) -> None:
        """Emit the epochs of a trained network whose events have not arrived; they are dropped if they do later."""
        job = self.sent.pop(number)
        if reply[0] != FITTED:
            return
        losses = reply[1].history.losses
        framing, known = job.framing.name, self.epochs.get(number, 0)
        if known < len(losses):
            epochs = job.training.epochs_of(framing)
            self._emit(number, EpochEnd(framing, job.label, losses[known:], known + 1, epochs, ended=True))

    def _emit(self, number: int, event: Event) -> None:
        """Emit an event, without epochs that were emitted before the worker was replaced."""
        if isinstance(event, EpochEnd):
            known = max(0, self.epochs.get(number, 0) - event.first + 1)
            if known >= len(event.losses):
                return
            event = replace(event, losses=event.losses[known:], first=event.first + known)
            self.epochs[number] = event.last
        emit(event)


def network_name(job: FitJob) -> str:
    """The network of a job, for messages."""
    return ", ".join(filter(None, (job.framing.name, job.label)))


def with_usable_checkpoints(job: FitJob) -> FitJob:
    """The job, without checkpoints if another command uses their folder."""
    usable = job.checkpoints is None or job.checkpoints.lock()
    return job if usable else replace(job, checkpoints=None)
