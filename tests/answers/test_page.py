import pandas as pd
from matplotlib.figure import Figure

from seqframe.answers import Answer, Question
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
    assert first.startswith("Q1. What is Q1?\n\n**It is so.**\n\n1.5 units\n\nHow Q1 is found.\n\n| framing | error |")
    assert "| dense | 0.0123 |\n| a\\|b |  |" in first
    assert "![" not in first
    assert "![Q2: what was measured](Q2.png)" in second
