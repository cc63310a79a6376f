"""Where everything stands, in pixels: rows from the answers at the top down to the inputs, samples side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from seqframe.reporting.diagrams.graph import Graph, Node

COLUMN, APART = 64.0, 14.0  # a step, and the space between two samples
CELL, LANE, SHIFT = 46.0, 38.0, 11.0  # widths of a cell, and of one of two that share a column, moved to either side
WIDER = 8.0  # of a box that reads two cells a column
HEIGHTS = {"input": 30.0, "answer": 30.0, "recurrent": 34.0, "dense": 34.0, "plain": 24.0}
DIGIT = 7.0
BETWEEN_LANES = 12.0
GAP = 46.0  # between rows: arrows, and the shape of what goes along them
MARGIN = 12.0
LINE = 17.0  # of text
BELOW = 22.0  # for the names of samples
BESIDE = 26.0  # between what is drawn and what is written


@dataclass(frozen=True)
class Box:
    """A rectangle by its edges."""

    left: float
    right: float
    top: float
    bottom: float

    @property
    def x(self) -> float:
        """Its middle."""
        return (self.left + self.right) / 2

    @property
    def y(self) -> float:
        """Its middle."""
        return (self.top + self.bottom) / 2

    @property
    def width(self) -> float:
        """From its left to its right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From its top to its bottom."""
        return self.bottom - self.top


@dataclass(frozen=True)
class Layout:
    """The boxes of all nodes, rows (from the inputs up) and samples; and how large all of what is drawn is."""

    nodes: dict[Node, Box]
    rows: list[Box]
    samples: list[Box]
    shared: set[int]  # rows whose columns hold two cells
    right: float
    bottom: float

    def shares_column(self, node: Node) -> bool:
        """Whether a node stands beside another in its column."""
        return node.row in self.shared


def lay_out(sketches: Sequence[Graph], lines: Sequence[int]) -> Layout:
    """Give every node its place; `lines` is how many lines of text stand beside each row, from the inputs up."""
    rows = _stack([_row_height(sketches, row, lines[row]) for row in range(len(lines))])
    nodes: dict[Node, Box] = {}
    samples: list[Box] = []
    left = MARGIN
    for sketch in sketches:
        low, high = _extent(sketch)
        right = left + (high - low + 1) * COLUMN
        samples.append(Box(left, right, rows[-1].top, rows[0].bottom))
        zero = left + (0.5 - low) * COLUMN  # where x is 0
        nodes |= {node: _place(node, sketch, rows[node.row], zero) for node in sketch.nodes}
        left = right + APART
    shared = {node.row for node in nodes if node.lane}
    named = BELOW if len(sketches) > 1 else 0.0
    return Layout(nodes, rows, samples, shared, left - APART, rows[0].bottom + named)


def _extent(sketch: Graph) -> tuple[float, float]:
    """The columns of a sample: those of its first and its last node."""
    return (
        min(node.x - node.half for node in sketch.nodes),
        max(node.x + node.half for node in sketch.nodes),
    )


def _row_height(sketches: Sequence[Graph], row: int, lines: int) -> float:
    nodes = [node for sketch in sketches for node in sketch.in_row(row)]
    one = max(HEIGHTS[node.kind] for node in nodes)
    lanes = 1 + max(node.lane for node in nodes)
    return max(one * lanes + BETWEEN_LANES * (lanes - 1), lines * LINE)


def _stack(heights: Sequence[float]) -> list[Box]:
    """Rows from their heights, both from the inputs up; y grows downwards."""
    rows, top = [], MARGIN
    for height in reversed(heights):
        rows.append(Box(0.0, 0.0, top, top + height))
        top += height + GAP
    return rows[::-1]


def _place(node: Node, sketch: Graph, row: Box, zero: float) -> Box:
    height, two = HEIGHTS[node.kind], any(other.lane for other in sketch.in_row(node.row))
    low, high = _reach(node, sketch) if node.wide else (node.x - node.half, node.x + node.half)
    around = max(height, len(node.label) * DIGIT + 8)
    width = LANE if two else around if node.kind in ("input", "answer") and not node.half else CELL
    if node.wide and any(other.lane for other in sketch.nodes):
        width += WIDER
    side = (-SHIFT if node.lane else SHIFT) if two else 0.0
    middle = row.y + ((BETWEEN_LANES + height) / 2 * (-1 if node.lane else 1) if two else 0.0)
    return Box(
        zero + low * COLUMN - width / 2 + side,
        zero + high * COLUMN + width / 2 + side,
        middle - height / 2,
        middle + height / 2,
    )


def _reach(node: Node, sketch: Graph) -> tuple[float, float]:
    """The columns of what a wide node is linked with, or all of its sample where that is as wide."""
    linked = [edge.start if edge.end is node else edge.end for edge in sketch.edges if node in (edge.start, edge.end)]
    columns = [other.x for other in linked if not other.wide]
    return (min(columns), max(columns)) if columns else _extent(sketch)
