"""A network unrolled over all samples of one window, from the framing's record."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from seqframe.framings import Framing
from seqframe.framings.cells import find_cells
from seqframe.plan import Plan
from seqframe.report.diagram.folding import MOST, fold, span
from seqframe.report.diagram.graph import Edge, Node, Port, Ports, Sketch
from seqframe.report.diagram.unrolling import spread, unroll

Cells = NDArray[np.intp]
MOST_OF_LONG_SAMPLES = 3  # samples that are drawn, where each has several steps
DIGIT, LEAST = 0.13, 0.4  # columns that a step takes, where all stand in one vector


def unroll_window(plan: Plan, framing: Framing, inputs: tuple[int, int], targets: tuple[int, int]) -> list[Sketch]:
    """Every sample of one window, or an ellipsis for many, each with its nodes and edges.

    `inputs` is (lookback, features) of a window and `targets` (steps, targets). Edges `carried` lead from one sample
    into the next.
    """
    read, asked = find_cells(plan, framing, inputs, targets)  # (samples, cells of X), (samples, cells of y)
    places = fold(len(read), MOST if plan.input_shape[0] == 1 else MOST_OF_LONG_SAMPLES)
    sketches = [_unroll_sample(plan, read[place], asked[place]) for place in map(_cut, places)]
    if plan.carried:
        for one, other in pairwise(sketches):
            one.edges += _carry(one, other)
    return sketches


def _unroll_sample(plan: Plan, read: Cells, asked: Cells) -> Sketch:
    """One sample, or several that stand for many: (samples, cells of X), (samples, cells of y)."""
    sketch = Sketch(len(read))
    ports = _put_inputs(sketch, read.reshape(len(read), plan.input_shape[0], -1))
    for layer, shape in plan.layers().values():
        sketch.row += 1
        ports = unroll(layer, sketch, ports, shape)
        made = layer.output_shape(shape)
    sketch.row += 1
    _put_answers(sketch, ports, asked.reshape(len(asked), *made[:-1], -1))
    return sketch


def _put_inputs(sketch: Sketch, read: Cells) -> Ports:
    """A node for every timestep: (samples, timesteps, features) of step numbers."""
    places = [range(read.shape[1])] if sketch.rest else fold(read.shape[1])
    ports = []
    for number, place in enumerate(places):
        steps, rest = _steps_in(read[:, _cut(place)]), sketch.rest or len(place) > 1
        vector = len(places) == 1 and len(steps) > 1 and not rest
        half = (len(fold(len(steps))) - 1) / 2 * max(LEAST, DIGIT * len(str(max(steps)))) if vector else 0.0
        x = number - (len(places) - 1) / 2
        node = Node("input", 0, x, "…" if rest else span(steps), steps, rest=rest, half=half)
        ports.append(Port((sketch.put(node),), x, place))
    return ports


def _put_answers(sketch: Sketch, ports: Ports, asked: Cells) -> None:
    """A node for every answered step: (samples, outputs) of step numbers, or (samples, timesteps, outputs)."""
    if asked.ndim == 2:  # one vector
        steps = _steps_in(asked)
        ports = spread(sketch, ports, len(steps))
        answered = [steps[_cut(port.steps)] for port in ports]
    else:
        answered = [_steps_in(asked[:, _cut(port.steps)]) for port in ports]
    for port, steps in zip(ports, answered, strict=True):
        rest = sketch.rest or port.rest
        sketch.put(Node("answer", sketch.row, port.x, "…" if rest else span(steps), steps, rest=rest), port)


def _carry(one: Sketch, other: Sketch) -> list[Edge]:
    """The states that one sample hands on to the next."""
    chains = zip(_cells(one), _cells(other), strict=True)
    return [Edge(mine[-1], its[0], "carried") for mine, its in chains]


def _cells(sketch: Sketch) -> Sequence[list[Node]]:
    """The recurrent nodes of each layer that has them."""
    rows = (sketch.in_row(row) for row in range(sketch.row))
    return [row for row in rows if row and row[0].kind == "recurrent"]


def _steps_in(cells: Cells) -> tuple[int, ...]:
    """Step numbers of some cells, each once, in their order, from 1."""
    return tuple(dict.fromkeys((cells.ravel() + 1).tolist()))


def _cut(place: range) -> slice:
    return slice(place.start, place.stop)
