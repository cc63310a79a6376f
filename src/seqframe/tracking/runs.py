"""The MLflow runs of one `kedro run`: one for each framing, under a parent where there are several."""

import atexit
import time
from dataclasses import dataclass
from threading import RLock
from typing import Any

from seqframe.config import Settings
from seqframe.progress import EpochsDone, listen, stop_listening
from seqframe.tracking.contents import log_outputs, run_params, run_tags, session_tags
from seqframe.tracking.store import experiment_id, open_client

ALL = "all"  # the parent's place among the framings
FLUSH_EVERY_S = 1.0  # how old a loss may be before MLflow's page shows it


@dataclass(frozen=True)
class Session:
    """One `kedro run`: its id, the name of its pipeline, the framings in it, and the settings."""

    id: str
    pipeline: str
    framings: tuple[str, ...]
    settings: Settings

    @property
    def has_parent(self) -> bool:
        """Whether there are several framings, whose runs need one above them."""
        return len(self.framings) > 1


class RunBook:
    """Opens runs when they are needed, logs to them, and closes them whatever happens. Threads may share it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._client: Any = None
        self._experiment = ""
        self._runs: dict[str, str] = {}  # framing or ALL -> run id
        self._open: list[str] = []
        self._losses: dict[str, list[tuple[int, float, int]]] = {}  # framing -> (epoch, loss, time stamp in ms)
        self._heard: dict[str, float] = {}  # framing -> time of its last announcement, in s
        self._flushed = 0.0
        self._lock = RLock()
        listen(self.epochs_done)
        atexit.register(self.close, "KILLED")

    def open(self, framing: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        """Open a framing's run and log what is known before training: settings, shapes, data, code, environment."""
        with self._lock:
            run_id = self._run_id(framing)
            params = run_params(self.session.settings, framing, outputs[f"{framing}.X"], outputs[f"{framing}.y"])
            self._client.log_batch(run_id, params=params, tags=run_tags(inputs["rows"]))

    def record(self, framing: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        """Log what a node gave, to the run of its framing, or to the run above all of them where it has none."""
        with self._lock:
            owner = framing or (ALL if self.session.has_parent else self.session.framings[0])
            if owner in self._runs:
                log_outputs(self._client, self._runs[owner], inputs, outputs)

    def epochs_done(self, news: EpochsDone) -> None:
        """Keep the losses of a framing's one network, and send them on about every second."""
        if news.part:
            return
        now = time.time()
        with self._lock:
            heard = self._heard.get(news.framing, now)
            pace = (now - heard) / len(news.losses)  # the epochs of one announcement, spread over its time
            pending = self._losses.setdefault(news.framing, [])
            for index, loss in enumerate(news.losses):
                pending.append((news.first + index, loss, int((heard + pace * (index + 1)) * 1000)))
            self._heard[news.framing] = now
            if news.last == news.epochs or time.monotonic() - self._flushed > FLUSH_EVERY_S:
                self._flush(news.framing)

    def finish(self, framing: str) -> None:
        """A framing's work is done: close its run, so that it has its own duration."""
        with self._lock:
            self._client.set_terminated(self._runs[framing], "FINISHED")
            self._open.remove(framing)

    def close(self, status: str) -> None:
        """Close every run that is still open; called twice, it changes nothing."""
        stop_listening(self.epochs_done)
        atexit.unregister(self.close)
        with self._lock:
            for framing in list(self._losses):
                self._flush(framing)
            while self._open:  # framings first, their parent last
                self._client.set_terminated(self._runs[self._open.pop()], status)

    def _flush(self, framing: str) -> None:
        from mlflow.entities import Metric

        metrics = [Metric("loss", loss, stamp, epoch) for epoch, loss, stamp in self._losses.pop(framing)]
        if framing in self._runs:
            self._client.log_batch(self._runs[framing], metrics=metrics)
        self._flushed = time.monotonic()

    def _run_id(self, framing: str) -> str:
        if framing not in self._runs:
            if self._client is None:
                self._client = open_client()
                self._experiment = experiment_id(self._client)
            self._runs[framing] = self._create(framing)
            self._open.append(framing)
        return self._runs[framing]

    def _create(self, framing: str) -> str:
        tags = session_tags(self.session.settings) | {
            "framing": framing,
            "pipeline": self.session.pipeline,
            "session": self.session.id,
        }
        name = framing
        if framing == ALL:
            name = self.session.pipeline
        elif self.session.has_parent:
            tags["mlflow.parentRunId"] = self._run_id(ALL)
        return str(self._client.create_run(self._experiment, run_name=name, tags=tags).info.run_id)
