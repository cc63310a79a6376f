"""The index page of the last runs, in a browser and as text."""

from dataclasses import replace
from pathlib import Path

import pytest

from helpers.browser import PHONE, WIDE, Open, scrolls_sideways, serious_findings
from seqframe.reporting.html.index import render_index, write_index
from seqframe.reporting.last_runs import LastRun, write_last_run

COMPARE = LastRun(
    "compare",
    "compare",
    "kedro run --pipeline compare --params 'data.path=<b>my sales.csv,backtest.framings=[dense,many_to_many]'",
    "<b>my sales.csv",
    "2026-11-30T10:00:00+01:00",
    200.4,
    "dense has 53% lower MASE than <script>document.title='owned'</script>.",
    ("data/06_models/compare", "data/08_reporting/compare"),
)
PREDICT = replace(
    COMPARE,
    name="predict",
    command="predict",
    finished="2026-11-30T09:30:00+00:00",
    seconds=2.0,
    conclusion="",
    folders=("data/07_model_output/predict",),
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = ("06_models/compare/dense.keras", "08_reporting/compare/report.html", "08_reporting/compare/a&b.csv")
    for name in (*files, "08_reporting/compare/dense #1/loss_curve.png", "07_model_output/predict/forecasts.csv"):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("<title>The report</title>")
    write_last_run(tmp_path, COMPARE)
    write_last_run(tmp_path, PREDICT)
    return tmp_path


def test_the_page_lists_the_runs_and_links_their_files(project: Path, open_page: Open) -> None:
    write_index(project)
    for width, theme in ((WIDE, "light"), (PHONE, "dark")):
        page = open_page(project / "data" / "index.html", width, theme)
        assert not scrolls_sideways(page), (width, theme)
        assert serious_findings(page) == [], (width, theme)
        assert page.complaints == []
    assert page.title() == f"Seqframe · Last runs of {project.name}"
    assert [each.inner_text() for each in page.query_selector_all("h2")] == ["predict", "compare"], "the newest first"
    predict, compare = page.query_selector_all("article")
    assert predict.query_selector(".recommendation") is None
    assert compare.query_selector(".recommendation").inner_text() == COMPARE.conclusion
    assert compare.query_selector("code").inner_text() == COMPARE.line
    assert {"<b>my sales.csv", "2026-11-30 10:00", "3 min 20 s"} <= set(compare.inner_text().splitlines())
    links = {each.text_content(): each for each in compare.query_selector_all("a")}
    assert list(links) == ["report.html", "a&b.csv", "dense.keras", "dense #1/loss_curve.png"], "the report first"
    for link in links.values():
        assert (project / "data" / Path(page.evaluate("link => decodeURIComponent(link.pathname)", link))).is_file()
    links["report.html"].click()
    assert page.title() == "The report"


def test_without_runs_there_is_one_sentence(tmp_path: Path) -> None:
    page = render_index(tmp_path, [])
    assert "No command has written files." in page
    assert "<article" not in page
