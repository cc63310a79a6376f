"""The MLflow runs of one `kedro run`: one for each framing, under a parent where there are several."""

import hashlib
import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from threading import RLock
from typing import Any

from seqframe import __version__
from seqframe.config import PROJECT_ROOT, RUNTIME_ONLY, Settings
from seqframe.tracking.mlflow_writer import write, write_data, write_start
from seqframe.tracking.records import LOSS, PARENT, LogItem, RunContext, RunInfo
from seqframe.tracking.run_info import environment_tags
from seqframe.tracking.store import experiment_id, open_client
from seqframe.training.events import EpochEnd, Event, Message

# Runs whose process died: found by the process that they name, and taken up again or closed.


def this_process() -> str:
    """Name this process so that no later one has the same name: host, number, time of start."""
    return f"{socket.gethostname()} {os.getpid()} {_start(os.getpid())}"


def is_dead(process: str) -> bool:
    """Whether a process of this host has ended; of another host's nothing is known."""
    host, _, rest = process.partition(" ")
    number, _, start = rest.partition(" ")
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return start != _start(int(number))


def resume_key(pipeline: str, settings: Settings, rows: str) -> str:
    """What must be the same for a run to be taken up again: place, code, pipeline, settings, rows."""
    parts = (
        socket.gethostname(),
        str(PROJECT_ROOT),
        __version__,
        pipeline,
        settings.model_dump_json(exclude={"training": RUNTIME_ONLY}),
        rows,
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def close_stale_runs(client: Any, experiment: str) -> None:
    """Mark KILLED what is RUNNING in name alone."""
    for run in client.search_runs([experiment], "attributes.status = 'RUNNING'"):
        if is_dead(run.data.tags.get("process", "")):
            client.set_terminated(run.info.run_id, "KILLED")


def find_interrupted(client: Any, experiment: str, key: str) -> str | None:
    """The newest run of that key that was stopped or failed before its end."""
    query = f"tags.`resume.key` = '{key}' AND attributes.status != 'FINISHED' AND attributes.status != 'RUNNING'"
    runs = client.search_runs([experiment], query, max_results=1, order_by=["attributes.start_time DESC"])
    return str(runs[0].info.run_id) if runs else None


def find_child(client: Any, experiment: str, parent: str, framing: str) -> str | None:
    """The run of a framing below a parent that was taken up again."""
    query = f"tags.`mlflow.parentRunId` = '{parent}' AND tags.framing = '{framing}'"
    runs = client.search_runs([experiment], query, max_results=1)
    return str(runs[0].info.run_id) if runs else None


def resume_run(client: Any, run_id: str) -> set[int]:
    """Open a run again, for this process; the epochs whose loss it has."""
    client.update_run(run_id, status="RUNNING")
    client.set_tag(run_id, "process", this_process())
    return {metric.step for metric in client.get_metric_history(run_id, LOSS)}


def _start(number: int) -> str:
    """When a process started, in clock ticks since the machine did; empty where it has ended, or nobody says."""
    try:
        state, *fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        return fields[18] if state != "Z" else ""  # a zombie has ended: in a container it may stay for ever
    except (OSError, ValueError, IndexError):
        return ""


# Losses on their way to MLflow: gathered, so that a thousand epochs are one call, and each sent once.


class MetricBuffer:
    """The losses of all framings that MLflow has not been told."""

    def __init__(self) -> None:
        self.known: dict[str, set[int]] = {}  # framing -> epochs that its run has already
        self._pending: dict[str, list[tuple[int, float, int]]] = {}  # framing -> (epoch, loss, time stamp in ms)
        self._heard: dict[str, float] = {}  # framing -> time of its last announcement, in s
        self._taken = 0.0

    @property
    def age_s(self) -> float:
        """Seconds since losses were last taken."""
        return time.monotonic() - self._taken

    def add(self, news: EpochEnd) -> None:
        """Take in the epochs of one announcement, their time stamps spread over the time since the last."""
        heard = self._heard.get(news.framing, news.at)
        pace = (news.at - heard) / len(news.losses)
        pending = self._pending.setdefault(news.framing, [])
        known = self.known.get(news.framing, set())
        for index, loss in enumerate(news.losses):
            if news.first + index not in known:
                pending.append((news.first + index, loss, int((heard + pace * (index + 1)) * 1000)))
        self._heard[news.framing] = news.at

    def take(self, framing: str) -> list[Any]:
        """The pending losses of a framing, as MLflow's metrics; they are pending no longer."""
        pending = self._pending.pop(framing, [])
        if not pending:
            return []
        from mlflow.entities import Metric

        self._taken = time.monotonic()
        return [Metric(LOSS, loss, stamp, epoch) for epoch, loss, stamp in pending]


FLUSH_EVERY_S = 1.0  # how old a loss may be before MLflow's page shows it


class MlflowRunLogger:
    """Opens runs when they are needed, logs to them, and closes them whatever happens. Threads may share it.

    Where a session was cut off and its checkpoints are there, its runs are taken up again instead of new ones opened.
    """

    def __init__(self, session: RunContext, resumable: bool = False) -> None:
        self.session = session
        self._resumable = resumable
        self._client: Any = None
        self._experiment = ""
        self._runs: dict[str, str] = {}  # framing or ALL -> run id
        self._open: list[str] = []
        self._unwritten: list[tuple[str, Sequence[LogItem]]] = []  # what was recorded before its run was opened
        self._key = ""
        self._taken_up = False
        self._has_data = False  # the run above all
        self._losses = MetricBuffer()
        self._lock = RLock()

    def open(self, framing: str, start: RunInfo) -> None:
        """Open a framing's run and log what is known before training: settings, shapes, data, code, environment."""
        with self._lock:
            if self._client is None:
                self._begin(start)
            write_start(self._client, self._run_id(framing), start)
            if start.data is not None and self.session.root == PARENT and not self._has_data:
                write_data(self._client, self._run_id(PARENT), start.data)
                self._has_data = True
            self._write()

    def record(self, framing: str, contents: Sequence[LogItem]) -> None:
        """Log to the run of a framing, or to the run above all of them where `framing` is empty."""
        with self._lock:
            self._unwritten.append((framing or self.session.root, contents))
            self._write()

    def hear(self, news: Event) -> None:
        """Keep the losses of a framing's one network, and send them on about every second."""
        if isinstance(news, Message) or news.part:
            return
        with self._lock:
            self._losses.add(news)
            if news.last == news.epochs or self._losses.age_s > FLUSH_EVERY_S:
                self._flush(news.framing)

    def finish(self, framing: str) -> None:
        """A framing's work is done: close its run, so that it has its own duration."""
        with self._lock:
            self._flush(framing)  # training that stopped early may have left some
            self._client.set_terminated(self._runs[framing], "FINISHED")
            self._open.remove(framing)

    def close(self, status: str) -> None:
        """Close every run that is still open; called twice, it changes nothing."""
        with self._lock:
            for framing in self.session.framings:
                self._flush(framing)
            while self._open:  # framings first, their parent last
                self._client.set_terminated(self._runs[self._open.pop()], status)

    def _write(self) -> None:
        """Log what was recorded for runs that are open by now."""
        waiting, self._unwritten = self._unwritten, []
        for owner, contents in waiting:
            if owner not in self._runs:
                self._unwritten.append((owner, contents))
                continue
            for content in contents:
                write(content, self._client, self._runs[owner])

    def _flush(self, framing: str) -> None:
        metrics = self._losses.take(framing)
        if metrics and framing in self._runs:
            self._client.log_batch(self._runs[framing], metrics=metrics)

    def _begin(self, start: RunInfo) -> None:
        """Open the store, close what dead processes left open, and look for this session's own run that was cut off."""
        self._client = open_client()
        self._experiment = experiment_id(self._client)
        self._key = resume_key(self.session.pipeline, self.session.settings, start.rows)
        close_stale_runs(self._client, self._experiment)
        if self._resumable and (found := find_interrupted(self._client, self._experiment, self._key)):
            self._taken_up = True
            self._adopt(self.session.root, found)

    def _adopt(self, framing: str, run_id: str) -> None:
        self._losses.known[framing] = resume_run(self._client, run_id)
        self._runs[framing] = run_id
        self._open.append(framing)

    def _run_id(self, framing: str) -> str:
        if framing not in self._runs and self._taken_up and framing != self.session.root:
            found = find_child(self._client, self._experiment, self._run_id(PARENT), framing)
            if found is not None:
                self._adopt(framing, found)
        if framing not in self._runs:
            self._runs[framing] = self._create(framing)
            self._open.append(framing)
        return self._runs[framing]

    def _create(self, framing: str) -> str:
        tags = {"pipeline": self.session.pipeline}  # MLflow shows tags in this order
        if self.session.framings:
            settings = self.session.settings
            tags |= {"framing": framing, "data": settings.data.name, "task": settings.task.kind}
        tags |= environment_tags() | {"session": self.session.id, "process": this_process()}
        name = framing if framing != PARENT else self.session.pipeline
        if framing == self.session.root:
            tags["resume.key"] = self._key
        else:
            tags["mlflow.parentRunId"] = self._run_id(PARENT)
        return str(self._client.create_run(self._experiment, run_name=name, tags=tags).info.run_id)
