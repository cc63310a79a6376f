"""A network unrolled over one sample, as nodes and edges: what is drawn, and which way leads to which answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from itertools import groupby, pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seqframe.framings import Framing
from seqframe.framings.index_map import step_index_map
from seqframe.networks import spec
from seqframe.networks.spec import CELLS, LayerSpec, NetworkSpec, Shape

Kind = Literal["input", "recurrent", "dense", "plain", "answer"]
EdgeKind = Literal["up", "along", "carried"]


@dataclass(frozen=True, eq=False)
class Node:
    """One thing drawn.

    Attributes:
        kind: What it is.
        row: Which row it stands in, from 0, the inputs, at the bottom.
        x: Where, in columns from the middle of its sample.
        label: What is written on it.
        steps: Of inputs and answers, the steps of the window that it stands for, from 1.
        lane: 1 for a chain that runs backwards above another that runs forwards, else 0.
        rest: Whether it is the ellipsis that stands for many.
        wide: Whether it is as wide as what it is linked with.
        half: How many columns to either side it needs for itself.
    """

    kind: Kind
    row: int
    x: float
    label: str
    steps: tuple[int, ...] = ()
    lane: int = 0
    rest: bool = False
    wide: bool = False
    half: float = 0.0


@dataclass(frozen=True, eq=False)
class Edge:
    """A way from a node to one above it (`up`), or to the next step (`along`), or to the next sample (`carried`)."""

    start: Node
    end: Node
    way: EdgeKind


@dataclass(frozen=True)
class Port:
    """One place of what a layer hands on: the nodes that it comes from, and the timesteps in it, from 0."""

    sources: tuple[Node, ...]
    x: float
    steps: range

    @property
    def rest(self) -> bool:
        """Whether it is the ellipsis that stands for many."""
        return len(self.steps) > 1


Ports = Sequence[Port]


@dataclass
class Graph:
    """The nodes and edges of one sample, gathered from the inputs up, or of one that stands for many `samples`."""

    samples: int = 1
    row: int = 0
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)

    @property
    def rest(self) -> bool:
        """Whether it is the ellipsis that stands for many."""
        return self.samples > 1

    def put(self, node: Node, *below: Port) -> Node:
        """Add a node, and edges from the ports that it reads."""
        self.nodes.append(node)
        self.edges += [Edge(source, node, "up") for port in below for source in port.sources]
        return node

    def chain(self, nodes: Iterable[Node]) -> None:
        """Link every node with the next."""
        self.edges += [Edge(one, other, "along") for one, other in pairwise(nodes)]

    def in_row(self, row: int) -> list[Node]:
        """The nodes of one row, in the order in which they were put."""
        return [node for node in self.nodes if node.row == row]


def find_paths(answer: Node, edges: Iterable[Edge]) -> set[Node]:
    """All nodes from which a way leads to an answer, and itself."""
    before: dict[Node, list[Node]] = {}
    for edge in edges:
        before.setdefault(edge.end, []).append(edge.start)
    found, left = {answer}, [answer]
    while left:
        new = set(before.get(left.pop(), [])) - found
        found |= new
        left += new
    return found


# Many steps in few places: the first, an ellipsis for those between, the last.

MOST = 7  # columns that are drawn


def truncate(count: int, most: int = MOST) -> list[range]:
    """The places of a sequence, as the steps that stand in each, from 0. A place of several is an ellipsis.

    >>> [list(place) for place in truncate(3)]
    [[0], [1], [2]]
    >>> truncate(500)[3:]
    [range(3, 4), range(4, 498), range(498, 499), range(499, 500)]
    """
    if count <= most:
        return [range(step, step + 1) for step in range(count)]
    last = 2 if most > 3 else 1
    first = most - 1 - last
    return [
        *(range(step, step + 1) for step in range(first)),
        range(first, count - last),
        *(range(step, step + 1) for step in range(count - last, count)),
    ]


def contiguous_ranges(steps: Sequence[int]) -> list[tuple[int, int]]:
    """Steps in rising order as stretches without a gap: the first and the last of each.

    >>> contiguous_ranges((1, 2, 3, 7))
    [(1, 3), (7, 7)]
    """
    found: list[tuple[int, int]] = []
    for step in steps:
        if found and step == found[-1][1] + 1:
            found[-1] = (found[-1][0], step)
        else:
            found.append((step, step))
    return found


def span(steps: Sequence[int]) -> str:
    """A short label for some steps: the first and the last.

    >>> span((4,)), span((1, 2, 3))
    ('4', '1–3')
    """
    return str(steps[0]) if len(steps) == 1 else f"{min(steps)}–{max(steps)}"


@dataclass(frozen=True)
class Group:
    """Neighbouring answers, or steps read: their numbers from 1, and where they stand among all."""

    steps: tuple[int, ...]
    places: slice

    @property
    def label(self) -> str:
        """What stands at its row or column."""
        return span(self.steps)


def group(steps: NDArray[np.intp], most: int) -> list[Group]:
    """Steps in groups of neighbours, as even as can be, so that there are at most so many.

    >>> [each.label for each in group(np.arange(1, 6), 2)]
    ['1–3', '4–5']
    """
    parts = np.array_split(np.arange(len(steps)), min(len(steps), most))
    return [Group(tuple(steps[part].tolist()), slice(part[0], part[-1] + 1)) for part in parts]


# How each layer of a plan links steps: step to step, last to one, all to one, one to all, pairs.

ONE = range(1)


@singledispatch
def unroll(layer: LayerSpec, sketch: Graph, ports: Ports, shape: Shape) -> Ports:
    """Draw a layer into the row `sketch.row`, above the ports that it reads; what it hands on, as ports.

    `shape` is that of one sample of what goes in. A layer that nothing is known of reads all.
    """
    box = gather(sketch, ports, "plain", layer.kind.split("(")[0])
    *steps, _ = layer.output_shape(shape)
    return spread(sketch, box, steps[0]) if steps else box


@unroll.register
def _(layer: spec.Recurrent, sketch: Graph, ports: Ports, shape: Shape) -> Ports:
    cells = at_each(sketch, ports, "recurrent", _cell_name(layer))
    sketch.chain(_nodes(cells))
    return cells if layer.return_sequences else (Port(cells[-1].sources, cells[-1].x, ONE),)


@unroll.register
def _(layer: spec.Bidirectional, sketch: Graph, ports: Ports, shape: Shape) -> Ports:
    forwards, backwards = (at_each(sketch, ports, "recurrent", _cell_name(layer.layer), lane) for lane in (0, 1))
    sketch.chain(_nodes(forwards))
    sketch.chain(reversed(_nodes(backwards)))
    if not layer.return_sequences:  # each after the last step that it reads
        ends = forwards[-1], backwards[0]
        return (Port(ends[0].sources + ends[1].sources, (ends[0].x + ends[1].x) / 2, ONE),)
    return [Port(one.sources + other.sources, one.x, one.steps) for one, other in zip(forwards, backwards, strict=True)]


@unroll.register
def _(layer: spec.TimeDistributed, sketch: Graph, ports: Ports, shape: Shape) -> Ports:
    return at_each(sketch, ports, "dense", "Dense")


@unroll.register
def _(layer: spec.Dense, sketch: Graph, ports: Ports, shape: Shape) -> Ports:
    return (at_each if len(shape) > 1 else gather)(sketch, ports, "dense", "Dense")


@unroll.register
def _(layer: spec.Dropout, sketch: Graph, ports: Ports, shape: Shape) -> Ports:
    return (at_each if len(shape) > 1 else gather)(sketch, ports, "plain", "drop")


@unroll.register
def _(layer: spec.Flatten, sketch: Graph, ports: Ports, shape: Shape) -> Ports:
    return gather(sketch, ports, "plain", "Flatten")


@unroll.register
def _(layer: spec.RepeatVector, sketch: Graph, ports: Ports, shape: Shape) -> Ports:
    return spread(sketch, gather(sketch, ports, "plain", "Repeat"), layer.steps)


@unroll.register
def _(layer: spec.ZeroPadding1D, sketch: Graph, ports: Ports, shape: Shape) -> Ports:
    zeros = sketch.put(Node("plain", sketch.row, ports[0].x - 1, "0"))
    moved = [Port(port.sources, port.x, range(port.steps.start + 1, port.steps.stop + 1)) for port in ports]
    return (Port((zeros,), zeros.x, ONE), *moved)


@unroll.register
def _(layer: spec.Reshape, sketch: Graph, ports: Ports, shape: Shape) -> Ports:
    """Pairs of which at least one step is drawn are drawn; all between stand in one ellipsis."""
    drawn = {step // 2 for port in ports if not port.rest for step in port.steps}
    pairs = []
    for rest, numbers in groupby(range(shape[0] // 2), key=lambda pair: pair not in drawn):
        for run in [list(numbers)] if rest else [[number] for number in numbers]:
            pairs.append(_pair(sketch, ports, range(run[0], run[-1] + 1), rest))
    return pairs


def at_each(sketch: Graph, ports: Ports, kind: Kind, label: str, lane: int = 0) -> Ports:
    """A node at every step."""
    made = []
    for port in ports:
        rest = sketch.rest or port.rest
        node = Node(kind, sketch.row, port.x, "…" if rest else label, lane=lane, rest=rest)
        made.append(Port((sketch.put(node, port),), port.x, port.steps))
    return made


def gather(sketch: Graph, ports: Ports, kind: Kind, label: str) -> Ports:
    """One wide node that reads all steps."""
    x = (ports[0].x + ports[-1].x) / 2
    node = Node(kind, sketch.row, x, "…" if sketch.rest else label, rest=sketch.rest, wide=True)
    return (Port((sketch.put(node, *ports),), x, ONE),)


def spread(sketch: Graph, ports: Ports, steps: int) -> Ports:
    """What one node hands on, at every one of so many steps, around the middle of the sample."""
    (port,) = ports
    places = [range(steps)] if sketch.rest else truncate(steps)
    if len(places) == 1:
        return (Port(port.sources, port.x, places[0]),)
    return [Port(port.sources, number - (len(places) - 1) / 2, place) for number, place in enumerate(places)]


def _pair(sketch: Graph, ports: Ports, pairs: range, rest: bool) -> Port:
    below = [port for port in ports if port.steps.start // 2 < pairs.stop and (port.steps.stop - 1) // 2 >= pairs.start]
    seen = [port.x for port in below if port.rest == rest]
    x = (min(seen) + max(seen)) / 2
    node = Node("plain", sketch.row, x, "…" if rest else "pair", rest=rest, wide=not rest)
    return Port((sketch.put(node, *below),), x, pairs)


def _nodes(ports: Ports) -> Sequence[Node]:
    return [node for port in ports for node in port.sources]


def _cell_name(layer: spec.Recurrent) -> str:
    return CELLS[layer.cell].title.removeprefix("Simple")


# A network unrolled over all samples of one window, from the framing's record.

Cells = NDArray[np.intp]
MOST_OF_LONG_SAMPLES = 3  # samples that are drawn, where each has several steps
DIGIT, LEAST = 0.13, 0.4  # columns that a step takes, where all stand in one vector


def unroll_window(
    spec: NetworkSpec, framing: Framing, inputs: tuple[int, int], targets: tuple[int, int]
) -> list[Graph]:
    """Every sample of one window, or an ellipsis for many, each with its nodes and edges.

    `inputs` is (lookback, features) of a window and `targets` (steps, targets). Edges `carried` lead from one sample
    into the next.
    """
    read, asked = step_index_map(spec, framing, inputs, targets)  # (samples, cells of X), (samples, cells of y)
    places = truncate(len(read), MOST if spec.input_shape[0] == 1 else MOST_OF_LONG_SAMPLES)
    sketches = [_unroll_sample(spec, read[place], asked[place]) for place in map(_cut, places)]
    if spec.steps_per_sequence:
        for one, other in pairwise(sketches):
            one.edges += _carry(one, other)
    return sketches


def _unroll_sample(spec: NetworkSpec, read: Cells, asked: Cells) -> Graph:
    """One sample, or several that stand for many: (samples, cells of X), (samples, cells of y)."""
    sketch = Graph(len(read))
    ports = _put_inputs(sketch, read.reshape(len(read), spec.input_shape[0], -1))
    for layer, shape in spec.layers().values():
        sketch.row += 1
        ports = unroll(layer, sketch, ports, shape)
        made = layer.output_shape(shape)
    sketch.row += 1
    _put_answers(sketch, ports, asked.reshape(len(asked), *made[:-1], -1))
    return sketch


def _put_inputs(sketch: Graph, read: Cells) -> Ports:
    """A node for every timestep: (samples, timesteps, features) of step numbers."""
    places = [range(read.shape[1])] if sketch.rest else truncate(read.shape[1])
    ports = []
    for number, place in enumerate(places):
        steps, rest = _steps_in(read[:, _cut(place)]), sketch.rest or len(place) > 1
        vector = len(places) == 1 and len(steps) > 1 and not rest
        half = (len(truncate(len(steps))) - 1) / 2 * max(LEAST, DIGIT * len(str(max(steps)))) if vector else 0.0
        x = number - (len(places) - 1) / 2
        node = Node("input", 0, x, "…" if rest else span(steps), steps, rest=rest, half=half)
        ports.append(Port((sketch.put(node),), x, place))
    return ports


def _put_answers(sketch: Graph, ports: Ports, asked: Cells) -> None:
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


def _carry(one: Graph, other: Graph) -> list[Edge]:
    """The states that one sample hands on to the next."""
    chains = zip(_cells(one), _cells(other), strict=True)
    return [Edge(mine[-1], its[0], "carried") for mine, its in chains]


def _cells(sketch: Graph) -> Sequence[list[Node]]:
    """The recurrent nodes of each layer that has them."""
    rows = (sketch.in_row(row) for row in range(sketch.row))
    return [row for row in rows if row and row[0].kind == "recurrent"]


def _steps_in(cells: Cells) -> tuple[int, ...]:
    """Step numbers of some cells, each once, in their order, from 1."""
    return tuple(dict.fromkeys((cells.ravel() + 1).tolist()))


def _cut(place: range) -> slice:
    return slice(place.start, place.stop)
