"""A network unrolled over one window: a graph of nodes and edges, in which every path is a dependency."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from seqframe.framings import Framing
from seqframe.framings.index_map import step_index_map
from seqframe.networks.recurrent_layers import Bidirectional
from seqframe.networks.spec import LayerSpec, NetworkSpec, Reshape, Shape, StepLinks, ZeroPadding1D
from seqframe.reporting.diagrams.text import format_range
from seqframe.reporting.diagrams.truncation import MAX_COLUMNS, truncate

NodeKind = Literal["input", "recurrent", "weighted", "plain", "output"]
EdgeKind = Literal["up", "along", "state"]
Cells = NDArray[np.intp]
FIRST = range(1)
MAX_LONG_SAMPLES = 3  # samples in a diagram if each has several steps
DIGIT_WIDTH, MIN_STEP_WIDTH = 0.13, 0.4  # columns per step of a vector


@dataclass(frozen=True, eq=False)
class Node:
    """A box of the diagram.

    Attributes:
        kind: What it represents; layers are `recurrent`, `weighted` (with parameters) or `plain`.
        row: Row of the diagram, from 0 for the inputs at the bottom.
        x: Position in columns, from the middle of its sample.
        label: Text on the box.
        steps: For inputs and outputs, the steps of the window, from 1.
        lane: 1 for the backward chain, above the forward chain of the same row; otherwise 0.
        ellipsis: Whether it represents several nodes.
        wide: Whether it is as wide as the nodes that it is linked to.
        half: Columns that it needs on either side.
    """

    kind: NodeKind
    row: int
    x: float
    label: str
    steps: tuple[int, ...] = ()
    lane: int = 0
    ellipsis: bool = False
    wide: bool = False
    half: float = 0.0


@dataclass(frozen=True, eq=False)
class Edge:
    """A link to a node above (`up`), to the next step (`along`) or to the next sample (`state`)."""

    start: Node
    end: Node
    kind: EdgeKind


@dataclass(frozen=True)
class Port:
    """One position in the output of a layer: its source nodes, and its timesteps, from 0."""

    sources: tuple[Node, ...]
    x: float
    steps: range

    @property
    def ellipsis(self) -> bool:
        """Whether it represents several steps."""
        return len(self.steps) > 1


Ports = Sequence[Port]


@dataclass
class Graph:
    """Nodes and edges of one sample, or of an ellipsis for several `samples`; built from the inputs up."""

    samples: int = 1
    row: int = 0
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)

    @property
    def ellipsis(self) -> bool:
        """Whether it represents several samples."""
        return self.samples > 1

    def add(self, node: Node, *inputs: Port) -> Node:
        """Add a node with an edge from every source of its inputs."""
        self.nodes.append(node)
        self.edges += [Edge(source, node, "up") for port in inputs for source in port.sources]
        return node

    def chain(self, nodes: Iterable[Node]) -> None:
        """Link every node with the next."""
        self.edges += [Edge(one, other, "along") for one, other in pairwise(nodes)]

    def in_row(self, row: int) -> list[Node]:
        """The nodes of one row, in the order in which they were added."""
        return [node for node in self.nodes if node.row == row]


def find_ancestors(output: Node, edges: Iterable[Edge]) -> set[Node]:
    """All nodes with a path to an output, and the output itself."""
    starts: dict[Node, list[Node]] = {}
    for edge in edges:
        starts.setdefault(edge.end, []).append(edge.start)
    found, pending = {output}, [output]
    while pending:
        new = set(starts.get(pending.pop(), [])) - found
        found |= new
        pending += new
    return found


# A network unrolled over all samples of one window.


def unroll_window(
    spec: NetworkSpec, framing: Framing, inputs: tuple[int, int], targets: tuple[int, int]
) -> list[Graph]:
    """One graph per sample of a window, or an ellipsis for many.

    `inputs` is (lookback, features) and `targets` is (steps, targets) of a window. Edges of kind `state` lead from one
    sample to the next.
    """
    input_steps, target_steps = step_index_map(spec, framing, inputs, targets)
    groups = truncate(len(input_steps), MAX_COLUMNS if spec.input_shape[0] == 1 else MAX_LONG_SAMPLES)
    graphs = [_unroll_sample(spec, input_steps[group], target_steps[group]) for group in map(_as_slice, groups)]
    if spec.steps_per_sequence:
        for one, other in pairwise(graphs):
            one.edges += _state_edges(one, other)
    return graphs


def _unroll_sample(spec: NetworkSpec, input_steps: Cells, target_steps: Cells) -> Graph:
    """The graph of one or several samples: (samples, cells of X), (samples, cells of y)."""
    graph = Graph(len(input_steps))
    ports = _add_inputs(graph, input_steps.reshape(len(input_steps), spec.input_shape[0], -1))
    for layer, shape in spec.layers().values():
        graph.row += 1
        ports = unroll_layer(layer, graph, ports, shape)
    graph.row += 1
    _add_outputs(graph, ports, target_steps.reshape(len(target_steps), *spec.output_shape[:-1], -1))
    return graph


def _add_inputs(graph: Graph, input_steps: Cells) -> Ports:
    """One node per timestep; `input_steps` is (samples, timesteps, features)."""
    timesteps = input_steps.shape[1]
    groups = [range(timesteps)] if graph.ellipsis else truncate(timesteps)
    ports = []
    for position, group in enumerate(groups):
        steps, ellipsis = _unique_steps(input_steps[:, _as_slice(group)]), graph.ellipsis or len(group) > 1
        x = position - (len(groups) - 1) / 2
        half = 0.0
        if len(groups) == 1 and len(steps) > 1 and not ellipsis:  # one vector of several steps
            half = (len(truncate(len(steps))) - 1) / 2 * max(MIN_STEP_WIDTH, DIGIT_WIDTH * len(str(max(steps))))
        node = Node("input", 0, x, "…" if ellipsis else format_range(steps), steps, ellipsis=ellipsis, half=half)
        ports.append(Port((graph.add(node),), x, group))
    return ports


def _add_outputs(graph: Graph, ports: Ports, target_steps: Cells) -> None:
    """One node per target step; `target_steps` is (samples, outputs) or (samples, timesteps, targets)."""
    if target_steps.ndim == 2:  # one vector
        steps = _unique_steps(target_steps)
        ports = repeat_port(graph, ports, len(steps))
        steps_per_port = [steps[_as_slice(port.steps)] for port in ports]
    else:
        steps_per_port = [_unique_steps(target_steps[:, _as_slice(port.steps)]) for port in ports]
    for port, steps in zip(ports, steps_per_port, strict=True):
        ellipsis = graph.ellipsis or port.ellipsis
        label = "…" if ellipsis else format_range(steps)
        graph.add(Node("output", graph.row, port.x, label, steps, ellipsis=ellipsis), port)


def _state_edges(one: Graph, other: Graph) -> list[Edge]:
    """Edges from the last state of every recurrent layer to its first state in the next sample."""
    chains = zip(_recurrent_nodes(one), _recurrent_nodes(other), strict=True)
    return [Edge(before[-1], after[0], "state") for before, after in chains]


def _recurrent_nodes(graph: Graph) -> Sequence[list[Node]]:
    """The recurrent nodes of each layer that has them."""
    rows = (graph.in_row(row) for row in range(graph.row))
    return [nodes for row in rows if (nodes := [node for node in row if node.kind == "recurrent"])]


def _unique_steps(steps: Cells) -> tuple[int, ...]:
    """Sorted steps without repetition, from 1."""
    return tuple((np.unique(steps) + 1).tolist())


def _as_slice(steps: range) -> slice:
    return slice(steps.start, steps.stop)


# The steps of each layer, linked as its spec says.


def unroll_layer(layer: LayerSpec, graph: Graph, ports: Ports, shape: Shape) -> Ports:
    """Add a layer in row `graph.row` on top of its input ports, and return its output ports.

    `shape` is the input shape of one sample. A layer whose links are not known reads all steps.
    """
    return UNROLL.get(layer.step_links, _unroll_all)(layer, graph, ports, shape)


def _unroll_all(layer: LayerSpec, graph: Graph, ports: Ports, shape: Shape) -> Ports:
    box = gather(graph, ports, _kind(layer, shape), layer.label)
    *steps, _ = layer.output_shape(shape)
    return repeat_port(graph, box, steps[0]) if steps else box


def _unroll_same(layer: LayerSpec, graph: Graph, ports: Ports, shape: Shape) -> Ports:
    add = at_each if len(shape) > 1 else gather
    return add(graph, ports, _kind(layer, shape), layer.label)


def _unroll_recurrent(layer: LayerSpec, graph: Graph, ports: Ports, shape: Shape) -> Ports:
    cells = at_each(graph, ports, "recurrent", layer.label)
    graph.chain(_sources(cells))
    return cells if len(layer.output_shape(shape)) > 1 else (Port(cells[-1].sources, cells[-1].x, FIRST),)


def _unroll_bidirectional(layer: LayerSpec, graph: Graph, ports: Ports, shape: Shape) -> Ports:
    forward, backward = (at_each(graph, ports, "recurrent", layer.label, lane) for lane in (0, 1))
    graph.chain(_sources(forward))
    graph.chain(reversed(_sources(backward)))
    if not cast(Bidirectional, layer).return_sequences:  # the last state of each chain
        last = forward[-1], backward[0]
        return (Port(last[0].sources + last[1].sources, (last[0].x + last[1].x) / 2, FIRST),)
    return [Port(one.sources + other.sources, one.x, one.steps) for one, other in zip(forward, backward, strict=True)]


def _unroll_padding(layer: LayerSpec, graph: Graph, ports: Ports, shape: Shape) -> Ports:
    before, after = cast(ZeroPadding1D, layer).padding
    moved = [Port(port.sources, port.x, range(port.steps.start + before, port.steps.stop + before)) for port in ports]
    first = [_zeros(graph, ports[0].x - before + step, step) for step in range(before)]
    last = [_zeros(graph, ports[-1].x + 1 + step, shape[0] + before + step) for step in range(after)]
    return [*first, *moved, *last]


def _zeros(graph: Graph, x: float, step: int) -> Port:
    return Port((graph.add(Node("plain", graph.row, x, "0")),), x, range(step, step + 1))


def _unroll_groups(layer: LayerSpec, graph: Graph, ports: Ports, shape: Shape) -> Ports:
    """Every group of steps that is not all ellipsis; the groups between them share one ellipsis."""
    size = cast(Reshape, layer).steps_per_group(shape)
    if not size:
        return _unroll_all(layer, graph, ports, shape)
    visible = {step // size for port in ports if not port.ellipsis for step in port.steps}
    grouped = []
    for ellipsis, numbers in groupby(range(shape[0] // size), key=lambda number: number not in visible):
        for run in [list(numbers)] if ellipsis else [[number] for number in numbers]:
            grouped.append(_add_group(graph, ports, size, range(run[0], run[-1] + 1), ellipsis))
    return grouped


def _add_group(graph: Graph, ports: Ports, size: int, groups: range, ellipsis: bool) -> Port:
    start, stop = groups.start * size, groups.stop * size
    inputs = [port for port in ports if port.steps.start < stop and port.steps.stop > start]
    columns = [port.x for port in inputs if port.ellipsis == ellipsis]
    x = (min(columns) + max(columns)) / 2
    label = "…" if ellipsis else "pair" if size == 2 else f"{size} in 1"
    node = Node("plain", graph.row, x, label, ellipsis=ellipsis, wide=not ellipsis)
    return Port((graph.add(node, *inputs),), x, groups)


UNROLL: dict[StepLinks, Callable[[LayerSpec, Graph, Ports, Shape], Ports]] = {
    "all": _unroll_all,
    "same": _unroll_same,
    "recurrent": _unroll_recurrent,
    "bidirectional": _unroll_bidirectional,
    "padding": _unroll_padding,
    "groups": _unroll_groups,
}


def _kind(layer: LayerSpec, shape: Shape) -> NodeKind:
    return "weighted" if layer.param_count(shape).value else "plain"


def at_each(graph: Graph, ports: Ports, kind: NodeKind, label: str, lane: int = 0) -> Ports:
    """Add a node at every step."""
    added = []
    for port in ports:
        ellipsis = graph.ellipsis or port.ellipsis
        node = Node(kind, graph.row, port.x, "…" if ellipsis else label, lane=lane, ellipsis=ellipsis)
        added.append(Port((graph.add(node, port),), port.x, port.steps))
    return added


def gather(graph: Graph, ports: Ports, kind: NodeKind, label: str) -> Ports:
    """Add one wide node that reads all steps."""
    x = (ports[0].x + ports[-1].x) / 2
    node = Node(kind, graph.row, x, "…" if graph.ellipsis else label, ellipsis=graph.ellipsis, wide=True)
    return (Port((graph.add(node, *ports),), x, FIRST),)


def repeat_port(graph: Graph, ports: Ports, steps: int) -> Ports:
    """The output of one node at a number of steps, around the middle of the sample."""
    (port,) = ports
    groups = [range(steps)] if graph.ellipsis else truncate(steps)
    if len(groups) == 1:
        return (Port(port.sources, port.x, groups[0]),)
    return [Port(port.sources, position - (len(groups) - 1) / 2, group) for position, group in enumerate(groups)]


def _sources(ports: Ports) -> Sequence[Node]:
    return [node for port in ports for node in port.sources]
