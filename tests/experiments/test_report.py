import re

import pandas as pd
from matplotlib.figure import Figure

from conftest import ROOT
from seqframe.experiments import EXPERIMENTS
from seqframe.experiments.base import Experiment, Finding
from seqframe.experiments.report import render_markdown


def question(name: str, answer: Finding) -> tuple[Experiment, Finding]:
    return Experiment(name, f"What is {name}?", "units", f"How {name} is found.", lambda settings: answer), answer


def test_the_page_has_every_answer_with_its_table_and_figure() -> None:
    table = pd.DataFrame({"framing": ["dense", "a|b"], "error": [0.012345, float("nan")]})
    page = render_markdown([
        question("Q1", Finding(1.5, "It is so.", table)),
        question("Q2", Finding(2e-9, "It is not.", table, Figure())),
    ])  # fmt: skip
    first, second = page.split("\n## ")[1:]
    said, number, method, head = first.split("\n\n")[1:5]
    assert first.startswith("Q1. What is Q1?\n\n")
    assert (said, number, method) == ("**It is so.**", "The number that decides: 1.5 (units).", "How Q1 is found.")
    assert head.startswith("| framing | error |\n|---|---:|\n")
    assert "| dense | 0.0123 |\n| a\\|b |  |" in first
    assert "![" not in first
    assert "![Q2: what was measured](Q2.png)" in second


def test_the_page_for_readers_has_all_questions_and_their_figures() -> None:
    page = (ROOT / "docs" / "experiments.md").read_text()
    assert re.findall(r"^## (Q\d+\. .*)$", page, flags=re.MULTILINE) == [f"{q.name}. {q.text}" for q in EXPERIMENTS]
    assert all(question.method in page for question in EXPERIMENTS), "run `make answers`"
    figures = re.findall(r"\]\((answers/Q\d+\.png)\)", page)
    assert figures
    assert {f"answers/{path.name}" for path in (ROOT / "docs" / "experiments").iterdir()} == set(figures)
    assert "(docs/experiments.md)" in (ROOT / "README.md").read_text()
