"""The MLflow runs of one `kedro run`: one for each framing, under a parent where there are several."""

import hashlib
import os
import socket
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import Any

from seqframe.tracking.metric_order import ScoresFirst
from seqframe.tracking.mlflow_writer import write, write_run_info
from seqframe.tracking.records import EXPERIMENTS, LOSS, PARENT, LogItem, RunContext, RunInfo
from seqframe.tracking.run_info import environment_tags
from seqframe.tracking.store import experiment_id, is_alive, open_client
from seqframe.training.events import EpochEnd, Event, Message

# Runs of dead processes: found by the process in their tags, and resumed or closed.

ORPHAN_S = 5.0  # how long a logging process may outlive its command


def this_process() -> str:
    """Identify this process by host, process id and start time, so that no later process has the same identity."""
    return f"{socket.gethostname()} {os.getpid()} {_start_time(os.getpid())}"


def is_dead(process: str) -> bool:
    """Whether a process of this host has ended; False for processes of other hosts."""
    host, _, rest = process.partition(" ")
    pid, _, start = rest.partition(" ")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    return not is_alive(int(pid)) or start != _start_time(int(pid))


def resume_key(token: str, fingerprint: str, host: str = "") -> str:
    """Key of the runs that this run may resume: same host, same data, and the same checkpoints by their `token`.

    Checkpoints belong to one project, version, selection of nodes and settings: see `seqframe.hooks`.
    """
    return hashlib.sha256("\n".join((token, host or socket.gethostname(), fingerprint)).encode()).hexdigest()[:16]


def close_stale_runs(client: Any, experiment: str) -> None:
    """Set the runs that a dead process left RUNNING to KILLED."""
    for run in client.search_runs([experiment], "attributes.status = 'RUNNING'"):
        if is_dead(run.data.tags.get("process", "")):
            client.set_terminated(run.info.run_id, "KILLED")


def wait_for_end(process: str) -> None:
    """Wait, a few seconds at most, until a process has ended: a logging process ends shortly after its command."""
    deadline = time.monotonic() + ORPHAN_S
    while process != this_process() and not is_dead(process) and time.monotonic() < deadline:
        time.sleep(0.05)


def find_interrupted(client: Any, experiment: str, key: str) -> str | None:
    """The newest run with that key, even a finished one: its process may have been killed after it closed the run."""
    query = f"tags.`resume.key` = '{key}'"
    runs = client.search_runs([experiment], query, max_results=1, order_by=["attributes.start_time DESC"])
    return str(runs[0].info.run_id) if runs else None


def find_child(client: Any, experiment: str, parent: str, name: str) -> str | None:
    """The run of a framing or a baseline below a resumed parent run."""
    query = f"tags.`mlflow.parentRunId` = '{parent}' AND tags.`mlflow.runName` = '{name}'"
    runs = client.search_runs([experiment], query, max_results=1)
    return str(runs[0].info.run_id) if runs else None


def resume_run(client: Any, run_id: str) -> set[int]:
    """Set a run to RUNNING in this process; return the epochs whose loss it already has."""
    wait_for_end(client.get_run(run_id).data.tags.get("process", ""))
    client.update_run(run_id, status="RUNNING")
    client.set_tag(run_id, "process", this_process())
    return {metric.step for metric in client.get_metric_history(run_id, LOSS)}


def _start_time(pid: int) -> str:
    """Start time of a process in clock ticks since boot; empty if it has ended or the platform has no /proc."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return fields[18] if state != "Z" else ""  # a zombie has ended: in a container it may stay forever
    except (OSError, ValueError, IndexError):
        return ""


class MetricBuffer:
    """Losses that are not in MLflow yet, so that a thousand epochs are one call and each epoch is sent once."""

    def __init__(self) -> None:
        self.logged: dict[str, set[int]] = {}  # framing -> epochs that its resumed run already has
        self._pending: dict[str, list[tuple[int, float, int]]] = {}  # framing -> (epoch, loss, timestamp in ms)
        self._last_event: dict[str, float] = {}  # framing -> time of its last event, in s
        self._taken_at = 0.0

    @property
    def age_s(self) -> float:
        """Seconds since losses were last taken."""
        return time.monotonic() - self._taken_at

    def add(self, event: EpochEnd) -> None:
        """Add the epochs of one event, with timestamps spread evenly over the time since the last event."""
        before = self._last_event.get(event.framing, event.at)
        duration = (event.at - before) / len(event.losses)
        pending = self._pending.setdefault(event.framing, [])
        logged = self.logged.get(event.framing, set())
        for index, loss in enumerate(event.losses):
            if event.first + index not in logged:
                pending.append((event.first + index, loss, int((before + duration * (index + 1)) * 1000)))
        self._last_event[event.framing] = event.at

    def take(self, framing: str) -> list[Any]:
        """Remove and return the pending losses of a framing, as MLflow metrics."""
        pending = self._pending.pop(framing, [])
        if not pending:
            return []
        from mlflow.entities import Metric

        self._taken_at = time.monotonic()
        return [Metric(LOSS, loss, timestamp, epoch) for epoch, loss, timestamp in pending]


FLUSH_EVERY_S = 1.0  # the longest time that losses wait before they are sent to MLflow


class MlflowRunLogger:
    """Opens MLflow runs when they are needed, logs to them, and closes them. Thread-safe.

    The MLflow runs of an interrupted command are resumed: those with the same data, and the `token` of the same
    checkpoints. So everything may be logged twice: MLflow has it once.

    `host` and `environment` belong to the command, where another process logs what it has left in the spool; then
    `now_ms` is set to the time of each call.
    """

    def __init__(
        self, context: RunContext, token: str = "", host: str = "", environment: Mapping[str, str] | None = None
    ) -> None:
        self.context = context
        self.now_ms: int | None = None  # since 1970; None is the current time
        self._token, self._host = token, host
        self._environment = environment
        self._client: Any = None
        self._experiment = ""
        self._runs: dict[str, str] = {}  # framing or PARENT -> run id
        self._open: list[str] = []
        self._waiting: list[tuple[str, Sequence[LogItem]]] = []  # items of runs that are not open yet
        self._children: defaultdict[str, ScoresFirst] = defaultdict(ScoresFirst)  # framing -> its metrics
        self._key = ""
        self._resumed = False
        self._has_info = False  # whether settings and data are logged to the parent run
        self._losses = MetricBuffer()
        self._lock = RLock()

    def open(self, framing: str, info: RunInfo) -> None:
        """Open the run of a framing and log what is known before training: settings, shapes, data, code, platform."""
        with self._lock:
            if self._client is None:
                self._connect(info)
            write_run_info(self._client, self._run_id(framing), info)
            if self.context.root == PARENT and not self._has_info:
                write_run_info(self._client, self._run_id(PARENT), info.shared())
                self._has_info = True
            self._write_waiting()

    def log(self, framing: str, items: Sequence[LogItem]) -> None:
        """Log to the run of a framing, or to the root run if `framing` is empty."""
        with self._lock:
            self._waiting.append((framing or self.context.root, items))
            self._write_waiting()

    def on_event(self, event: Event) -> None:
        """Collect the losses of the one network of a framing, and send them about every second."""
        if isinstance(event, Message) or event.label:
            return
        with self._lock:
            self._losses.add(event)
            if event.last == event.epochs or self._losses.age_s > FLUSH_EVERY_S:
                self._flush(event.framing)

    def finish(self, framing: str) -> None:
        """Close the run of a framing as FINISHED, so that it has its own duration."""
        with self._lock:
            self._flush(framing)  # training that stopped early may have left some
            if framing in self._open:
                self._write(framing, self._children[framing].rest())
                self._client.set_terminated(self._runs[framing], "FINISHED", self.now_ms)
                self._open.remove(framing)

    def close(self, status: str) -> None:
        """Close every open run with that status; a second call does nothing."""
        with self._lock:
            for framing in self.context.framings:
                self._flush(framing)
            while self._open:  # the parent run comes last
                self._write(self._open[-1], self._children[self._open[-1]].rest())
                self._client.set_terminated(self._runs[self._open[-1]], status, self.now_ms)
                self._open.pop()

    def _write_waiting(self) -> None:
        """Log the items of runs that are open by now."""
        waiting, self._waiting = self._waiting, []
        for owner, items in waiting:
            if owner not in self._runs:
                self._waiting.append((owner, items))
                continue
            self._write(owner, items if owner == self.context.root else self._children[owner].order(items))

    def _write(self, owner: str, items: Iterable[LogItem]) -> None:
        for item in items:
            write(item, self._client, self._runs[owner])

    def _flush(self, framing: str) -> None:
        metrics = self._losses.take(framing)
        if metrics and framing in self._runs:
            self._client.log_batch(self._runs[framing], metrics=metrics)

    def _connect(self, info: RunInfo) -> None:
        """Open the store, close the runs of dead processes, and find the interrupted run to resume."""
        self._client = open_client()
        self._experiment = experiment_id(self._client)
        self._key = resume_key(self._token, info.fingerprint, self._host)
        close_stale_runs(self._client, self._experiment)
        if self._token and (found := find_interrupted(self._client, self._experiment, self._key)):
            self._resumed = True
            self._attach(self.context.root, found)

    def _attach(self, framing: str, run_id: str) -> None:
        self._losses.logged[framing] = resume_run(self._client, run_id)
        self._runs[framing] = run_id
        self._open.append(framing)

    def _run_id(self, framing: str) -> str:
        if framing not in self._runs and self._resumed and framing != self.context.root:
            found = find_child(self._client, self._experiment, self._run_id(PARENT), framing)
            if found is not None:
                self._attach(framing, found)
        if framing not in self._runs:
            self._runs[framing] = self._create(framing)
            self._open.append(framing)
        return self._runs[framing]

    def _kind(self, name: str) -> str:
        """What a run is of: `framing`, `baseline` or `trial`."""
        if name in (*self.context.framings, PARENT):
            return "framing"
        return "baseline" if self.context.framings else "trial"

    def _create(self, framing: str) -> str:
        tags = {"pipeline": self.context.pipeline}  # MLflow shows tags in this order
        if self.context.pipeline != EXPERIMENTS:
            settings = self.context.settings
            tags |= {self._kind(framing): framing, "data": settings.data.name, "task": settings.task.kind}
        environment = environment_tags() if self._environment is None else self._environment
        tags |= {**environment, "session": self.context.id, "process": this_process()}
        name = framing if framing != PARENT else self.context.title
        if framing == self.context.root:
            tags["resume.key"] = self._key
        else:
            tags["mlflow.parentRunId"] = self._run_id(PARENT)
        created = self._client.create_run(self._experiment, self.now_ms, tags, name)
        return str(created.info.run_id)
