"""The report of the answers: a section a question."""

from collections.abc import Sequence
from io import BytesIO

import pandas as pd

from seqframe.answers.base import Answer, Question
from seqframe.answers.page import TITLE
from seqframe.config import Answers
from seqframe.report.markdown import write_number
from seqframe.report.page.parts import Page, Part, Picture, Section, Table

LEAD = (
    "Every question of the tutorial's readers below is answered by a sentence that a number decides, in an experiment "
    "that `kedro run --pipeline=answers` runs again. Networks are few and small: take the numbers as examples."
)


def compose(answered: Sequence[tuple[Question, Answer]], settings: Answers) -> Page:
    """The page, from every question with its answer."""
    sections = (_list_all(answered), *(_answer(question, found) for question, found in answered))
    only = answered[0][1].sentence if len(answered) == 1 else ""
    return Page(
        TITLE, {"questions": str(len(answered)), "networks each": str(settings.seeds)}, (only or LEAD,), sections
    )


def _list_all(answered: Sequence[tuple[Question, Answer]]) -> Section:
    lines = [(question.name, question.text, write_number(found.number), question.unit) for question, found in answered]
    cells = pd.DataFrame(lines, columns=["", "question", "number", "which is"], dtype=object)
    return Section("leaderboard", "All answers", "", (Table("", "", cells),))


def _answer(question: Question, found: Answer) -> Section:
    decides = f"The number that decides: {write_number(found.number)} ({question.unit}). {question.method}"
    parts: list[Part] = [Table("What was measured", decides, found.table.astype(object).map(write_number))]
    if found.figure is not None:
        drawn = BytesIO()
        found.figure.savefig(drawn, format="png")
        parts.insert(0, Picture(f"{question.name}: what was measured, as a figure", drawn.getvalue()))
    return Section(question.name, f"{question.name}. {question.text}", found.sentence, tuple(parts), question.name)
