"""The drawn matrix of a flow, held against what was measured."""

from xml.etree.ElementTree import Element, fromstring

import numpy as np
import pytest

from seqframe.networks.causality import Dependency
from seqframe.reporting.diagrams.matrix import draw_dependency


def flow_of(sees: np.ndarray, strength: np.ndarray | None = None, steps: np.ndarray | None = None) -> Dependency:
    sees = np.asarray(sees, bool)
    strength = np.where(sees, 1.0, 0.0) if strength is None else strength
    return Dependency("any", np.arange(len(sees)) if steps is None else steps, strength, sees)


def rows_of(svg: str) -> list[Element]:
    return [part for part in fromstring(svg).iter("g") if part.get("class") == "row"]


def shades(row: Element) -> list[float]:
    return [float(cell.get("fill-opacity", 0)) for cell in row.iter("rect")]


def test_a_row_for_each_answer_and_a_column_for_each_step() -> None:
    sees = np.tri(3, 4, dtype=bool)
    svg = draw_dependency(flow_of(sees))
    rows = rows_of(svg)
    assert [row.get("data-answer") for row in rows] == ["1", "2", "3"]
    assert [row.get("data-sees") for row in rows] == ["1", "1 2", "1 2 3"]
    assert [row.get("aria-label") for row in rows][1:] == ["answer 2 sees steps 1 to 2", "answer 3 sees steps 1 to 3"]
    assert all(row.get("tabindex") == "0" for row in rows)
    assert np.array_equal(np.array([shades(row) for row in rows]) > 0, sees)
    labels = [part for part in fromstring(svg).iter("text") if part.get("class") == "column"]
    assert [(part.text, part.get("data-step")) for part in labels] == [(str(step), str(step)) for step in range(1, 5)]


def test_the_stronger_the_darker_by_powers_of_ten() -> None:
    strength = np.array([[1.0, 1e-2, 1e-4, 1e-9, 0.0]])
    svg = draw_dependency(flow_of(np.array([[1, 1, 1, 1, 0]]), strength))
    one, hundredth, faint, fainter, none = shades(rows_of(svg)[0])
    assert one == 1
    assert hundredth == pytest.approx((one + faint) / 2, abs=0.01)
    assert faint == fainter > 0, "what is seen can be seen"
    assert none == 0


def test_an_answer_that_sees_nothing() -> None:
    (row,) = rows_of(draw_dependency(flow_of(np.zeros((1, 3)))))
    assert (row.get("data-sees"), row.get("aria-label")) == ("", "answer 1 sees nothing")


def test_neighbours_of_many_stand_in_one() -> None:
    sees = np.zeros((50, 120), bool)
    sees[49, 118] = sees[0, 3] = True
    strength = np.where(sees, 0.5, 0.0)
    strength[49, 118] = 2.0
    svg = draw_dependency(flow_of(sees, strength))
    rows = rows_of(svg)
    assert len(rows) == 12
    assert {len(row.findall("rect")) for row in rows} == {24}
    assert " ".join(row.get("data-answer") for row in rows).split() == [str(step) for step in range(1, 51)]
    assert rows[-1].find("text").text == "47–50"
    assert rows[-1].get("aria-label") == "answers 47 to 50 see step 119"
    assert shades(rows[-1]) == [0.0] * 23 + [1.0]
    assert [cell.get("data-step") for cell in rows[0].iter("rect") if cell.get("data-step")] == ["1 2 3 4 5"]
    assert len(svg) < 60_000


def test_of_many_answers_those_looked_at_are_named() -> None:
    steps = np.linspace(0, 99, 20).round().astype(int)
    rows = rows_of(draw_dependency(flow_of(np.ones((20, 6)), steps=steps)))
    assert " ".join(row.get("data-answer") for row in rows).split() == [str(step + 1) for step in steps]
