import re

import pandas as pd
from matplotlib.figure import Figure

from conftest import ROOT
from seqframe.answers import QUESTIONS, Answer, Question
from seqframe.answers.page import write_page


def question(name: str, answer: Answer) -> tuple[Question, Answer]:
    return Question(name, f"What is {name}?", "units", f"How {name} is found.", lambda settings: answer), answer


def test_the_page_has_every_answer_with_its_table_and_figure() -> None:
    table = pd.DataFrame({"framing": ["dense", "a|b"], "error": [0.012345, float("nan")]})
    page = write_page([
        question("Q1", Answer(1.5, "It is so.", table)),
        question("Q2", Answer(2e-9, "It is not.", table, Figure())),
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
    page = (ROOT / "docs" / "answers.md").read_text()
    assert re.findall(r"^## (Q\d+\. .*)$", page, flags=re.MULTILINE) == [f"{q.name}. {q.text}" for q in QUESTIONS]
    assert all(question.method in page for question in QUESTIONS), "run `make answers`"
    figures = re.findall(r"\]\((answers/Q\d+\.png)\)", page)
    assert figures
    assert {f"answers/{path.name}" for path in (ROOT / "docs" / "answers").iterdir()} == set(figures)
    assert "(docs/answers.md)" in (ROOT / "README.md").read_text()
