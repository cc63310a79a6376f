"""How each layer of a plan links steps: step to step, last to one, all to one, one to all, pairs."""

from collections.abc import Sequence
from functools import singledispatch
from itertools import groupby

from seqframe import plan
from seqframe.plan import Layer, Shape
from seqframe.plan.recurrent import CELLS
from seqframe.report.diagram.folding import fold
from seqframe.report.diagram.graph import Kind, Node, Port, Ports, Sketch

ONE = range(1)


@singledispatch
def unroll(layer: Layer, sketch: Sketch, ports: Ports, shape: Shape) -> Ports:
    """Draw a layer into the row `sketch.row`, above the ports that it reads; what it hands on, as ports.

    `shape` is that of one sample of what goes in. A layer that nothing is known of reads all.
    """
    box = gather(sketch, ports, "plain", layer.kind.split("(")[0])
    *steps, _ = layer.output_shape(shape)
    return spread(sketch, box, steps[0]) if steps else box


@unroll.register
def _(layer: plan.Recurrent, sketch: Sketch, ports: Ports, shape: Shape) -> Ports:
    cells = at_each(sketch, ports, "recurrent", _cell_name(layer))
    sketch.chain(_nodes(cells))
    return cells if layer.every_step else (Port(cells[-1].sources, cells[-1].x, ONE),)


@unroll.register
def _(layer: plan.Bidirectional, sketch: Sketch, ports: Ports, shape: Shape) -> Ports:
    forwards, backwards = (at_each(sketch, ports, "recurrent", _cell_name(layer.layer), lane) for lane in (0, 1))
    sketch.chain(_nodes(forwards))
    sketch.chain(reversed(_nodes(backwards)))
    if not layer.every_step:  # each after the last step that it reads
        ends = forwards[-1], backwards[0]
        return (Port(ends[0].sources + ends[1].sources, (ends[0].x + ends[1].x) / 2, ONE),)
    return [Port(one.sources + other.sources, one.x, one.steps) for one, other in zip(forwards, backwards, strict=True)]


@unroll.register
def _(layer: plan.TimeDistributed, sketch: Sketch, ports: Ports, shape: Shape) -> Ports:
    return at_each(sketch, ports, "dense", "Dense")


@unroll.register
def _(layer: plan.Dense, sketch: Sketch, ports: Ports, shape: Shape) -> Ports:
    return (at_each if len(shape) > 1 else gather)(sketch, ports, "dense", "Dense")


@unroll.register
def _(layer: plan.Dropout, sketch: Sketch, ports: Ports, shape: Shape) -> Ports:
    return (at_each if len(shape) > 1 else gather)(sketch, ports, "plain", "drop")


@unroll.register
def _(layer: plan.Flatten, sketch: Sketch, ports: Ports, shape: Shape) -> Ports:
    return gather(sketch, ports, "plain", "Flatten")


@unroll.register
def _(layer: plan.Repeat, sketch: Sketch, ports: Ports, shape: Shape) -> Ports:
    return spread(sketch, gather(sketch, ports, "plain", "Repeat"), layer.steps)


@unroll.register
def _(layer: plan.PadStep, sketch: Sketch, ports: Ports, shape: Shape) -> Ports:
    zeros = sketch.put(Node("plain", sketch.row, ports[0].x - 1, "0"))
    moved = [Port(port.sources, port.x, range(port.steps.start + 1, port.steps.stop + 1)) for port in ports]
    return (Port((zeros,), zeros.x, ONE), *moved)


@unroll.register
def _(layer: plan.PairSteps, sketch: Sketch, ports: Ports, shape: Shape) -> Ports:
    """Pairs of which at least one step is drawn are drawn; all between stand in one ellipsis."""
    drawn = {step // 2 for port in ports if not port.rest for step in port.steps}
    pairs = []
    for rest, numbers in groupby(range(shape[0] // 2), key=lambda pair: pair not in drawn):
        for run in [list(numbers)] if rest else [[number] for number in numbers]:
            pairs.append(_pair(sketch, ports, range(run[0], run[-1] + 1), rest))
    return pairs


def at_each(sketch: Sketch, ports: Ports, kind: Kind, label: str, lane: int = 0) -> Ports:
    """A node at every step."""
    made = []
    for port in ports:
        rest = sketch.rest or port.rest
        node = Node(kind, sketch.row, port.x, "…" if rest else label, lane=lane, rest=rest)
        made.append(Port((sketch.put(node, port),), port.x, port.steps))
    return made


def gather(sketch: Sketch, ports: Ports, kind: Kind, label: str) -> Ports:
    """One wide node that reads all steps."""
    x = (ports[0].x + ports[-1].x) / 2
    node = Node(kind, sketch.row, x, "…" if sketch.rest else label, rest=sketch.rest, wide=True)
    return (Port((sketch.put(node, *ports),), x, ONE),)


def spread(sketch: Sketch, ports: Ports, steps: int) -> Ports:
    """What one node hands on, at every one of so many steps, around the middle of the sample."""
    (port,) = ports
    places = [range(steps)] if sketch.rest else fold(steps)
    if len(places) == 1:
        return (Port(port.sources, port.x, places[0]),)
    return [Port(port.sources, number - (len(places) - 1) / 2, place) for number, place in enumerate(places)]


def _pair(sketch: Sketch, ports: Ports, pairs: range, rest: bool) -> Port:
    below = [port for port in ports if port.steps.start // 2 < pairs.stop and (port.steps.stop - 1) // 2 >= pairs.start]
    seen = [port.x for port in below if port.rest == rest]
    x = (min(seen) + max(seen)) / 2
    node = Node("plain", sketch.row, x, "…" if rest else "pair", rest=rest, wide=not rest)
    return Port((sketch.put(node, *below),), x, pairs)


def _nodes(ports: Ports) -> Sequence[Node]:
    return [node for port in ports for node in port.sources]


def _cell_name(layer: plan.Recurrent) -> str:
    return CELLS[layer.cell].title.removeprefix("Simple")
