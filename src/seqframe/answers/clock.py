"""How long one update takes, without anything around it: many of them in one compiled loop, all sides in turns."""

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


@dataclass(frozen=True)
class Timed:
    """A network whose updates can be timed, and the bytes of all that its training keeps from update to update."""

    run: Callable[[int], Any]
    kept_bytes: int


def make_timed(plan: Plan, X: NDArray[Any], y: NDArray[Any], stock: bool = False) -> Timed:
    """Compile updates of a plan with Adam on one batch; `stock` takes Keras' own LSTM and TimeDistributed."""
    from seqframe import layers
    from seqframe.backend import keras, tf
    from seqframe.network import assemble

    model = assemble(plan, seed=0, kit=keras.layers if stock else layers)
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    inputs, targets = tf.constant(X, tf.float32), tf.constant(y, tf.float32)

    def update(done: Any) -> tuple[Any]:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(inputs, training=True) - targets) ** 2)
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return (done + 1,)

    def run(count: Any) -> Any:
        return tf.while_loop(lambda done: done < count, update, (tf.constant(0),), parallel_iterations=1)[0]

    compiled = tf.function(run, autograph=False)
    kept = sum(variable.numpy().nbytes for variable in (*model.variables, *optimizer.variables))
    return Timed(lambda count: compiled(tf.constant(count)).numpy(), kept)


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
