"""What is written beside the rows of a network: its layers, their parameters, the shapes between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from seqframe.plan import Plan, Shape
from seqframe.report.diagram.graph import Sketch
from seqframe.report.diagram.layout import BESIDE, GAP, LINE, Box, Layout
from seqframe.report.diagram.markup import element
from seqframe.report.diagram.wording import break_name, count, explain, name_axes, tell_steps

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


def caption_rows(plan: Plan, sketches: Sequence[Sketch]) -> list[Caption]:
    """The captions of all rows, from the inputs up."""
    layers = list(plan.layers().values())
    read, answered = _steps(sketches, 0), _steps(sketches, -1)
    samples = _count_samples(sketches)
    how = "their state is carried on" if plan.carried else "each read afresh, by the same network"
    captions = [
        Caption(
            [("the window", "strong"), (tell_steps(read), "small muted")]
            if samples == 1
            else [(f"the window, in {count(samples, 'sample')}", "strong"), (how, "small muted")]
        )
    ]
    last = "feature"
    for layer, shape in layers:
        lines = [*((line, "mono kind") for line in break_name(layer.kind)), _count(layer.arithmetic(shape).value)]
        if words := explain(layer, shape):
            lines.append((words, "small muted"))
        captions.append(Caption(lines, shape, name_axes(shape, last)))
        last = "value"
    made = plan.head.output_shape(layers[-1][1])
    lines = [(count(len(answered), "answer"), "strong"), (f"{plan.parameters} parameters in all", "small muted")]
    return [*captions, Caption(lines, made, name_axes(made, "target" if len(made) > 1 else "output"))]


def describe(plan: Plan, sketches: Sequence[Sketch]) -> str:
    """The picture in words."""
    read, answered = _steps(sketches, 0), _steps(sketches, -1)
    samples = _count_samples(sketches)
    how = ", each of which begins with the state of the one before" if plan.carried else ""
    parts = [f"{tell_steps(read).capitalize()} of the window are read as {count(samples, 'sample')}{how}."]
    for layer, shape in plan.layers().values():
        words = f", {explain(layer, shape)}" if explain(layer, shape) else ""
        parts.append(
            f"{layer.kind} makes {layer.output_shape(shape)} of {shape}{words}: "
            f"{count(layer.arithmetic(shape).value, 'parameter')}."
        )
    return " ".join([*parts, f"Above it: {tell_steps(answered, 'answer')}."])


def _count_samples(sketches: Sequence[Sketch]) -> int:
    """How many samples a window is, those included that an ellipsis stands for."""
    return sum(sketch.samples for sketch in sketches)


def _count(parameters: int) -> tuple[str, str]:
    return count(parameters, "parameter"), "small count" if parameters else "small count muted"


def _steps(sketches: Sequence[Sketch], row: int) -> list[int]:
    """All steps that the nodes of a row stand for, from 1."""
    found = {
        step for sketch in sketches for node in sketch.in_row(row if row >= 0 else sketch.row) for step in node.steps
    }
    return sorted(found)
