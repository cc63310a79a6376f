"""Nodes and edges as SVG."""

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from seqframe.report.diagram.folding import fold
from seqframe.report.diagram.graph import Edge, Node
from seqframe.report.diagram.layout import Box, Layout
from seqframe.report.diagram.markup import element, number, numbers
from seqframe.report.diagram.wording import tell_sight, tell_steps

HEAD = 4.0  # half the width of an arrow's head
ROUND = 7.0
DOTS = 13.0  # half the width of an ellipsis
# Of two lanes in a column, where arrows come in and go out, so that none runs through the other's cell.
ENTERS, LEAVES = (0.0, -11.0), (11.0, 0.0)


def draw_node(node: Node, box: Box, served: str, sees: Sequence[int]) -> Element:
    """A node; `served` is the answers to which it leads, and `sees` the steps that lead to an answer."""
    answer = node.kind == "answer" and not node.rest
    return element(
        "g",
        *([] if node.rest else _outline(node, box)),
        *_letter(node, box),
        class_=f"node {node.kind}{' rest' if node.rest else ''}",
        data_step=numbers(node.steps) if node.kind == "input" else None,
        data_way=None if answer or node.kind == "input" else served,
        data_answer=numbers(node.steps) if answer else None,
        data_sees=numbers(sees) if answer else None,
        tabindex="0" if answer else None,
        role="img" if answer or node.kind == "input" else None,
        aria_label=tell_sight(node.steps, sees) if answer else tell_steps(node.steps) if node.kind == "input" else None,
    )


def _outline(node: Node, box: Box) -> Iterator[Element]:
    rounding = box.height / 2 if node.kind in ("input", "answer") else ROUND
    yield element("rect", x=box.left, y=box.top, width=box.width, height=box.height, rx=rounding)


def _letter(node: Node, box: Box) -> Iterator[Element]:
    """What is written on a node: of a vector, every step that stands in it."""
    places = fold(len(node.steps)) if node.half else []
    wide = box.width / max(len(places), 1)
    for place, segment in enumerate(places):
        x = box.left + (place + 0.5) * wide
        label = "…" if len(segment) > 1 else str(node.steps[segment.start])
        if place:
            yield element("path", class_="divide", d=_path("M", x - wide / 2, box.top, "V", box.bottom))
        yield element("text", label, x=x, y=box.y + 4, text_anchor="middle")
    if node.label and not places:
        yield element("text", node.label, x=box.x, y=box.y + 4, text_anchor="middle")


def draw_edge(edge: Edge, layout: Layout, served: str) -> Iterator[Element]:
    """An arrow. What goes up to or from an ellipsis is left to the imagination."""
    if edge.way == "up" and (edge.start.rest or edge.end.rest):
        return
    path = _up(edge, layout) if edge.way == "up" else _along(edge, layout)
    faint = " through" if edge.start.rest or edge.end.rest else ""
    yield element("path", class_=f"edge {edge.way}{faint}", d=path, data_way=served)


def _along(edge: Edge, layout: Layout) -> str:
    start, end = layout.nodes[edge.start], layout.nodes[edge.end]
    ahead = 1 if end.x > start.x else -1
    first = start.x + ahead * (DOTS if edge.start.rest else start.width / 2 + 1)
    last = end.x - ahead * (DOTS if edge.end.rest else end.width / 2 + 1)
    head = _path("M", last - ahead * HEAD, start.y - HEAD, "L", last, start.y, "L", last - ahead * HEAD, start.y + HEAD)
    return _path("M", first, start.y, "H", last) + head


def _up(edge: Edge, layout: Layout) -> str:
    """Straight up inside the rows, and a curve in the gap between them."""
    start, end = layout.nodes[edge.start], layout.nodes[edge.end]
    leaves, enters = layout.rows[edge.start.row].top, layout.rows[edge.end.row].bottom
    x0, x1 = _meet(edge, start, end, layout)
    top, middle = end.bottom + 1, (leaves + enters) / 2
    curve = ("C", x0, middle, x1, middle, x1, enters) if abs(x1 - x0) > 0.5 else ()
    head = _path("M", x1 - HEAD, top + HEAD, "L", x1, top, "L", x1 + HEAD, top + HEAD)
    return _path("M", x0, start.top, "V", leaves, *curve, "V", top) + head


def _meet(edge: Edge, start: Box, end: Box, layout: Layout) -> tuple[float, float]:
    """Where an arrow leaves and where it comes in: the wider of two boxes gives way to the narrower."""
    x0, x1 = start.x, end.x
    if layout.shares_column(edge.start):
        x0 += LEAVES[edge.start.lane]
    if layout.shares_column(edge.end):
        x1 += ENTERS[edge.end.lane]
    if edge.start.wide and start.width > end.width:
        x0 = min(max(x1, start.left + HEAD), start.right - HEAD)
    elif edge.end.wide:
        x1 = min(max(x0, end.left + HEAD), end.right - HEAD)
    return x0, x1


def _path(*parts: str | float) -> str:
    """A path from commands and coordinates."""
    return " ".join(part if isinstance(part, str) else number(part) for part in parts)
