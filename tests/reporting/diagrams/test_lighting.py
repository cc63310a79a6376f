"""Pictures on a page, in a browser: what lights up, and whether all can be read."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from helpers.browser import PHONE, WIDE, scrolls_sideways, serious_findings
from helpers.diagrams import BY_NAME, draw, write_page
from seqframe.reporting.diagrams.matrix import draw_dependency
from seqframe.reporting.diagrams.svg import read_script, read_style, standalone

STEPS = np.arange(5)
SEES = {"many_to_many": STEPS[None] <= STEPS[:, None], "one_to_one": STEPS[None] == STEPS[:, None]}


def matrix(name: str) -> str:
    sees = SEES[name]
    return draw_dependency(SimpleNamespace(framing=name, steps=STEPS, strength=np.where(sees, 0.1, 0.0), sees=sees))


@pytest.fixture
def page(tmp_path: Path, open_page: Any) -> Any:
    """Two containers, many_to_many's and one_to_one's, each with both pictures, and the script loaded twice."""
    pictures = [draw(name).svg + matrix(name) for name in SEES]
    write_page(tmp_path / "page.html", *pictures, style=read_style(), script=read_script() + read_script())
    return open_page(tmp_path / "page.html")


def lit(page: Any, container: int) -> dict[str, list[str]]:
    """The steps that are lit: nodes of the network, cells and columns of the matrix; and the answers."""
    places = {
        "nodes": ".network .input.lit",
        "cells": ".flow rect.lit",
        "columns": ".flow .column.lit",
        "rows": ".flow .row.lit",
        "answers": ".network .answer.lit",
    }
    lights = page.locator(".lights").nth(container)
    return {
        name: lights.locator(place).evaluate_all("all => all.map(each => each.dataset.step ?? each.dataset.answer)")
        for name, place in places.items()
    }


def expected(answer: str, *steps: str) -> dict[str, list[str]]:
    seen = list(steps)
    return {"nodes": seen, "cells": seen, "columns": seen, "rows": [answer], "answers": [answer]}


NOTHING: dict[str, list[str]] = {"nodes": [], "cells": [], "columns": [], "rows": [], "answers": []}


@pytest.mark.parametrize("picture", [".network", ".flow"])
def test_an_answer_lights_what_it_sees(page: Any, picture: str) -> None:
    for container, steps, sentence in ((0, "123", "sees steps 1 to 3"), (1, "3", "sees step 3")):
        lights = page.locator(".lights").nth(container)
        answer, says = lights.locator(f"{picture} [data-answer='3']"), lights.locator("[data-lighting-says]")
        for act, leave in (
            (answer.hover, lambda: page.mouse.move(0, 0)),
            (answer.focus, lambda: page.keyboard.press("Escape")),
            (answer.click, lambda: (page.mouse.move(0, 0), page.locator("h1").click())),
        ):
            act()
            assert lit(page, container) == expected("3", *steps)
            assert lit(page, 1 - container) == NOTHING
            assert says.inner_text() == f"Answer 3 {sentence}."
            leave()
            assert page.locator(".lit, .dim").count() == 0
            assert says.inner_text() == "Point at an answer."
    assert page.complaints == []


def test_the_way_is_lit_and_all_else_is_dim(page: Any) -> None:
    lights = page.locator(".lights").first
    lights.locator(".network [data-answer='2']").hover()
    assert lights.locator(".network .recurrent.lit").count() == 2
    assert lights.locator(".network .recurrent.dim").count() == 3
    assert lights.locator(".network .along.lit").count() == 1
    assert lights.locator(".flow .row.dim").count() == 4


def test_all_answers_are_reached_by_the_keyboard(page: Any) -> None:
    page.keyboard.press("Tab")
    assert lit(page, 0) == expected("1", "1")
    for _ in range(7):
        page.keyboard.press("Tab")
    assert lit(page, 0) == expected("3", *"123"), "five answers of the network, then the third of the matrix"


@pytest.fixture
def all_pictures() -> list[str]:
    """Every framing, plain and with all that can be set; long windows."""
    rich = {"hidden_sizes": [16, 8], "cell": "gru", "dropout": 0.2, "recurrent_dropout": 0.1}
    both = {"bidirectional": True, "cell": "simple_rnn"}
    drawn = [draw(name) for name in BY_NAME]
    drawn += [draw(name, features=3, **rich) for name in BY_NAME]
    drawn += [draw(name, steps=3, **both) for name in BY_NAME if name != "stateful"]
    drawn += [draw(name, lookback=1000, steps=10, layers=[8, 4, 3]) for name in BY_NAME]
    return [each.svg for each in drawn]


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


def test_nothing_lies_over_anything(tmp_path: Path, open_page: Any, all_pictures: list[str]) -> None:
    large = np.tri(16, 400, 50, dtype=bool)
    flow = SimpleNamespace(framing="any", steps=np.arange(16), strength=large * 0.1, sees=large)
    write_page(tmp_path / "page.html", *all_pictures, draw_dependency(flow), matrix("one_to_one"), style=read_style())
    page = open_page(tmp_path / "page.html")
    assert page.evaluate(CROSSINGS) == [], "arrows run through boxes"
    assert page.evaluate(COLLISIONS) == [], "text lies over text"
    assert page.evaluate(TOO_WIDE) == [], "text is wider than its box"

    page.set_viewport_size({"width": PHONE, "height": 800})
    assert not scrolls_sideways(page)


@pytest.mark.parametrize(("width", "theme"), [(PHONE, "light"), (WIDE, "dark")])
def test_pictures_keep_nobody_out(tmp_path: Path, open_page: Any, width: int, theme: str) -> None:
    pictures = [draw(name).svg + matrix(name) for name in SEES]
    pictures += [draw("stateful").svg, draw("one_step_vector").svg, draw("pyramid", lookback=50).svg]
    write_page(tmp_path / "page.html", *pictures, style=read_style(), script=read_script())
    page = open_page(tmp_path / "page.html", width=width, theme=theme)
    assert not scrolls_sideways(page)
    assert serious_findings(page) == []
    assert page.complaints == []


def test_a_page_chooses_its_colours(tmp_path: Path, open_page: Any) -> None:
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


def test_a_file_is_shown_as_an_image(tmp_path: Path, open_page: Any) -> None:
    (tmp_path / "network.svg").write_text(standalone(draw("many_to_many").svg), encoding="utf-8")
    write_page(tmp_path / "page.html", before='<img src="network.svg" alt="The network of many_to_many">')
    page = open_page(tmp_path / "page.html")
    assert page.evaluate("document.images[0].complete && document.images[0].naturalWidth") > 300
    assert page.complaints == []
