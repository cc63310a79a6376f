"""What is logged of a backtest; see `seqframe.tracking.contents`."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seqframe.tracking.records import Content, ForecasterFiles, Metrics, Tags


def read_attempts(attempts: Any, _: dict[str, Any]) -> Iterator[Content]:
    """The losses of every network in every epoch, and what ran its layers."""
    points = [
        (f"loss/{kind}/fold_{attempt.fold}_seed_{attempt.seed}", float(loss), epoch)
        for attempt in attempts.each
        for kind, losses in (("training", attempt.history.losses), ("validation", attempt.history.validation_losses))
        for epoch, loss in enumerate(losses, start=1)
    ]
    yield Metrics(tuple(points), int(time.time() * 1000))
    yield Tags({f"engine.{layer}": engine for layer, engine in attempts.each[0].history.engines.items()})


def read_kept(kept: Any, _: dict[str, Any]) -> Iterator[Content]:
    """The files of the forecaster, and an example of what it is asked and answers."""
    with tempfile.TemporaryDirectory() as folder:
        kept.forecaster.save(Path(folder))
        files = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
    recipe, answer = kept.forecaster.recipe, kept.forecaster.forecast(kept.history)
    yield ForecasterFiles(files, kept.history, answer, recipe.about, recipe.card)
    yield Tags({"kept": recipe.framing})


def read_verdict(verdict: Any, _: dict[str, Any]) -> Iterator[Content]:
    """What the leaderboard means."""
    yield Tags({"best": verdict.entry, "has_skill": str(verdict.has_skill), "verdict": " ".join(verdict.sentences)})
