"""The dependency matrix: one row per output step, one column per input step."""

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from seqframe.networks.causality import Dependency
from seqframe.reporting.diagrams.svg import element, format_pixels, join_steps, svg_diagram
from seqframe.reporting.diagrams.text import format_dependency, format_steps
from seqframe.reporting.diagrams.truncation import Group, group_steps

MAX_ROWS, MAX_COLUMNS = 32, 24
LARGE, SMALL, MAX_LARGE = 30.0, 20.0, 12  # pixels of a cell; small if there are more columns than the maximum
DECADES = 4  # of strength, relative to the strongest, from the darkest to the palest cell
PALEST = 0.14
CHAR_WIDTH, MARGIN, TITLE = 7.0, 8.0, 22.0  # pixels
LEGEND = 384.0  # width in pixels


def draw_dependency(dependency: Dependency) -> str:
    """Draw which inputs every output depends on as SVG: the darker a cell, the stronger the dependency.

    Rows are never merged; of more than 32 outputs, an evenly spaced subset is shown. Of more than 24 inputs, neighbors
    share a column, whose cell shows the strongest of them.
    """
    rows = _choose_rows(len(dependency.output_steps))
    columns = group_steps(np.arange(dependency.strength.shape[1]) + 1, MAX_COLUMNS)
    cell = LARGE if len(columns) <= MAX_LARGE else SMALL
    labels = [str(step + 1) for step in dependency.output_steps[rows]]
    left = MARGIN + max(map(len, ("output", *labels))) * CHAR_WIDTH + 8
    turned = max(len(column.label) for column in columns) * CHAR_WIDTH > cell
    top = MARGIN + TITLE + (max(len(column.label) for column in columns) * CHAR_WIDTH + 8 if turned else 18.0)
    shades, right, bottom = _shades(dependency), left + len(columns) * cell, top + len(rows) * cell
    merged = max(len(column.steps) for column in columns)
    heading = "depends on input"
    if merged > 1:
        heading = f"depends on at least one of the inputs (up to {merged} per column)"
    children = [
        element("text", "output", class_="small muted", x=left - 8, y=top - 7, text_anchor="end"),
        element("text", heading, class_="small muted", x=left, y=MARGIN + 10),
        *(_column_label(column, left + (at + 0.5) * cell, top - 7, turned) for at, column in enumerate(columns)),
        *(_draw_row(dependency, shades, row, columns, (left, top + at * cell), cell) for at, row in enumerate(rows)),
        *_legend(MARGIN, bottom + 16),
    ]
    width = max(right, MARGIN + LEGEND, left + len(heading) * CHAR_WIDTH) + MARGIN
    title = f"Input-output dependency of {dependency.framing}"
    return svg_diagram("dependency", (width, bottom + 42), title, _describe(dependency, rows), children)


def _choose_rows(count: int) -> NDArray[np.intp]:
    """The positions of the outputs that are shown."""
    rows: NDArray[np.intp] = np.unique(np.linspace(0, count - 1, min(count, MAX_ROWS)).round().astype(np.intp))
    return rows


def _shades(dependency: Dependency) -> NDArray[np.float64]:
    """Opacity of every cell, on a log scale from PALEST to 1; 0 for no dependency: (outputs, lookback)."""
    strongest = dependency.strength.max(initial=0.0) or 1.0
    weakest = 10.0**-DECADES
    weight = 1 + np.log10(np.clip(dependency.strength / strongest, weakest, 1)) / DECADES  # 0 to 1
    shades: NDArray[np.float64] = np.where(dependency.depends_on, PALEST + (1 - PALEST) * weight, 0.0)
    return shades


def _draw_row(
    dependency: Dependency,
    shades: NDArray[np.float64],
    row: int,
    columns: Sequence[Group],
    corner: tuple[float, float],
    size: float,
) -> Element:
    """One output: its number, one path of all empty cells, and the other cells."""
    left, top = corner
    output, inputs = int(dependency.output_steps[row]) + 1, _inputs_of(dependency, row)
    cells = {
        left + at * size: (
            column,
            shades[row, column.positions].max(),
            dependency.strength[row, column.positions].max(),
        )
        for at, column in enumerate(columns)
    }
    empty = [_square(x, top, size) for x, (_, shade, _) in cells.items() if not shade]
    return element(
        "g",
        element("text", str(output), x=left - 8, y=top + size / 2 + 4, text_anchor="end"),
        *([element("path", class_="empty", d="".join(empty))] if empty else []),
        *(_draw_cell(*cell, (x, top), size) for x, cell in cells.items() if cell[1]),
        class_="row",
        data_output=str(output),
        data_depends_on=join_steps(inputs),
        tabindex="0",
        role="img",
        aria_label=format_dependency((output,), inputs),
    )


def _square(left: float, top: float, size: float) -> str:
    side = format_pixels(size - 2)
    return f"M{format_pixels(left + 1)} {format_pixels(top + 1)}h{side}v{side}h-{side}z"


def _draw_cell(column: Group, shade: float, strength: float, corner: tuple[float, float], size: float) -> Element:
    """A cell with a dependency; its strength is shown on hover."""
    some = "at least one of " if len(column.steps) > 1 else ""
    return element(
        "rect",
        element("title", f"{some}{format_steps(column.steps)}: {strength:.2g}"),
        class_="filled",
        x=corner[0] + 1,
        y=corner[1] + 1,
        width=size - 2,
        height=size - 2,
        rx=3.0,
        fill_opacity=f"{shade:.2f}",
        data_input=join_steps(column.steps),
    )


def _column_label(column: Group, x: float, y: float, turned: bool) -> Element:
    """The label above a column, turned by 90 degrees if it is wider than the column."""
    flat = {"x": format_pixels(x), "y": format_pixels(y)}
    vertical = {"transform": f"translate({format_pixels(x + 4)} {format_pixels(y)}) rotate(-90)"}
    return element(
        "text",
        column.label,
        class_="column",
        text_anchor="start" if turned else "middle",
        data_input=join_steps(column.steps),
        **(vertical if turned else flat),
    )


def _legend(left: float, top: float) -> Iterator[Element]:
    """An empty cell, and five shades from weak to strong."""
    yield element("path", class_="empty", d=_square(left, top - 1, 14))
    yield element("text", "no dependency", class_="small muted", x=left + 20, y=top + 10)
    for at, shade in enumerate(np.linspace(PALEST, 1, 5)):
        x = left + 132 + at * 14
        yield element("rect", class_="filled", x=x, y=top, width=12, height=12, rx=2.0, fill_opacity=f"{shade:.2f}")
    yield element("text", "weak to strong (log scale)", class_="small muted", x=left + 208, y=top + 10)


def _inputs_of(dependency: Dependency, row: int) -> list[int]:
    """The inputs that an output depends on, from 1."""
    inputs: list[int] = (np.flatnonzero(dependency.depends_on[row]) + 1).tolist()
    return inputs


def _describe(dependency: Dependency, rows: NDArray[np.intp]) -> str:
    """The matrix as text, for screen readers: its first and last row."""
    ends = [rows[0], rows[-1]] if len(rows) > 1 else rows
    sentences = [
        format_dependency((int(dependency.output_steps[row]) + 1,), _inputs_of(dependency, row)).capitalize()
        for row in ends
    ]
    total = len(dependency.output_steps)
    shown = f"{len(rows)} of {total}" if len(rows) < total else str(total)
    return f"{shown} outputs by {dependency.strength.shape[1]} inputs. {'. '.join(sentences)}."
