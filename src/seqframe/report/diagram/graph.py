"""A network unrolled over one sample, as nodes and edges: what is drawn, and which way leads to which answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

Kind = Literal["input", "recurrent", "dense", "plain", "answer"]
Way = Literal["up", "along", "carried"]


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
    way: Way


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
class Sketch:
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


def find_ways(answer: Node, edges: Iterable[Edge]) -> set[Node]:
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
