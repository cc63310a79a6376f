"""The picture of a network, unrolled over one window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from seqframe.framings import Framing
from seqframe.networks.spec import NetworkSpec, Shape
from seqframe.reporting.diagrams.graph import Edge, Graph, Node, find_paths, truncate, unroll_window
from seqframe.reporting.diagrams.layout import BESIDE, GAP, LINE, MARGIN, Box, Layout, lay_out
from seqframe.reporting.diagrams.svg import element, number, numbers, picture
from seqframe.reporting.diagrams.text import break_name, count, explain, name_axes, tell_sight, tell_steps

# What is written beside the rows of a network: its layers, their parameters, the shapes between them.

LETTERS = {"mono": 7.6, "strong": 8.2, "small": 6.7}  # pixels of a letter: of a fixed width, and on average


@dataclass(frozen=True)
class Caption:
    """What stands beside one row.

    Attributes:
        lines: Each with the class that it is written in.
        shape: What comes in from below, of one sample.
        axes: What its axes are.
    """

    lines: list[tuple[str, str]]
    shape: Shape | None = None
    axes: str = ""

    @property
    def width(self) -> float:
        """How wide it is at most, in pixels."""
        widths = [len(text) * LETTERS[style.split()[0]] for text, style in self.lines]
        return max(*widths, len(str(self.shape)) * LETTERS["mono"] + 10 + len(self.axes) * LETTERS["small"])

    def draw(self, layout: Layout, row: Box) -> Iterator[Element]:
        """The lines beside the row, and the shape beside the arrows below it."""
        left = layout.right + BESIDE
        first = row.y - (len(self.lines) - 1) / 2 * LINE + 4
        for number, (text, style) in enumerate(self.lines):
            yield element("text", text, class_=style, x=left, y=first + number * LINE)
        if self.shape is not None:
            middle = row.bottom + GAP / 2
            yield element("path", class_="leader", d=f"M{left - 16:.0f} {middle + 6:.0f}v-12m-3.5 4l3.5-4 3.5 4")
            shape = element("tspan", str(self.shape), class_="mono shape")
            axes = element("tspan", self.axes, class_="small muted", dx=8.0)
            yield element("text", shape, axes, x=left, y=middle + 4)


def caption_rows(spec: NetworkSpec, sketches: Sequence[Graph]) -> list[Caption]:
    """The captions of all rows, from the inputs up."""
    layers = list(spec.layers().values())
    read, answered = _steps(sketches, 0), _steps(sketches, -1)
    samples = _count_samples(sketches)
    how = "their state is carried on" if spec.steps_per_sequence else "each read afresh, by the same network"
    captions = [
        Caption(
            [("the window", "strong"), (tell_steps(read), "small muted")]
            if samples == 1
            else [(f"the window, in {count(samples, 'sample')}", "strong"), (how, "small muted")]
        )
    ]
    last = "feature"
    for layer, shape in layers:
        lines = [*((line, "mono kind") for line in break_name(layer.kind)), _count(layer.param_count(shape).value)]
        if words := explain(layer, shape):
            lines.append((words, "small muted"))
        captions.append(Caption(lines, shape, name_axes(shape, last)))
        last = "value"
    made = spec.head.output_shape(layers[-1][1])
    lines = [(count(len(answered), "answer"), "strong"), (f"{spec.parameters} parameters in all", "small muted")]
    return [*captions, Caption(lines, made, name_axes(made, "target" if len(made) > 1 else "output"))]


def describe(spec: NetworkSpec, sketches: Sequence[Graph]) -> str:
    """The picture in words."""
    read, answered = _steps(sketches, 0), _steps(sketches, -1)
    samples = _count_samples(sketches)
    how = ", each of which begins with the state of the one before" if spec.steps_per_sequence else ""
    parts = [f"{tell_steps(read).capitalize()} of the window are read as {count(samples, 'sample')}{how}."]
    for layer, shape in spec.layers().values():
        words = f", {explain(layer, shape)}" if explain(layer, shape) else ""
        parts.append(
            f"{layer.kind} makes {layer.output_shape(shape)} of {shape}{words}: "
            f"{count(layer.param_count(shape).value, 'parameter')}."
        )
    return " ".join([*parts, f"Above it: {tell_steps(answered, 'answer')}."])


def _count_samples(sketches: Sequence[Graph]) -> int:
    """How many samples a window is, those included that an ellipsis stands for."""
    return sum(sketch.samples for sketch in sketches)


def _count(parameters: int) -> tuple[str, str]:
    return count(parameters, "parameter"), "small count" if parameters else "small count muted"


def _steps(sketches: Sequence[Graph], row: int) -> list[int]:
    """All steps that the nodes of a row stand for, from 1."""
    found = {
        step for sketch in sketches for node in sketch.in_row(row if row >= 0 else sketch.row) for step in node.steps
    }
    return sorted(found)


# Nodes and edges as SVG.

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
    places = truncate(len(node.steps)) if node.half else []
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


def draw_network(spec: NetworkSpec, framing: Framing, inputs: tuple[int, int], targets: tuple[int, int]) -> str:
    """Draw a network as SVG, unrolled over all samples of one window, with its shapes and parameters beside it.

    `inputs` is (lookback, features) of a window and `targets` (steps, targets).
    """
    sketches = unroll_window(spec, framing, inputs, targets)
    captions = caption_rows(spec, sketches)
    layout = lay_out(sketches, [len(caption.lines) for caption in captions])
    drawn = [
        *_draw_samples(sketches, layout),
        *_draw_graph(sketches, layout),
        *(text for caption, row in zip(captions, layout.rows, strict=True) for text in caption.draw(layout, row)),
    ]
    width = layout.right + BESIDE + max(caption.width for caption in captions) + MARGIN
    title = f"The network of {spec.framing}, unrolled over one window"
    return picture("network", (width, layout.bottom + MARGIN), title, describe(spec, sketches), drawn)


def _draw_samples(sketches: Sequence[Graph], layout: Layout) -> Iterator[Element]:
    """A pale band behind every sample, and its number below; nothing where a window is one sample."""
    if len(layout.samples) == 1:
        return
    number = 0
    for sketch, box in zip(sketches, layout.samples, strict=True):
        number += sketch.samples
        if sketch.rest:
            continue
        size = {"x": box.left, "y": box.top - 6, "width": box.width, "height": box.height + 12}
        yield element("rect", class_="sample", rx=8.0, **size)
        name = f"sample {number}"
        yield element("text", name, class_="small muted", x=box.x, y=box.bottom + 20, text_anchor="middle")


def _draw_graph(sketches: Sequence[Graph], layout: Layout) -> Iterator[Element]:
    """Edges, and nodes over them; each says in `data-way` to which of the answers drawn a way leads through it."""
    nodes = [node for sketch in sketches for node in sketch.nodes]
    edges = [edge for sketch in sketches for edge in sketch.edges]
    ways = {node: find_paths(node, edges) for node in nodes if node.kind == "answer" and not node.rest}

    def answers_through(node: Node) -> str:
        return numbers(sorted({step for answer, way in ways.items() if node in way for step in answer.steps}))

    for edge in edges:
        yield from draw_edge(edge, layout, answers_through(edge.end))
    for node in nodes:
        way = ways.get(node, set())
        sees = sorted({step for other in way if other.kind == "input" for step in other.steps})
        yield draw_node(node, layout.nodes[node], answers_through(node), sees)
