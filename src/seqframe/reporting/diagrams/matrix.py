"""The picture of an information flow: one row an answered step, one column a step read."""

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from seqframe.networks.causality import Dependency
from seqframe.reporting.diagrams.graph import Group, group
from seqframe.reporting.diagrams.svg import element, number, numbers, picture
from seqframe.reporting.diagrams.text import tell_sight, tell_steps

MOST_ROWS, MOST_COLUMNS = 12, 24
LARGE, SMALL, FEW = 30.0, 20.0, 12  # pixels of a cell, small where there are more columns than a few
DECADES = 4  # what is weaker than the strongest by more is as pale as can be
PALEST = 0.14
LETTER, MARGIN, TITLE = 7.0, 8.0, 22.0  # pixels
LEGEND = 348.0  # as wide as that


def draw_dependency(flow: Dependency) -> str:
    """Draw what each answer sees as SVG, the darker the stronger it depends on it; neighbours of many stand in one."""
    rows = group(flow.output_steps + 1, MOST_ROWS)
    columns = group(np.arange(flow.strength.shape[1]) + 1, MOST_COLUMNS)
    cell = LARGE if len(columns) <= FEW else SMALL
    left = MARGIN + max(len("answer"), *(len(row.label) for row in rows)) * LETTER + 8
    turned = max(len(column.label) for column in columns) * LETTER > cell
    top = MARGIN + TITLE + (max(len(column.label) for column in columns) * LETTER + 8 if turned else 18.0)
    shades, right, bottom = _shade(flow), left + len(columns) * cell, top + len(rows) * cell
    drawn = [
        element("text", "answer", class_="small muted", x=left - 8, y=top - 7, text_anchor="end"),
        element("text", "step of the window that it sees", class_="small muted", x=left, y=MARGIN + 10),
        *(_label(column, left + (at + 0.5) * cell, top - 7, turned) for at, column in enumerate(columns)),
        *(_draw_row(flow, shades, row, columns, (left, top + at * cell), cell) for at, row in enumerate(rows)),
        *_legend(MARGIN, bottom + 16),
    ]
    size = max(right, MARGIN + LEGEND) + MARGIN, bottom + 42
    return picture("flow", size, f"What each answer of {flow.framing} sees", _describe(flow, rows), drawn)


def _shade(flow: Dependency) -> NDArray[np.float64]:
    """How dark each step is for each answer, on a log scale from PALEST to 1; 0 where it is not seen."""
    strongest = flow.strength.max(initial=0.0) or 1.0
    faintest = 10.0**-DECADES
    weight = 1 + np.log10(np.clip(flow.strength / strongest, faintest, 1)) / DECADES  # 0 to 1
    shades: NDArray[np.float64] = np.where(flow.depends_on, PALEST + (1 - PALEST) * weight, 0.0)
    return shades


def _draw_row(
    flow: Dependency,
    shades: NDArray[np.float64],
    row: Group,
    columns: Sequence[Group],
    corner: tuple[float, float],
    cell: float,
) -> Element:
    left, top = corner
    sees = (np.flatnonzero(flow.depends_on[row.places].any(axis=0)) + 1).tolist()
    return element(
        "g",
        element("text", row.label, x=left - 8, y=top + cell / 2 + 4, text_anchor="end"),
        *(
            _cell(flow, row, column, shades[row.places, column.places].max(), (left + at * cell, top), cell)
            for at, column in enumerate(columns)
        ),
        class_="row",
        data_answer=numbers(row.steps),
        data_sees=numbers(sees),
        tabindex="0",
        role="img",
        aria_label=tell_sight(row.steps, sees),
    )


def _cell(
    flow: Dependency, row: Group, column: Group, shade: float, corner: tuple[float, float], size: float
) -> Element:
    """A cell with its strength to be read where one points at it; empty where nothing is seen."""
    strength = flow.strength[row.places, column.places].max()
    seen = [element("title", f"{tell_steps(column.steps)}: {strength:.2g}")] if shade else []
    return element(
        "rect",
        *seen,
        class_="seen" if shade else "unseen",
        x=corner[0] + 1,
        y=corner[1] + 1,
        width=size - 2,
        height=size - 2,
        rx=3.0,
        fill_opacity=f"{shade:.2f}" if shade else None,
        data_step=numbers(column.steps) if shade else None,
    )


def _label(column: Group, x: float, y: float, turned: bool) -> Element:
    """A label above its column, turned where it is too long to lie."""
    flat = {"x": number(x), "y": number(y)}
    where = {"transform": f"translate({number(x + 4)} {number(y)}) rotate(-90)"} if turned else flat
    return element(
        "text",
        column.label,
        class_="column",
        text_anchor="start" if turned else "middle",
        data_step=numbers(column.steps),
        **where,
    )


def _legend(left: float, top: float) -> Iterator[Element]:
    """From not seen to strong."""
    yield element("rect", class_="unseen", x=left + 1, y=top, width=12, height=12, rx=2.0)
    yield element("text", "not seen", class_="small muted", x=left + 20, y=top + 10)
    for at, shade in enumerate(np.linspace(PALEST, 1, 5)):
        x = left + 96 + at * 14
        yield element("rect", class_="seen", x=x, y=top, width=12, height=12, rx=2.0, fill_opacity=f"{shade:.2f}")
    yield element("text", "weak to strong (log scale)", class_="small muted", x=left + 172, y=top + 10)


def _describe(flow: Dependency, rows: Sequence[Group]) -> str:
    """The matrix in words: its first and its last row."""
    ends = [rows[0], rows[-1]] if len(rows) > 1 else rows
    said = [
        tell_sight(row.steps, (np.flatnonzero(flow.depends_on[row.places].any(axis=0)) + 1).tolist()).capitalize()
        for row in ends
    ]
    return f"{len(flow.output_steps)} answers by {flow.strength.shape[1]} steps of the window. {'. '.join(said)}."
