"""The pages as people meet them: from disk, without a network, in a browser."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import a_season
from helpers.browser import PHONE, WIDE, Open, scrolls_sideways, serious_findings

LARGEST = 6_000_000  # bytes
COMPARED = ["recommendation", "leaderboard", "losses", "predictions", "steps", "costs"]
LITTLE = {"epochs": 3, "n_seeds": 2}


@pytest.fixture
def report(project: Path) -> Path:
    return project / "data" / "08_reporting" / "report.html"


def look_at(open_page: Open, report: Path, sections: Sequence[str]) -> None:
    """Open it in both themes, wide and narrow, and see that all is there and nothing in the way."""
    assert report.stat().st_size < LARGEST
    for width, theme in ((WIDE, "light"), (PHONE, "dark")):
        page = open_page(report, width, theme)
        assert [section.get_attribute("id") for section in page.query_selector_all("main > section")] == sections
        draw_all(page)
        assert not scrolls_sideways(page), (width, theme)
        assert serious_findings(page) == [], (width, theme)
        assert page.complaints == []


def draw_all(page: Any) -> None:
    """Go through the page, as its charts are drawn when they are about to be seen."""
    for figure in page.query_selector_all("figure[data-chart]"):
        figure.scroll_into_view_if_needed()
        figure.wait_for_selector(".plot .main-svg")


def lit(article: Any, kind: str) -> list[str]:
    return [each.get_attribute(f"data-{kind}") for each in article.query_selector_all(f".highlighted[data-{kind}]")]


def test_a_comparison(run_pipeline: Any, store: Any, report: Path, open_page: Open) -> None:
    run_pipeline(training=LITTLE)
    look_at(open_page, report, [*COMPARED, "skipped", "framings"])
    page = open_page(report)
    assert "4*((1+1)*5+5^2)" in page.inner_text("#framing_many_to_many")
    answers_light_up(page, {"one_to_one": {"3"}, "many_to_one": set("12345"), "many_to_many": {"1", "2", "3"}})


@pytest.mark.slow
def test_a_comparison_of_every_framing(run_pipeline: Any, store: Any, report: Path, open_page: Open) -> None:
    run_pipeline("compare", training=LITTLE)
    look_at(open_page, report, [*COMPARED, "skipped", "framings"])
    page = open_page(report)
    assert len(page.query_selector_all("article.linked-diagrams")) == 8
    up_to_there, everything = {"1", "2", "3"}, set("12345")
    answers_light_up(
        page, {"stateful": up_to_there, "pyramid": everything, "encoder_decoder": everything, "dense": everything}
    )


def answers_light_up(page: Any, seen: dict[str, set[str]]) -> None:
    """Point at answer 3 of every framing, in the drawing and in the matrix: the steps that it sees light up, alone."""
    for framing, sees in seen.items():
        article = page.query_selector(f"#framing_{framing}")
        answers = article.query_selector_all('[data-output="3"]')
        assert len(answers) >= 2
        for answer in answers:
            page.mouse.move(0, 0)
            assert not lit(article, "input")
            answer.scroll_into_view_if_needed()
            answer.hover()
            assert {step for steps in lit(article, "input") for step in steps.split()} == sees, framing
            assert "Output 3 depends on" in article.query_selector("[data-dependency-caption]").inner_text()


def test_the_page_changes_its_colours_when_asked_to_and_prints_in_dark_on_light(
    run_pipeline: Any, store: Any, report: Path, open_page: Open
) -> None:
    run_pipeline("one_to_one", training=LITTLE)
    page = open_page(report, theme="dark")
    draw_all(page)

    def colours() -> tuple[str, str]:
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return paper, page.evaluate("getComputedStyle(document.querySelector('.xtick text')).fill")

    dark = colours()
    page.click("#theme")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    light = colours()
    assert light == ("rgb(255, 255, 255)", "rgb(27, 31, 36)")
    assert dark[0] != light[0]
    assert dark[1] != light[1]
    page.click("#theme")
    assert colours() == dark
    page = open_page(report, theme="dark")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert colours() == ("rgb(255, 255, 255)", "rgb(0, 0, 0)")
    assert page.query_selector("header").is_hidden()


@pytest.mark.slow
def test_a_seed_study(run_pipeline: Any, store: Any, report: Path, open_page: Open) -> None:
    run_pipeline("seed_study", training=LITTLE)
    look_at(open_page, report, ["recommendation", "leaderboard", "losses", "seeds", "costs", "framings"])
    losses = open_page(report).query_selector("#losses figure script").text_content()
    assert len(json.loads(losses)["data"]) == 6, "of three framings a line and a band each"


def test_the_answers(run_pipeline: Any, store: Any, report: Path, open_page: Open) -> None:
    run_pipeline("experiments", experiments={"only": "Q4", "n_seeds": 1})
    look_at(open_page, report, ["recommendation", "leaderboard", "Q4"])


def test_forecasts_of_a_table(run_pipeline: Any, store: Any, report: Path, tmp_path: Path, open_page: Open) -> None:
    table = tmp_path / "mine.csv"
    noise = np.random.default_rng(0).normal(0, 0.1, 120)
    column = "</script><b>x"  # as mean as a name can be
    pd.DataFrame({column: a_season(120) + noise}).to_csv(table, index=False)
    run_pipeline(
        "dense",
        data={"path": str(table), "target": column},
        task={"lookback": 9, "horizon": 8},
        model={"units": 3},
        training=LITTLE,
        backtest={"n_folds": 2},
    )
    look_at(
        open_page,
        report,
        ["recommendation", "leaderboard", "design", "predictions", "steps", "losses", "costs", "framings"],
    )
    page = open_page(report)
    assert "seasonal naive" in page.inner_text("#leaderboard")
    draw_all(page)
    assert page.text_content("#predictions .ytitle") == column


def test_a_page_is_the_same_for_the_same_settings(run_pipeline: Any, store: Any, report: Path) -> None:
    """But for the seconds."""
    pages = []
    for _ in range(2):
        run_pipeline("dense", training=LITTLE)
        text = report.read_text()
        pages.append(text[: text.index('<section id="costs"')] + text[text.index('<section id="framings"') :])
    assert pages[0] == pages[1]
