import re

import pandas as pd
from matplotlib.figure import Figure

from conftest import ROOT
from seqframe.experiments import EXPERIMENTS
from seqframe.experiments.base import Experiment, Finding
from seqframe.experiments.report import render_markdown


def experiment(name: str, finding: Finding) -> tuple[Experiment, Finding]:
    return Experiment(name, f"What is {name}?", "A ratio", f"It is {name}.", lambda settings: finding, "x"), finding


def test_the_page_has_every_finding_with_its_table_and_figure() -> None:
    table = pd.DataFrame({"framing": ["dense", "a|b"], "error": [0.012345, float("nan")]})
    page = render_markdown([
        experiment("Q1", Finding(1.5, "It is so.", table)),
        experiment("Q2", Finding(2e-9, "It is not.", table, Figure())),
    ])  # fmt: skip
    first, second = page.split("\n## ")[1:]
    conclusion, result, method, head = first.split("\n\n")[1:5]
    assert first.startswith("Q1. What is Q1?\n\n")
    assert (conclusion, result, method) == ("**It is so.**", "Result: 1.5x. A ratio.", "Method: It is Q1.")
    assert head.startswith("| framing | error |\n|---|---:|\n")
    assert "| dense | 0.0123 |\n| a\\|b |  |" in first
    assert "![" not in first
    assert "![Q2: measurements](Q2.png)" in second


def test_the_documentation_has_all_experiments_and_their_figures() -> None:
    page = (ROOT / "docs" / "experiments.md").read_text()
    assert re.findall(r"^## (Q\d+\. .*)$", page, flags=re.MULTILINE) == [
        f"{each.name}. {each.text}" for each in EXPERIMENTS
    ]
    assert all(each.method in page for each in EXPERIMENTS), "run `make experiments`"
    figures = re.findall(r"\]\((experiments/Q\d+\.png)\)", page)
    assert figures
    assert {f"experiments/{path.name}" for path in (ROOT / "docs" / "experiments").iterdir()} == set(figures)
    assert "(docs/experiments.md)" in (ROOT / "README.md").read_text()
