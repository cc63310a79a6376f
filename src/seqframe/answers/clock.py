"""How long one update takes, in the loop that trains everywhere else, and all sides in turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.plan import Plan

ROUNDS = 5
SPAN_S = 0.05  # how long one side is timed in a round, at least so many updates:
FEWEST = 2
KEPT = ("model_", "optimizer_")  # how what a training needs for its next update is named


@dataclass(frozen=True)
class Timed:
    """A network whose updates can be timed, and the bytes of all that its training keeps from update to update."""

    run: Callable[[int], Any]
    kept_bytes: int


def make_timed(plan: Plan, X: NDArray[Any], y: NDArray[Any], stock: bool = False) -> Timed:
    """Compile updates of a plan with Adam on one batch; `stock` takes Keras' own LSTM and TimeDistributed."""
    from seqframe import layers
    from seqframe.answers.trial import settings
    from seqframe.backend import keras
    from seqframe.network import draw_network
    from seqframe.training.graph import Recipe
    from seqframe.training.runner import EpochRunner

    recipe = Recipe(batch_size=len(X), shuffle=False, cosine=False, patience=0, validated=False)
    runner = EpochRunner(plan, recipe, keras.layers if stock else layers)
    runner.start(draw_network(plan, seed=0), (X, y), None, settings(epochs=1))
    kept = sum(value.nbytes for name, value in runner.state().items() if name.startswith(KEPT))
    return Timed(runner.run, kept)


def time_in_turns(sides: Mapping[str, Timed], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Milliseconds an update of every side in every round: A, B, C, A, B, C, …, so that all suffer alike."""
    counts = {}
    for name, side in sides.items():
        side.run(FEWEST)  # builds the graph
        counts[name] = max(FEWEST, round(SPAN_S / max(_seconds(side, FEWEST), 1e-6)))
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            found[name].append(1000 * _seconds(side, counts[name]))
    return found


def ratio(of: list[float], to: list[float]) -> float:
    """The median of the ratios of each round."""
    return float(np.median(np.divide(of, to)))


def _seconds(side: Timed, count: int) -> float:
    started = perf_counter()
    side.run(count)
    return (perf_counter() - started) / count
