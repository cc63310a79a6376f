"""The picture of a network, unrolled over one window."""

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from seqframe.framings import Framing
from seqframe.plan import Plan
from seqframe.report.diagram.captions import caption_rows, describe
from seqframe.report.diagram.graph import Node, Sketch, find_ways
from seqframe.report.diagram.layout import BESIDE, MARGIN, Layout, lay_out
from seqframe.report.diagram.markup import element, numbers, picture
from seqframe.report.diagram.shapes import draw_edge, draw_node
from seqframe.report.diagram.window import unroll_window


def draw_network(plan: Plan, framing: Framing, inputs: tuple[int, int], targets: tuple[int, int]) -> str:
    """Draw a network as SVG, unrolled over all samples of one window, with its shapes and parameters beside it.

    `inputs` is (lookback, features) of a window and `targets` (steps, targets).
    """
    sketches = unroll_window(plan, framing, inputs, targets)
    captions = caption_rows(plan, sketches)
    layout = lay_out(sketches, [len(caption.lines) for caption in captions])
    drawn = [
        *_draw_samples(sketches, layout),
        *_draw_graph(sketches, layout),
        *(text for caption, row in zip(captions, layout.rows, strict=True) for text in caption.draw(layout, row)),
    ]
    width = layout.right + BESIDE + max(caption.width for caption in captions) + MARGIN
    title = f"The network of {plan.framing}, unrolled over one window"
    return picture("network", (width, layout.bottom + MARGIN), title, describe(plan, sketches), drawn)


def _draw_samples(sketches: Sequence[Sketch], layout: Layout) -> Iterator[Element]:
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


def _draw_graph(sketches: Sequence[Sketch], layout: Layout) -> Iterator[Element]:
    """Edges, and nodes over them; each says in `data-way` to which of the answers drawn a way leads through it."""
    nodes = [node for sketch in sketches for node in sketch.nodes]
    edges = [edge for sketch in sketches for edge in sketch.edges]
    ways = {node: find_ways(node, edges) for node in nodes if node.kind == "answer" and not node.rest}

    def answers_through(node: Node) -> str:
        return numbers(sorted({step for answer, way in ways.items() if node in way for step in answer.steps}))

    for edge in edges:
        yield from draw_edge(edge, layout, answers_through(edge.end))
    for node in nodes:
        way = ways.get(node, set())
        sees = sorted({step for other in way if other.kind == "input" for step in other.steps})
        yield draw_node(node, layout.nodes[node], answers_through(node), sees)
