"""The page of the answers, in Markdown, with the figures beside it."""

from collections.abc import Iterable

import pandas as pd

from seqframe.answers.base import Answer, Question

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


def markdown_table(table: pd.DataFrame) -> str:
    """A table as Markdown has it, numbers to three digits and to the right.

    >>> print(markdown_table(pd.DataFrame({"framing": ["dense"], "error": [0.012345]})))
    | framing | error |
    |---|---:|
    | dense | 0.0123 |
    """
    numeric = [pd.api.types.is_numeric_dtype(table[name]) for name in table]
    rules = ["---:" if is_number else "---" for is_number in numeric]
    cells = [[write_number(cell) for cell in row] for row in table.itertuples(index=False)]
    lines = [[str(name) for name in table], *cells]
    head, *rest = ("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    return "\n".join([head, f"|{'|'.join(rules)}|", *rest])


def write_number(value: object) -> str:
    """A number to three digits, whole ones whole; nothing where there is none; anything else as it is.

    >>> write_number(1234.0), write_number(0.012345), write_number(float("nan")), write_number("dense")
    ('1234', '0.0123', '', 'dense')
    """
    if not isinstance(value, float):  # NumPy's float64 is one
        return str(value)
    if pd.isna(value):
        return ""
    return f"{value:.0f}" if value.is_integer() or abs(value) >= 1000 else f"{value:.3g}"
