"""Losses on their way to MLflow: gathered, so that a thousand epochs are one call, and each sent once."""

import time
from typing import Any

from seqframe.progress import EpochsDone
from seqframe.tracking.records import LOSS


class PendingLosses:
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

    def add(self, news: EpochsDone) -> None:
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
