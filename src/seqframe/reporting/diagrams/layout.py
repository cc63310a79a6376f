"""Positions of all nodes in pixels: outputs at the top, inputs at the bottom, samples side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from seqframe.reporting.diagrams.graph import Graph, Node

COLUMN, SAMPLE_GAP = 64.0, 14.0  # width of a step, and space between two samples
CELL, LANE, SHIFT = (
    46.0,
    38.0,
    11.0,
)  # width of a cell; of one of two in a column, and their offset
EXTRA = 8.0  # width that a box with two cells per column below it needs
HEIGHTS = {"input": 30.0, "output": 30.0, "recurrent": 34.0, "weighted": 34.0, "plain": 24.0}
DIGIT = 7.0  # width of a digit
LANE_GAP = 12.0
GAP = 46.0  # between rows, for arrows and the shapes between layers
MARGIN = 12.0
LINE = 17.0  # height of a line of text
SAMPLE_NAME = 22.0  # height of the names of samples
CAPTION_GAP = 26.0  # between the diagram and its captions


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    left: float
    right: float
    top: float
    bottom: float

    @property
    def x(self) -> float:
        """Horizontal center."""
        return (self.left + self.right) / 2

    @property
    def y(self) -> float:
        """Vertical center."""
        return (self.top + self.bottom) / 2

    @property
    def width(self) -> float:
        """Width in pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height in pixels."""
        return self.bottom - self.top


@dataclass(frozen=True)
class Layout:
    """The boxes of all nodes, rows (from the inputs up) and samples, and the extent of the diagram."""

    nodes: dict[Node, Box]
    rows: list[Box]
    samples: list[Box]
    shared: set[int]  # rows with two cells per column
    right: float
    bottom: float

    def shares_column(self, node: Node) -> bool:
        """Whether a node shares its column with another."""
        return node.row in self.shared


def lay_out(graphs: Sequence[Graph], lines: Sequence[int]) -> Layout:
    """Place every node. `lines` is the number of caption lines of each row, from the inputs up."""
    rows = _stack([_row_height(graphs, row, lines[row]) for row in range(len(lines))])
    nodes: dict[Node, Box] = {}
    samples: list[Box] = []
    left = MARGIN
    for graph in graphs:
        low, high = _extent(graph)
        right = left + (high - low + 1) * COLUMN
        samples.append(Box(left, right, rows[-1].top, rows[0].bottom))
        zero = left + (0.5 - low) * COLUMN  # where x is 0
        nodes |= {node: _place(node, graph, rows[node.row], zero) for node in graph.nodes}
        left = right + SAMPLE_GAP
    shared = {node.row for node in nodes if node.lane}
    names = SAMPLE_NAME if len(graphs) > 1 else 0.0
    return Layout(nodes, rows, samples, shared, left - SAMPLE_GAP, rows[0].bottom + names)


def _extent(graph: Graph) -> tuple[float, float]:
    """The columns of the first and the last node of a sample."""
    return (
        min(node.x - node.half for node in graph.nodes),
        max(node.x + node.half for node in graph.nodes),
    )


def _row_height(graphs: Sequence[Graph], row: int, lines: int) -> float:
    nodes = [node for graph in graphs for node in graph.in_row(row)]
    height = max(HEIGHTS[node.kind] for node in nodes)
    lanes = 1 + max(node.lane for node in nodes)
    return max(height * lanes + LANE_GAP * (lanes - 1), lines * LINE)


def _stack(heights: Sequence[float]) -> list[Box]:
    """Rows from their heights, both from the inputs up. y grows downwards."""
    rows, top = [], MARGIN
    for height in reversed(heights):
        rows.append(Box(0.0, 0.0, top, top + height))
        top += height + GAP
    return rows[::-1]


def _place(node: Node, graph: Graph, row: Box, zero: float) -> Box:
    height, two = HEIGHTS[node.kind], any(other.lane for other in graph.in_row(node.row))
    low, high = _reach(node, graph) if node.wide else (node.x - node.half, node.x + node.half)
    round_width = max(height, len(node.label) * DIGIT + 8)
    width = LANE if two else round_width if node.kind in ("input", "output") and not node.half else CELL
    if node.wide and any(other.lane for other in graph.nodes):
        width += EXTRA
    side = (-SHIFT if node.lane else SHIFT) if two else 0.0
    middle = row.y + ((LANE_GAP + height) / 2 * (-1 if node.lane else 1) if two else 0.0)
    return Box(
        zero + low * COLUMN - width / 2 + side,
        zero + high * COLUMN + width / 2 + side,
        middle - height / 2,
        middle + height / 2,
    )


def _reach(node: Node, graph: Graph) -> tuple[float, float]:
    """The columns of the nodes that a wide node is linked to, or of its whole sample if those are wide too."""
    linked = [edge.start if edge.end is node else edge.end for edge in graph.edges if node in (edge.start, edge.end)]
    columns = [other.x for other in linked if not other.wide]
    return (min(columns), max(columns)) if columns else _extent(graph)
