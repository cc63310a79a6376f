"""The dependency matrix, compared with the measured dependency."""

from xml.etree.ElementTree import Element, fromstring

import numpy as np
import pytest

from seqframe.networks.causality import Dependency
from seqframe.reporting.diagrams.matrix import draw_dependency


def make_dependency(
    depends_on: np.ndarray, strength: np.ndarray | None = None, steps: np.ndarray | None = None
) -> Dependency:
    depends_on = np.asarray(depends_on, bool)
    strength = np.where(depends_on, 1.0, 0.0) if strength is None else strength
    return Dependency("any", np.arange(len(depends_on)) if steps is None else steps, strength, depends_on)


def rows_of(svg: str) -> list[Element]:
    return [part for part in fromstring(svg).iter("g") if part.get("class") == "row"]


def shades(row: Element, columns: int) -> list[float]:
    """The opacity of every cell of a row; 0 for an empty one."""
    filled = {float(cell.get("x")): float(cell.get("fill-opacity")) for cell in row.iter("rect")}
    empty = [
        float(square.split()[0]) for path in row.iter("path") for square in path.get("d").removeprefix("M").split("M")
    ]
    assert len(filled) + len(empty) == columns
    return [filled.get(x, 0.0) for x in sorted([*filled, *empty])]


def test_one_row_per_output_and_one_column_per_input() -> None:
    depends_on = np.tri(3, 4, dtype=bool)
    svg = draw_dependency(make_dependency(depends_on))
    rows = rows_of(svg)
    assert [row.get("data-output") for row in rows] == ["1", "2", "3"]
    assert [row.get("data-depends-on") for row in rows] == ["1", "1 2", "1 2 3"]
    assert [row.get("aria-label") for row in rows][1:] == [
        "output 2 depends on inputs 1-2",
        "output 3 depends on inputs 1-3",
    ]
    assert all(row.get("tabindex") == "0" for row in rows)
    assert np.array_equal(np.array([shades(row, 4) for row in rows]) > 0, depends_on)
    labels = [part for part in fromstring(svg).iter("text") if part.get("class") == "column"]
    assert [(part.text, part.get("data-input")) for part in labels] == [(str(step), str(step)) for step in range(1, 5)]


def test_shades_are_on_a_log_scale() -> None:
    strength = np.array([[1.0, 1e-2, 1e-4, 1e-9, 0.0]])
    svg = draw_dependency(make_dependency(np.array([[1, 1, 1, 1, 0]]), strength))
    one, hundredth, weak, weaker, none = shades(rows_of(svg)[0], 5)
    assert one == 1
    assert hundredth == pytest.approx((one + weak) / 2, abs=0.01)
    assert weak == weaker > 0, "every dependency is visible"
    assert none == 0


def test_an_output_without_dependency() -> None:
    (row,) = rows_of(draw_dependency(make_dependency(np.zeros((1, 3)))))
    assert (row.get("data-depends-on"), row.get("aria-label")) == ("", "output 1 depends on no input")


def test_rows_are_not_merged() -> None:
    """With 22 steps, output 1 of one_to_one depends on input 1 only."""
    rows = rows_of(draw_dependency(make_dependency(np.eye(22))))
    assert [row.get("data-output") for row in rows] == [str(step) for step in range(1, 23)]
    assert [row.find("text").text for row in rows] == [str(step) for step in range(1, 23)]
    assert [row.get("data-depends-on") for row in rows] == [str(step) for step in range(1, 23)]
    assert rows[0].get("aria-label") == "output 1 depends on input 1"


def test_neighboring_inputs_share_a_labeled_column() -> None:
    depends_on = np.zeros((50, 120), bool)
    depends_on[49, 118] = depends_on[0, 3] = True
    strength = np.where(depends_on, 0.5, 0.0)
    strength[49, 118] = 2.0
    svg = draw_dependency(make_dependency(depends_on, strength))
    rows = rows_of(svg)
    assert len(rows) == 32
    outputs = [int(row.get("data-output")) for row in rows]
    assert outputs == sorted(set(outputs))
    assert (outputs[0], outputs[-1]) == (1, 50)
    assert rows[-1].find("text").text == "50"
    assert rows[-1].get("aria-label") == "output 50 depends on input 119"
    assert shades(rows[-1], 24) == [0.0] * 23 + [1.0]
    assert [cell.get("data-input") for cell in rows[0].iter("rect")] == ["1 2 3 4 5"]
    assert [cell.find("title").text for cell in rows[0].iter("rect")] == ["at least one of inputs 1-5: 0.5"]
    assert "depends on at least one of the inputs (up to 5 per column)" in svg
    assert "32 of 50 outputs by 120 inputs" in svg
    assert len(svg) < 60_000


def test_measured_outputs_have_their_own_numbers() -> None:
    steps = np.linspace(0, 99, 20).round().astype(int)
    rows = rows_of(draw_dependency(make_dependency(np.ones((20, 6)), steps=steps)))
    assert [row.get("data-output") for row in rows] == [str(step + 1) for step in steps]
