"""The MLflow runs of one `kedro run`: one for each framing, under a parent where there are several."""

from collections.abc import Sequence
from threading import RLock
from typing import Any

from seqframe.progress import News, Remark
from seqframe.tracking.cut_off import close_the_dead, find_child, find_cut_off, resume_key, take_up, this_process
from seqframe.tracking.environment import environment_tags
from seqframe.tracking.losses import PendingLosses
from seqframe.tracking.records import ALL, Content, Session, Start
from seqframe.tracking.store import experiment_id, open_client
from seqframe.tracking.writing import write, write_data, write_start

FLUSH_EVERY_S = 1.0  # how old a loss may be before MLflow's page shows it


class RunBook:
    """Opens runs when they are needed, logs to them, and closes them whatever happens. Threads may share it.

    Where a session was cut off and its checkpoints are there, its runs are taken up again instead of new ones opened.
    """

    def __init__(self, session: Session, resumable: bool = False) -> None:
        self.session = session
        self._resumable = resumable
        self._client: Any = None
        self._experiment = ""
        self._runs: dict[str, str] = {}  # framing or ALL -> run id
        self._open: list[str] = []
        self._unwritten: list[tuple[str, Sequence[Content]]] = []  # what was recorded before its run was opened
        self._key = ""
        self._taken_up = False
        self._has_data = False  # the run above all
        self._losses = PendingLosses()
        self._lock = RLock()

    def open(self, framing: str, start: Start) -> None:
        """Open a framing's run and log what is known before training: settings, shapes, data, code, environment."""
        with self._lock:
            if self._client is None:
                self._begin(start)
            write_start(self._client, self._run_id(framing), start)
            if start.data is not None and self.session.root == ALL and not self._has_data:
                write_data(self._client, self._run_id(ALL), start.data)
                self._has_data = True
            self._write()

    def record(self, framing: str, contents: Sequence[Content]) -> None:
        """Log to the run of a framing, or to the run above all of them where `framing` is empty."""
        with self._lock:
            self._unwritten.append((framing or self.session.root, contents))
            self._write()

    def hear(self, news: News) -> None:
        """Keep the losses of a framing's one network, and send them on about every second."""
        if isinstance(news, Remark) or news.part:
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

    def _begin(self, start: Start) -> None:
        """Open the store, close what dead processes left open, and look for this session's own run that was cut off."""
        self._client = open_client()
        self._experiment = experiment_id(self._client)
        self._key = resume_key(self.session.pipeline, self.session.settings, start.rows)
        close_the_dead(self._client, self._experiment)
        if self._resumable and (found := find_cut_off(self._client, self._experiment, self._key)):
            self._taken_up = True
            self._adopt(self.session.root, found)

    def _adopt(self, framing: str, run_id: str) -> None:
        self._losses.known[framing] = take_up(self._client, run_id)
        self._runs[framing] = run_id
        self._open.append(framing)

    def _run_id(self, framing: str) -> str:
        if framing not in self._runs and self._taken_up and framing != self.session.root:
            found = find_child(self._client, self._experiment, self._run_id(ALL), framing)
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
            tags |= {"framing": framing, "problem": settings.problem.name, "task": settings.task.kind}
        tags |= environment_tags() | {"session": self.session.id, "process": this_process()}
        name = framing if framing != ALL else self.session.pipeline
        if framing == self.session.root:
            tags["resume.key"] = self._key
        else:
            tags["mlflow.parentRunId"] = self._run_id(ALL)
        return str(self._client.create_run(self._experiment, run_name=name, tags=tags).info.run_id)
