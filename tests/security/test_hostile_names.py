"""Names and cells of a table are text in every output: they run nothing, and control no terminal."""

import csv
import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest

from conftest import all_runs
from seqframe.reporting.csv_text import FORMULA, NUMBER

pytestmark = pytest.mark.slow

IMAGE = "<img src=x onerror=\"document.title='owned'\">"
SERIES = (
    '=HYPERLINK("http://evil.example","x")',
    "<script>document.title='owned'</script>",
    "\x1b[31mred\x1b[0m",
    "../../up/../{{7*7}}${oc.env:HOME}",
    "[bold]@SUM(1)[/bold] $x^{$",
)
OUTPUTS = ("02_intermediate", "07_model_output", "08_reporting")


class Page(HTMLParser):
    """The scripts of a page, and the attributes that would run code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.handlers: list[str] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts.append(data)


@pytest.fixture
def compared(project: Path, kedro: Callable[..., CompletedProcess[str]], store: Any) -> tuple[Path, str, Any]:
    """The project after `compare` on a table with hostile names, what was printed, and the MLflow store."""
    noise = np.random.default_rng(0).normal(size=(len(SERIES), 120))
    with (project / "=hostile <b>.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["=shop", "step", IMAGE, "+sum(1)", "\x1b]0;owned\x07"])
        for name, values in zip(SERIES, noise, strict=True):
            writer.writerows([name, i, round(9 * (i % 7) + value, 3), i % 5, i] for i, value in enumerate(values))
    settings = {
        "data": {"path": "=hostile <b>.csv", "id_column": "=shop", "time_column": "step", "target": IMAGE},
        "task": {"lookback": 7, "horizon": 3},
        "training": {"epochs": 2, "n_seeds": 1},
        "backtest": {"framings": ["many_to_one"], "refit": "many_to_one"},
    }
    (project / "hostile.yml").write_text(json.dumps(settings))
    arguments = ("--pipeline=compare", "--params-file=hostile.yml")
    result = kedro("run", *arguments, MLFLOW_TRACKING_URI=store.tracking_uri)
    assert result.returncode == 0, result.stderr
    return project, result.stdout + result.stderr, store


def test_names_are_text_in_all_outputs(compared: tuple[Path, str, Any], open_page: Any) -> None:
    project, printed, store = compared
    assert all(character.isprintable() or character == "\n" for character in printed), "the terminal"
    assert "Warning" not in printed

    report = project / "data" / "08_reporting" / "compare" / "report.html"
    page = Page(report.read_text(encoding="utf-8"))
    assert page.handlers == []
    assert not any("title='owned'</script>" in script for script in page.scripts)
    opened = open_page(report)
    assert "owned" not in opened.title()
    assert opened.locator("img[src=x]").count() == 0

    tables = [path for folder in OUTPUTS for path in (project / "data" / folder).rglob("*.csv")]
    assert tables
    for path in tables:
        with path.open(newline="", encoding="utf-8") as file:
            cells = [cell for line in csv.reader(file) for cell in line]
        assert [cell for cell in cells if FORMULA.match(cell) and not NUMBER.fullmatch(cell)] == [], path

    written = {path.resolve() for path in project.parent.rglob("*")}
    assert all(path.is_relative_to(project.parent) for path in written)
    assert not (project.parent / "up").exists()
    parent = next(run for run in all_runs(store) if "mlflow.parentRunId" not in run.data.tags)
    assert parent.info.status == "FINISHED"
    assert parent.data.params["data.target"] == IMAGE
    assert [model.name for model in store.search_registered_models()] == ["seqframe-=hostile <b>"]
