"""The page of the answers, in Markdown, with the figures beside it."""

from collections.abc import Iterable

from seqframe.answers.base import Answer, Question
from seqframe.report.markdown import markdown_table, write_number

TITLE = "The tutorial's questions, answered"
LEAD = (
    "What the tutorial *How to Use the TimeDistributed Layer in Keras* leaves open, and what its readers ask. Each "
    "sentence in bold was decided by the number below it, in an experiment that `kedro run --pipeline=answers` runs "
    "again. Networks are few and small: take the numbers as examples, and the ones of time as those of one machine."
)


def write_page(answered: Iterable[tuple[Question, Answer]]) -> str:
    """The page: of every question its text, the sentence, the number, how it was found out, figure and table."""
    parts = [_section(question, answer) for question, answer in answered]
    return "\n\n".join([f"# {TITLE}", LEAD, *parts]) + "\n"


def _section(question: Question, answer: Answer) -> str:
    figure = [] if answer.figure is None else [f"![{question.name}: what was measured]({question.name}.png)"]
    return "\n\n".join(
        [
            f"## {question.name}. {question.text}",
            f"**{answer.sentence}**",
            f"The number that decides: {write_number(answer.number)} ({question.unit}).",
            question.method,
            *figure,
            markdown_table(answer.table),
        ]
    )
