"""The report of the answers: a section a question."""

from collections.abc import Iterable, Sequence
from io import BytesIO

import pandas as pd

from seqframe.config import ExperimentsSettings
from seqframe.experiments.base import Experiment, Finding
from seqframe.reporting.html.components import Page, Part, Picture, Section, Table
from seqframe.reporting.tables import format_number, markdown_table

# The page of the answers, in Markdown, with the figures beside it.

TITLE = "The tutorial's questions, answered"
MARKDOWN_LEAD = (
    "What the tutorial *How to Use the TimeDistributed Layer in Keras* leaves open, and what its readers ask. Each "
    "sentence in bold was decided by the number below it, in an experiment that `kedro run --pipeline=experiments` runs "
    "again. Networks are few and small: take the numbers as examples, and the ones of time as those of one machine."
)


def render_markdown(answered: Iterable[tuple[Experiment, Finding]]) -> str:
    """The page: of every question its text, the sentence, the number, how it was found out, figure and table."""
    parts = [_section(question, answer) for question, answer in answered]
    return "\n\n".join([f"# {TITLE}", MARKDOWN_LEAD, *parts]) + "\n"


def _section(question: Experiment, answer: Finding) -> str:
    figure = [] if answer.figure is None else [f"![{question.name}: what was measured]({question.name}.png)"]
    return "\n\n".join(
        [
            f"## {question.name}. {question.text}",
            f"**{answer.sentence}**",
            f"The number that decides: {format_number(answer.number)} ({question.unit}).",
            question.method,
            *figure,
            markdown_table(answer.table),
        ]
    )


LEAD = (
    "Every question of the tutorial's readers below is answered by a sentence that a number decides, in an experiment "
    "that `kedro run --pipeline=experiments` runs again. Networks are few and small: take the numbers as examples."
)


def compose_experiments(answered: Sequence[tuple[Experiment, Finding]], settings: ExperimentsSettings) -> Page:
    """The page, from every question with its answer."""
    sections = (_list_all(answered), *(_answer(question, found) for question, found in answered))
    only = answered[0][1].sentence if len(answered) == 1 else ""
    return Page(
        TITLE, {"questions": str(len(answered)), "networks each": str(settings.n_seeds)}, (only or LEAD,), sections
    )


def _list_all(answered: Sequence[tuple[Experiment, Finding]]) -> Section:
    lines = [(question.name, question.text, format_number(found.number), question.unit) for question, found in answered]
    cells = pd.DataFrame(lines, columns=["", "question", "number", "which is"], dtype=object)
    return Section("leaderboard", "All answers", "", (Table("", "", cells),))


def _answer(question: Experiment, found: Finding) -> Section:
    decides = f"The number that decides: {format_number(found.number)} ({question.unit}). {question.method}"
    parts: list[Part] = [Table("What was measured", decides, found.table.astype(object).map(format_number))]
    if found.figure is not None:
        drawn = BytesIO()
        found.figure.savefig(drawn, format="png")
        parts.insert(0, Picture(f"{question.name}: what was measured, as a figure", drawn.getvalue()))
    return Section(question.name, f"{question.name}. {question.text}", found.sentence, tuple(parts), question.name)
