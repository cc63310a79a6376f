"""Diagrams on a page, in a browser: linked highlighting, overlaps and accessibility."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.browser import PHONE, WIDE, scrolls_sideways, serious_findings
from helpers.diagrams import BY_NAME, draw, write_page
from seqframe.networks.causality import Dependency
from seqframe.reporting.diagrams.matrix import draw_dependency
from seqframe.reporting.diagrams.svg import read_script, read_style, standalone

STEPS = np.arange(5)
DEPENDS_ON = {"many_to_many": STEPS[None] <= STEPS[:, None], "one_to_one": STEPS[None] == STEPS[:, None]}


def matrix(name: str) -> str:
    depends_on = DEPENDS_ON[name]
    return draw_dependency(Dependency(name, STEPS, np.where(depends_on, 0.1, 0.0), depends_on))


@pytest.fixture
def page(tmp_path: Path, open_page: Any) -> Any:
    """Two containers, many_to_many's and one_to_one's, each with both diagrams, and the script loaded twice."""
    pictures = [draw(name).svg + matrix(name) for name in DEPENDS_ON]
    write_page(tmp_path / "page.html", *pictures, style=read_style(), script=read_script() + read_script())
    return open_page(tmp_path / "page.html")


def highlighted(page: Any, container: int) -> dict[str, list[str]]:
    """The highlighted steps: nodes of the network, cells and columns of the matrix; and the outputs."""
    selectors = {
        "nodes": ".network .input.highlighted",
        "cells": ".dependency rect.highlighted",
        "columns": ".dependency .column.highlighted",
        "rows": ".dependency .row.highlighted",
        "outputs": ".network .output.highlighted",
    }
    diagrams = page.locator(".linked-diagrams").nth(container)
    return {
        name: diagrams.locator(selector).evaluate_all(
            "all => all.map(each => each.dataset.input ?? each.dataset.output)"
        )
        for name, selector in selectors.items()
    }


def expected(output: str, *steps: str) -> dict[str, list[str]]:
    inputs = list(steps)
    return {"nodes": inputs, "cells": inputs, "columns": inputs, "rows": [output], "outputs": [output]}


NOTHING: dict[str, list[str]] = {"nodes": [], "cells": [], "columns": [], "rows": [], "outputs": []}


@pytest.mark.parametrize("picture", [".network", ".dependency"])
def test_an_output_highlights_its_inputs(page: Any, picture: str) -> None:
    for container, steps, sentence in ((0, "123", "depends on inputs 1-3"), (1, "3", "depends on input 3")):
        diagrams = page.locator(".linked-diagrams").nth(container)
        output, caption = (
            diagrams.locator(f"{picture} [data-output='3']"),
            diagrams.locator("[data-dependency-caption]"),
        )
        for act, leave in (
            (output.hover, lambda: page.mouse.move(0, 0)),
            (output.focus, lambda: page.keyboard.press("Escape")),
            (output.click, lambda: (page.mouse.move(0, 0), page.locator("h1").click())),
        ):
            act()
            assert highlighted(page, container) == expected("3", *steps)
            assert highlighted(page, 1 - container) == NOTHING
            assert caption.inner_text() == f"Output 3 {sentence}."
            leave()
            assert page.locator(".highlighted, .dimmed").count() == 0
            assert caption.inner_text() == "Hover over an output."
    assert page.complaints == []


def test_paths_are_highlighted_and_the_rest_is_dimmed(page: Any) -> None:
    diagrams = page.locator(".linked-diagrams").first
    diagrams.locator(".network [data-output='2']").hover()
    assert diagrams.locator(".network .recurrent.highlighted").count() == 2
    assert diagrams.locator(".network .recurrent.dimmed").count() == 3
    assert diagrams.locator(".network .along.highlighted").count() == 1
    assert diagrams.locator(".dependency .row.dimmed").count() == 4


def test_all_outputs_are_reached_by_the_keyboard(page: Any) -> None:
    page.keyboard.press("Tab")
    assert highlighted(page, 0) == expected("1", "1")
    for _ in range(7):
        page.keyboard.press("Tab")
    assert highlighted(page, 0) == expected("3", *"123"), "five outputs of the network, then the third of the matrix"


@pytest.fixture
def all_diagrams() -> list[str]:
    """Every framing, with defaults, with many options, bidirectional, and with long windows."""
    rich = {"hidden_sizes": [16, 8], "cell": "gru", "dropout": 0.2, "recurrent_dropout": 0.1}
    both = {"bidirectional": True, "cell": "simple_rnn"}
    diagram = [draw(name) for name in BY_NAME]
    diagram += [draw(name, features=3, **rich) for name in BY_NAME]
    diagram += [draw(name, steps=3, **both) for name in BY_NAME if name != "stateful"]
    diagram += [draw(name, lookback=1000, steps=10, hidden_sizes=[8, 4, 3]) for name in BY_NAME]
    return [each.svg for each in diagram]


CROSSINGS = """() => [...document.querySelectorAll('svg.network')].flatMap((svg, picture) => {
  const boxes = [...svg.querySelectorAll('.node rect')].map((box) => box.getBBox());
  return [...svg.querySelectorAll('.edge')].flatMap((edge) => {
    const found = [];
    for (let at = 0; at < edge.getTotalLength(); at += 3) {
      const {x, y} = edge.getPointAtLength(at);
      if (boxes.some((b) => x > b.x + 1 && x < b.x + b.width - 1 && y > b.y + 1 && y < b.y + b.height - 1))
        found.push(`picture ${picture}: ${edge.getAttribute('d')}`);
    }
    return found.slice(0, 1);
  });
})"""
COLLISIONS = """() => [...document.querySelectorAll('svg.diagram')].flatMap((svg, picture) => {
  const frame = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()]);
  const out = texts.filter(([, b]) => b.right > frame.right + 1 || b.left < frame.left - 1);
  const over = texts.flatMap(([one, a], at) => texts.slice(at + 1)
    .filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
      && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3)
    .map(([other]) => `${picture}: ${one} / ${other}`));
  return [...out.map(([text]) => `${picture}: ${text} is cut off`), ...over];
})"""
TOO_WIDE = """() => [...document.querySelectorAll('.node')].filter((node) => {
  const [box, text] = [node.querySelector('rect'), node.querySelector('text')];
  return box && text && text.getBBox().width > box.getBBox().width - 3;
}).map((node) => node.textContent)"""


def test_nothing_overlaps(tmp_path: Path, open_page: Any, all_diagrams: list[str]) -> None:
    large = np.tri(16, 400, 50, dtype=bool)
    dependency = Dependency("any", np.arange(16), large * 0.1, large)
    write_page(
        tmp_path / "page.html", *all_diagrams, draw_dependency(dependency), matrix("one_to_one"), style=read_style()
    )
    page = open_page(tmp_path / "page.html")
    assert page.evaluate(CROSSINGS) == [], "an arrow crosses a box"
    assert page.evaluate(COLLISIONS) == [], "texts overlap"
    assert page.evaluate(TOO_WIDE) == [], "a text is wider than its box"

    page.set_viewport_size({"width": PHONE, "height": 800})
    assert not scrolls_sideways(page)


@pytest.mark.parametrize(("width", "theme"), [(PHONE, "light"), (WIDE, "dark")])
def test_diagrams_are_accessible(tmp_path: Path, open_page: Any, width: int, theme: str) -> None:
    pictures = [draw(name).svg + matrix(name) for name in DEPENDS_ON]
    pictures += [draw("stateful").svg, draw("one_step_vector").svg, draw("pyramid", lookback=50).svg]
    write_page(tmp_path / "page.html", *pictures, style=read_style(), script=read_script())
    page = open_page(tmp_path / "page.html", width=width, theme=theme)
    assert not scrolls_sideways(page)
    assert serious_findings(page) == []
    assert page.complaints == []


def test_a_page_may_set_colors(tmp_path: Path, open_page: Any) -> None:
    write_page(tmp_path / "page.html", draw("many_to_many").svg, style=read_style() + ":root{--diagram-shade:#123456}")
    page = open_page(tmp_path / "page.html", theme="light")
    ink = "getComputedStyle(document.querySelector('.diagram text')).fill"
    light = page.evaluate(ink)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    dark = page.evaluate(ink)
    assert light != dark
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--diagram-shade')") == "#123456"
    page = open_page(tmp_path / "page.html", theme="dark")
    assert page.evaluate(ink) == dark
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    assert page.evaluate(ink) == light


def test_a_standalone_file_is_shown_as_an_image(tmp_path: Path, open_page: Any) -> None:
    (tmp_path / "network.svg").write_text(standalone(draw("many_to_many").svg), encoding="utf-8")
    write_page(tmp_path / "page.html", before='<img src="network.svg" alt="The network of many_to_many">')
    page = open_page(tmp_path / "page.html")
    assert page.evaluate("document.images[0].complete && document.images[0].naturalWidth") > 300
    assert page.complaints == []
