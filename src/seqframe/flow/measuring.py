"""The matrix of information flow of a network, from gradients.

The gradient of an answer by a row read is zero where the row cannot reach the answer, whatever the weights. Where it
can, a gradient may be zero by chance or vanish on the way; so it is averaged over several draws of weights and inputs,
and one more draw, with gates that let everything pass, decides whether there is a way at all.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe import layers
from seqframe.backend import tf
from seqframe.flow.matrix import Flow
from seqframe.framings import Framing
from seqframe.framings.cells import find_cells
from seqframe.network import FEW_STEPS, assemble
from seqframe.plan import Plan

DRAWS = 3
MOST_ANSWERS = 32  # how many answered steps are looked at; of more, these are spread evenly
OPEN = 5.0  # the bias of an open gate
FAINT = 1e-3  # inputs so small that nothing is cut off


def measure_flow(plan: Plan, framing: Framing, inputs: tuple[int, int], targets: tuple[int, int]) -> Flow:
    """Measure which step reaches which answer.

    `inputs` is (lookback, features) of a window and `targets` (steps, targets).
    """
    plan = plan.unrolled()
    read, asked = find_cells(plan, framing, inputs, targets)  # (samples, cells of X), (samples, cells of y)
    answers = [(sample, step) for sample in range(len(asked)) for step in np.unique(asked[sample])]
    chosen = np.unique(np.linspace(0, len(answers) - 1, min(len(answers), MOST_ANSWERS)).round().astype(int))
    places = np.stack([asked[0] == asked[0][asked[s] == step][0] for s, step in (answers[i] for i in chosen)])
    by_cell = np.stack(list(_gradients(plan, places)))  # (draws, answers, cells of X)
    strength, sees = np.zeros((2, len(chosen), inputs[0]))
    for line, (sample, _) in enumerate(answers[i] for i in chosen):
        np.add.at(strength[line], read[sample], by_cell[:DRAWS, line].mean(axis=0))
        np.maximum.at(sees[line], read[sample], by_cell[:, line].max(axis=0) > 0)
    steps = np.array([answers[i][1] for i in chosen], np.intp)
    order = np.argsort(steps, kind="stable")
    return Flow(plan.framing, steps[order], strength[order], sees[order] > 0)


def _gradients(plan: Plan, places: NDArray[np.bool_]) -> Iterator[NDArray[np.float64]]:
    """Of every draw, the absolute gradient of every answer by every cell of one sample: (answers, cells of X).

    `places` is (answers, cells of y), true where a cell belongs to the answer.
    """
    random = np.random.default_rng(0)
    model = assemble(plan, seed=0, kit=layers)
    gradient = partial(_gradient, model)
    if plan.input_shape[0] > FEW_STEPS:
        gradient = tf.function(gradient, autograph=False)
    for draw in range(DRAWS + 1):
        X = np.repeat(random.normal(size=(1, *plan.input_shape)), len(places), axis=0)  # (answers, timesteps, features)
        if draw == DRAWS:
            _open_gates(model)
            X *= FAINT
        elif draw:
            model.set_weights([_redraw(weights, random) for weights in model.get_weights()])
        weights = places * random.choice([-1.0, 1.0], size=places.shape[1])  # so that targets do not cancel
        gradients = gradient(tf.constant(X, tf.float32), tf.constant(weights, tf.float32)).numpy()
        yield np.abs(gradients.astype(np.float64)).reshape(len(weights), -1)


def _redraw(weights: NDArray[Any], random: np.random.Generator) -> NDArray[Any]:
    """Other weights of the same sizes: a matrix shuffled, with other signs; biases as they are."""
    if weights.ndim < 2:
        return weights
    signs = random.choice([-1.0, 1.0], size=weights.shape)
    redrawn: NDArray[Any] = random.permutation(weights.ravel()).reshape(weights.shape) * signs
    return redrawn


def _gradient(model: Any, X: Any, weights: Any) -> Any:
    """The gradient of each weighted answer by its own copy of the sample: shaped like X."""
    with tf.GradientTape() as tape:
        tape.watch(X)
        answers = tf.reshape(model(X, training=False), weights.shape)
        total = tf.reduce_sum(answers * weights)
    return tape.gradient(total, X, unconnected_gradients="zero")


def _open_gates(model: Any) -> None:
    """Have every gate of the recurrent layers keep and pass on what it has."""
    for layer in model.layers:
        for part in (layer, getattr(layer, "forward_layer", None), getattr(layer, "backward_layer", None)):
            cell: Any = getattr(part, "cell", None)
            gates = {"LSTMCell": (1, 3), "GRUCell": (0,)}.get(type(cell).__name__, ())
            for gate in gates:  # LSTM: forget, output; GRU: update
                bias = cell.bias.numpy()
                bias[..., gate * cell.units : (gate + 1) * cell.units] = OPEN
                cell.bias.assign(bias)
