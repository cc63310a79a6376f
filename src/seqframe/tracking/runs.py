"""The MLflow runs of one `kedro run`: one for each framing, under a parent where there are several."""

import atexit
import json
import os
import time
from dataclasses import asdict, dataclass
from typing import Any

from seqframe.progress import EpochsDone, listen, stop_listening
from seqframe.tracking.contents import log_outputs, parent_tags, run_params, run_tags
from seqframe.tracking.store import experiment_id, open_client

SESSION_VARIABLE = "SEQFRAME_SESSION"  # how worker processes learn which session they work for
FLUSH_EVERY_S = 1.0  # how old a loss may be before MLflow's page shows it


@dataclass(frozen=True)
class Session:
    """What a process needs to know to log for a session: its id, its pipeline's name, its framings, its settings."""

    id: str
    pipeline: str
    framings: tuple[str, ...]
    settings: str  # JSON

    def publish(self) -> None:
        """Tell the processes that this one starts."""
        os.environ[SESSION_VARIABLE] = json.dumps(asdict(self))

    @staticmethod
    def published() -> "Session | None":
        """The session that a parent process told of."""
        told = os.environ.get(SESSION_VARIABLE)
        return Session(**{**json.loads(told), "framings": tuple(json.loads(told)["framings"])}) if told else None


class RunBook:
    """Opens runs when they are needed, logs to them, and closes them whatever happens.

    In a worker process it finds the runs that others opened, and leaves the closing to the process that owns the session.
    """

    def __init__(self, session: Session, owner: bool) -> None:
        self.session = session
        self._owner = owner
        self._client: Any = None
        self._runs: dict[str, str] = {}  # framing, or "" for the parent -> run id
        self._open: set[str] = set()
        self._losses: dict[str, list[tuple[int, float, int]]] = {}
        self._flushed = 0.0
        listen(self.epochs_done)
        if owner:
            session.publish()
            atexit.register(self.close, "KILLED")

    def open_parent(self) -> None:
        """Open the run that the framings' runs belong to, where there are several."""
        if len(self.session.framings) > 1:
            self._run_id("")

    def open(self, framing: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        """Open a framing's run and log what is known before training: settings, shapes, data, code, environment."""
        run_id = self._run_id(framing)
        self._client.log_batch(
            run_id,
            params=run_params(self.session, framing, outputs),
            tags=run_tags(inputs),
        )

    def record(self, framing: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        """Log what a node gave; `framing` is empty for what belongs to all."""
        if framing and framing not in self.session.framings:
            return
        owner = framing if framing or len(self.session.framings) > 1 else self.session.framings[0]
        log_outputs(self._client_or_open(), self._run_id(owner), inputs, outputs)

    def epochs_done(self, news: EpochsDone) -> None:
        """Keep the losses of a framing's one network, and send them on about every second."""
        if news.part:
            return
        now = int(time.time() * 1000)
        pending = self._losses.setdefault(news.framing, [])
        pending += [(news.first + index, loss, now) for index, loss in enumerate(news.losses)]
        if news.last == news.epochs or time.monotonic() - self._flushed > FLUSH_EVERY_S:
            self._flush(news.framing)

    def finish(self, framing: str) -> None:
        """The framing's work is done: close its run with its own duration."""
        self._terminate(framing, "FINISHED")

    def close(self, status: str) -> None:
        """Close every run of the session that is still open; called twice, it changes nothing."""
        stop_listening(self.epochs_done)
        atexit.unregister(self.close)
        if not self._owner:
            return
        os.environ.pop(SESSION_VARIABLE, None)
        if self._client is None:
            return
        for framing in list(self._losses):
            self._flush(framing)
        for run in self._unfinished():
            self._client.set_terminated(run, status)
        self._open.clear()

    def _flush(self, framing: str) -> None:
        from mlflow.entities import Metric

        pending = self._losses.pop(framing, [])
        metrics = [Metric("loss", loss, stamp, epoch) for epoch, loss, stamp in pending]
        if metrics:
            self._client_or_open().log_batch(self._run_id(framing), metrics=metrics)
        self._flushed = time.monotonic()

    def _terminate(self, framing: str, status: str) -> None:
        self._client.set_terminated(self._run_id(framing), status)
        self._open.discard(framing)

    def _client_or_open(self) -> Any:
        if self._client is None:
            self._client = open_client()
            self._experiment = experiment_id(self._client)
        return self._client

    def _run_id(self, framing: str) -> str:
        if framing not in self._runs:
            self._client_or_open()
            found = None if self._owner else self._find(framing)
            self._runs[framing] = found or self._create(framing)
            self._open.add(framing)
        return self._runs[framing]

    def _create(self, framing: str) -> str:
        several = len(self.session.framings) > 1
        tags = parent_tags(self.session, framing)
        if framing and several:
            tags["mlflow.parentRunId"] = self._run_id("")
        name = framing or self.session.pipeline.strip("_")
        return str(self._client.create_run(self._experiment, run_name=name, tags=tags).info.run_id)

    def _find(self, framing: str) -> str | None:
        query = f"tags.`seqframe.session` = '{self.session.id}' AND tags.framing = '{framing or 'all'}'"
        runs = self._client.search_runs([self._experiment], query, max_results=1)
        return str(runs[0].info.run_id) if runs else None

    def _unfinished(self) -> list[str]:
        """The session's runs that are open, those that worker processes opened among them."""
        query = f"tags.`seqframe.session` = '{self.session.id}' AND attributes.status = 'RUNNING'"
        return [run.info.run_id for run in self._client.search_runs([self._experiment], query)]
