"""The diagram of a network, unrolled over one window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from seqframe.framings import Framing
from seqframe.networks.spec import NetworkSpec, Shape
from seqframe.reporting.diagrams.graph import Edge, Graph, Node, find_ancestors, unroll_window
from seqframe.reporting.diagrams.layout import CAPTION_GAP, GAP, LINE, MARGIN, Box, Layout, lay_out
from seqframe.reporting.diagrams.svg import element, format_pixels, join_steps, svg_diagram
from seqframe.reporting.diagrams.text import break_name, count, format_dependency, format_steps, name_axes
from seqframe.reporting.diagrams.truncation import truncate

CHAR_WIDTHS = {"mono": 7.6, "strong": 8.2, "small": 6.7}  # pixels per character; an average, except for "mono"
ARROW = 4.0  # half the width of an arrowhead
ROUNDING = 7.0
DOTS = 13.0  # half the width of an ellipsis
# Where arrows enter and leave the two lanes of a column, so that none crosses the box of the other lane.
ENTER_OFFSETS, LEAVE_OFFSETS = (0.0, -11.0), (11.0, 0.0)


def draw_network(spec: NetworkSpec, framing: Framing, inputs: tuple[int, int], targets: tuple[int, int]) -> str:
    """Draw a network as SVG, unrolled over all samples of one window, with its shapes and parameter counts.

    `inputs` is (lookback, features) and `targets` is (steps, targets) of a window.
    """
    graphs = unroll_window(spec, framing, inputs, targets)
    captions = make_captions(spec, graphs)
    layout = lay_out(graphs, [len(caption.lines) for caption in captions])
    children = [
        *_draw_samples(graphs, layout),
        *_draw_graphs(graphs, layout),
        *(text for caption, row in zip(captions, layout.rows, strict=True) for text in caption.draw(layout, row)),
    ]
    width = layout.right + CAPTION_GAP + max(caption.width for caption in captions) + MARGIN
    title = f"Network of {spec.framing}, unrolled over one window"
    return svg_diagram("network", (width, layout.bottom + MARGIN), title, _describe(spec, graphs), children)


def _draw_samples(graphs: Sequence[Graph], layout: Layout) -> Iterator[Element]:
    """A band behind every sample, and its number below; nothing if a window is one sample."""
    if len(layout.samples) == 1:
        return
    number = 0
    for graph, box in zip(graphs, layout.samples, strict=True):
        number += graph.samples
        if graph.ellipsis:
            continue
        size = {"x": box.left, "y": box.top - 6, "width": box.width, "height": box.height + 12}
        yield element("rect", class_="sample", rx=8.0, **size)
        name = f"sample {number}"
        yield element("text", name, class_="small muted", x=box.x, y=box.bottom + 20, text_anchor="middle")


def _draw_graphs(graphs: Sequence[Graph], layout: Layout) -> Iterator[Element]:
    """Edges, and nodes on top of them, each with the outputs that it has a path to."""
    nodes = [node for graph in graphs for node in graph.nodes]
    edges = [edge for graph in graphs for edge in graph.edges]
    outputs = [node for node in nodes if node.kind == "output" and not node.ellipsis]
    ancestors = {output: find_ancestors(output, edges) for output in outputs}

    def reached_from(node: Node) -> str:
        reached = (output for output, found in ancestors.items() if node in found)
        return join_steps(sorted({step for output in reached for step in output.steps}))

    for edge in edges:
        yield from draw_edge(edge, layout, reached_from(edge.end))
    for node in nodes:
        inputs = (other for other in ancestors.get(node, ()) if other.kind == "input")
        depends_on = sorted({step for other in inputs for step in other.steps})
        yield draw_node(node, layout.nodes[node], reached_from(node), depends_on)


# Captions of the rows: the layers, their parameters, and the shapes between them.


@dataclass(frozen=True)
class Caption:
    """The text next to one row.

    Attributes:
        lines: Each with its CSS class.
        shape: The input shape of the row, for one sample.
        axes: The meaning of its axes.
    """

    lines: list[tuple[str, str]]
    shape: Shape | None = None
    axes: str = ""

    @property
    def width(self) -> float:
        """Estimated width in pixels."""
        widths = [len(text) * CHAR_WIDTHS[style.split()[0]] for text, style in self.lines]
        return max(*widths, len(str(self.shape)) * CHAR_WIDTHS["mono"] + 10 + len(self.axes) * CHAR_WIDTHS["small"])

    def draw(self, layout: Layout, row: Box) -> Iterator[Element]:
        """The lines next to the row, and the shape next to the arrows below it."""
        left = layout.right + CAPTION_GAP
        first = row.y - (len(self.lines) - 1) / 2 * LINE + 4
        for number, (text, style) in enumerate(self.lines):
            yield element("text", text, class_=style, x=left, y=first + number * LINE)
        if self.shape is not None:
            middle = row.bottom + GAP / 2
            yield element("path", class_="leader", d=f"M{left - 16:.0f} {middle + 6:.0f}v-12m-3.5 4l3.5-4 3.5 4")
            shape = element("tspan", str(self.shape), class_="mono shape")
            axes = element("tspan", self.axes, class_="small muted", dx=8.0)
            yield element("text", shape, axes, x=left, y=middle + 4)


def make_captions(spec: NetworkSpec, graphs: Sequence[Graph]) -> list[Caption]:
    """The captions of all rows, from the inputs up."""
    inputs, outputs = _steps(graphs, 0), _steps(graphs, -1)
    samples = _count_samples(graphs)
    state = "the state is kept between them" if spec.steps_per_sequence else "each is read on its own"
    captions = [
        Caption(
            [("the window", "strong"), (format_steps(inputs), "small muted")]
            if samples == 1
            else [(f"the window, in {count(samples, 'sample')}", "strong"), (state, "small muted")]
        )
    ]
    last_axis = "feature"
    for layer, shape in spec.layers().values():
        parameters = layer.param_count(shape).value
        style = "small count" if parameters else "small count muted"
        lines = [*((line, "mono kind") for line in break_name(str(layer))), (count(parameters, "parameter"), style)]
        if note := layer.note(shape):
            lines.append((note, "small muted"))
        captions.append(Caption(lines, shape, name_axes(shape, last_axis)))
        last_axis = "value"
    shape = spec.output_shape
    lines = [(count(len(outputs), "output"), "strong"), (f"{spec.parameters} parameters in total", "small muted")]
    if spec.skip:
        lines.append((f"{skip_parameters(spec)} of them in a linear skip connection", "small muted"))
    return [*captions, Caption(lines, shape, name_axes(shape, "target" if len(shape) > 1 else "output"))]


def _describe(spec: NetworkSpec, graphs: Sequence[Graph]) -> str:
    """The diagram as text, for screen readers."""
    samples = count(_count_samples(graphs), "sample")
    state = ", where each starts from the state of the previous one" if spec.steps_per_sequence else ""
    parts = [f"{format_steps(_steps(graphs, 0)).capitalize()} of the window, in {samples}{state}."]
    for layer, shape in spec.layers().values():
        note = f", {layer.note(shape)}" if layer.note(shape) else ""
        parameters = count(layer.param_count(shape).value, "parameter")
        parts.append(f"{layer}: {shape} to {layer.output_shape(shape)}{note}, {parameters}.")
    if spec.skip:
        parts.append(f"A linear skip connection from the inputs is added, {count(skip_parameters(spec), 'parameter')}.")
    return " ".join([*parts, f"At the top: {format_steps(_steps(graphs, -1), 'output')}."])


def skip_parameters(spec: NetworkSpec) -> int:
    """Number of parameters of the skip connection."""
    return sum(layer.param_count(shape).value for layer, shape in spec.skip_layers().values())


def _count_samples(graphs: Sequence[Graph]) -> int:
    """Number of samples of a window, with all samples of an ellipsis."""
    return sum(graph.samples for graph in graphs)


def _steps(graphs: Sequence[Graph], row: int) -> list[int]:
    """All steps of the nodes of a row, from 1; row -1 is the last."""
    nodes = (node for graph in graphs for node in graph.in_row(row if row >= 0 else graph.row))
    return sorted({step for node in nodes for step in node.steps})


# Nodes and edges as SVG.


def draw_node(node: Node, box: Box, reaches: str, depends_on: Sequence[int]) -> Element:
    """A node: `reaches` are the outputs that it has a path to, `depends_on` the inputs of an output."""
    output = node.kind == "output" and not node.ellipsis
    labels = {"output": format_dependency(node.steps, depends_on), "input": format_steps(node.steps)}
    return element(
        "g",
        *([] if node.ellipsis else _outline(node, box)),
        *_node_text(node, box),
        class_=f"node {node.kind}{' ellipsis' if node.ellipsis else ''}",
        data_input=join_steps(node.steps) if node.kind == "input" else None,
        data_reaches=None if output or node.kind == "input" else reaches,
        data_output=join_steps(node.steps) if output else None,
        data_depends_on=join_steps(depends_on) if output else None,
        tabindex="0" if output else None,
        role="img" if output or node.kind == "input" else None,
        aria_label=labels[node.kind] if output or node.kind == "input" else None,
    )


def _outline(node: Node, box: Box) -> Iterator[Element]:
    rounding = box.height / 2 if node.kind in ("input", "output") else ROUNDING
    yield element("rect", x=box.left, y=box.top, width=box.width, height=box.height, rx=rounding)


def _node_text(node: Node, box: Box) -> Iterator[Element]:
    """The label of a node; for a vector of several steps, the number of every step."""
    segments = truncate(len(node.steps)) if node.half else []
    width = box.width / max(len(segments), 1)
    for position, segment in enumerate(segments):
        x = box.left + (position + 0.5) * width
        label = "…" if len(segment) > 1 else str(node.steps[segment.start])
        if position:
            yield element("path", class_="divider", d=_path("M", x - width / 2, box.top, "V", box.bottom))
        yield element("text", label, x=x, y=box.y + 4, text_anchor="middle")
    if node.label and not segments:
        yield element("text", node.label, x=box.x, y=box.y + 4, text_anchor="middle")


def draw_edge(edge: Edge, layout: Layout, reaches: str) -> Iterator[Element]:
    """An arrow, unless it goes up from or to an ellipsis; `reaches` are the outputs that it leads to."""
    if edge.kind == "up" and (edge.start.ellipsis or edge.end.ellipsis):
        return
    path = _up(edge, layout) if edge.kind == "up" else _along(edge, layout)
    yield element("path", class_=f"edge {edge.kind}", d=path, data_reaches=reaches)


def _along(edge: Edge, layout: Layout) -> str:
    """A horizontal line to the next step or sample."""
    start, end = layout.nodes[edge.start], layout.nodes[edge.end]
    sign = 1 if end.x > start.x else -1
    x0 = start.x + sign * (DOTS if edge.start.ellipsis else start.width / 2 + 1)
    x1 = end.x - sign * (DOTS if edge.end.ellipsis else end.width / 2 + 1)
    head = _path("M", x1 - sign * ARROW, start.y - ARROW, "L", x1, start.y, "L", x1 - sign * ARROW, start.y + ARROW)
    return _path("M", x0, start.y, "H", x1) + head


def _up(edge: Edge, layout: Layout) -> str:
    """A line that is vertical inside the rows, and a curve in the gap between them."""
    start, end = layout.nodes[edge.start], layout.nodes[edge.end]
    gap_bottom, gap_top = layout.rows[edge.start.row].top, layout.rows[edge.end.row].bottom
    x0, x1 = _ends(edge, start, end, layout)
    tip, middle = end.bottom + 1, (gap_bottom + gap_top) / 2
    curve = ("C", x0, middle, x1, middle, x1, gap_top) if abs(x1 - x0) > 0.5 else ()
    head = _path("M", x1 - ARROW, tip + ARROW, "L", x1, tip, "L", x1 + ARROW, tip + ARROW)
    return _path("M", x0, start.top, "V", gap_bottom, *curve, "V", tip) + head


def _ends(edge: Edge, start: Box, end: Box, layout: Layout) -> tuple[float, float]:
    """Where an arrow leaves and enters: on a wide box, as close to the other end as possible."""
    x0, x1 = start.x, end.x
    if layout.shares_column(edge.start):
        x0 += LEAVE_OFFSETS[edge.start.lane]
    if layout.shares_column(edge.end):
        x1 += ENTER_OFFSETS[edge.end.lane]
    if edge.start.wide and start.width > end.width:
        x0 = min(max(x1, start.left + ARROW), start.right - ARROW)
    elif edge.end.wide:
        x1 = min(max(x0, end.left + ARROW), end.right - ARROW)
    return x0, x1


def _path(*parts: str | float) -> str:
    """An SVG path from commands and coordinates."""
    return " ".join(part if isinstance(part, str) else format_pixels(part) for part in parts)
