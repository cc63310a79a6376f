"""The reports in a browser, opened from disk without a network."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import a_season
from helpers.browser import PHONE, WIDE, Open, scrolls_sideways, serious_findings

MAX_SIZE = 6_000_000  # bytes
COMPARISON = ["recommendation", "leaderboard", "losses", "predictions", "steps", "costs"]
SHORT = {"epochs": 3, "n_seeds": 2}


@pytest.fixture
def reporting(project: Path) -> Path:
    return project / "data" / "08_reporting"


def check_page(open_page: Open, report: Path, sections: Sequence[str]) -> None:
    """Open a report in both themes, wide and narrow; check its sections, layout and accessibility."""
    assert report.stat().st_size < MAX_SIZE
    for width, theme in ((WIDE, "light"), (PHONE, "dark")):
        page = open_page(report, width, theme)
        assert [section.get_attribute("id") for section in page.query_selector_all("main > section")] == sections
        draw_charts(page)
        assert not scrolls_sideways(page), (width, theme)
        assert serious_findings(page) == [], (width, theme)
        assert page.complaints == []


def draw_charts(page: Any) -> None:
    """Scroll through the page, since charts are drawn when they become visible."""
    for figure in page.query_selector_all("figure[data-chart]"):
        figure.scroll_into_view_if_needed()
        figure.wait_for_selector(".plot .main-svg")


def lit(article: Any, kind: str) -> list[str]:
    return [each.get_attribute(f"data-{kind}") for each in article.query_selector_all(f".highlighted[data-{kind}]")]


def test_comparison_report(run_pipeline: Any, store: Any, reporting: Path, open_page: Open) -> None:
    run_pipeline(training=SHORT)
    check_page(open_page, reporting / "all_framings" / "report.html", [*COMPARISON, "skipped", "framings"])
    page = open_page(reporting / "all_framings" / "report.html")
    assert "4*((1+1)*5+5^2)" in page.inner_text("#framing_many_to_many")
    outputs_highlight_inputs(page, {"one_to_one": {"3"}, "many_to_one": set("12345"), "many_to_many": {"1", "2", "3"}})


@pytest.mark.slow
def test_comparison_report_of_all_framings(run_pipeline: Any, store: Any, reporting: Path, open_page: Open) -> None:
    run_pipeline("compare", training=SHORT)
    check_page(open_page, reporting / "compare" / "report.html", [*COMPARISON, "skipped", "framings"])
    page = open_page(reporting / "compare" / "report.html")
    assert len(page.query_selector_all("article.linked-diagrams")) == 8
    up_to_there, everything = {"1", "2", "3"}, set("12345")
    outputs_highlight_inputs(
        page, {"stateful": up_to_there, "pyramid": everything, "encoder_decoder": everything, "dense": everything}
    )


def outputs_highlight_inputs(page: Any, expected: dict[str, set[str]]) -> None:
    """Point at output 3 of every framing, in the diagram and in the matrix: only the inputs it depends on are lit."""
    for framing, inputs in expected.items():
        article = page.query_selector(f"#framing_{framing}")
        outputs = article.query_selector_all('[data-output="3"]')
        assert len(outputs) >= 2
        for output in outputs:
            page.mouse.move(0, 0)
            assert not lit(article, "input")
            output.scroll_into_view_if_needed()
            output.hover()
            assert {step for steps in lit(article, "input") for step in steps.split()} == inputs, framing
            assert "Output 3 depends on" in article.query_selector("[data-dependency-caption]").inner_text()


def test_the_theme_can_be_switched_and_prints_are_dark_on_light(
    run_pipeline: Any, store: Any, reporting: Path, open_page: Open
) -> None:
    run_pipeline("one_to_one", training=SHORT)
    page = open_page(reporting / "one_to_one" / "report.html", theme="dark")
    draw_charts(page)

    def colors() -> tuple[str, str]:
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return paper, page.evaluate("getComputedStyle(document.querySelector('.xtick text')).fill")

    dark = colors()
    page.click("#theme")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    light = colors()
    assert light == ("rgb(255, 255, 255)", "rgb(27, 31, 36)")
    assert dark[0] != light[0]
    assert dark[1] != light[1]
    page.click("#theme")
    assert colors() == dark
    page = open_page(reporting / "one_to_one" / "report.html", theme="dark")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert colors() == ("rgb(255, 255, 255)", "rgb(0, 0, 0)")
    assert page.query_selector("header").is_hidden()


@pytest.mark.slow
def test_seed_study_report(run_pipeline: Any, store: Any, reporting: Path, open_page: Open) -> None:
    run_pipeline("seed_study", training=SHORT)
    check_page(
        open_page,
        reporting / "seed_study" / "report.html",
        ["recommendation", "leaderboard", "losses", "seeds", "costs", "framings"],
    )
    losses = open_page(reporting / "seed_study" / "report.html").query_selector("#losses figure script").text_content()
    assert len(json.loads(losses)["data"]) == 6, "a line and a band for each of three framings"


def test_experiments_report(run_pipeline: Any, store: Any, reporting: Path, open_page: Open) -> None:
    run_pipeline("experiments", experiments={"only": "Q4", "n_seeds": 1})
    check_page(open_page, reporting / "experiments" / "report.html", ["recommendation", "leaderboard", "Q4"])


def test_backtest_report(run_pipeline: Any, store: Any, reporting: Path, tmp_path: Path, open_page: Open) -> None:
    table = tmp_path / "mine.csv"
    noise = np.random.default_rng(0).normal(0, 0.1, 120)
    column = "</script><b>x"  # a name with HTML
    pd.DataFrame({column: a_season(120) + noise}).to_csv(table, index=False)
    run_pipeline(
        "dense",
        data={"path": str(table), "target": column},
        task={"lookback": 9, "horizon": 8},
        model={"units": 3},
        training=SHORT,
        backtest={"n_folds": 2},
    )
    check_page(
        open_page,
        reporting / "dense" / "report.html",
        ["recommendation", "future", "leaderboard", "design", "predictions", "steps", "losses", "costs", "framings"],
    )
    page = open_page(reporting / "dense" / "report.html")
    assert "seasonal naive" in page.inner_text("#leaderboard")
    draw_charts(page)
    assert page.text_content("#predictions .ytitle") == column


def test_equal_settings_give_equal_reports(run_pipeline: Any, store: Any, reporting: Path) -> None:
    """Apart from times."""
    pages = []
    for _ in range(2):
        run_pipeline("dense", training=SHORT)
        text = (reporting / "dense" / "report.html").read_text()
        pages.append(text[: text.index('<section id="costs"')] + text[text.index('<section id="framings"') :])
    assert pages[0] == pages[1]
