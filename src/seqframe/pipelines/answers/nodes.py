"""Answer one question, and gather what was answered."""

import pandas as pd
from matplotlib.figure import Figure

from seqframe.answers import Answer, Question, page
from seqframe.config import Answers
from seqframe.errors import UserError
from seqframe.progress import Remark, announce

Answered = tuple[Question, Answer]


class UnansweredError(RuntimeError):
    """An experiment came to no end; which question it belongs to is said."""


def answer(settings: Answers, question: Question) -> Answered:
    """Run the experiment of a question.

    Raises:
        UserError: The experiment cannot be posed; with the name of the question.
        UnansweredError: Something else went wrong in it.
    """
    announce(Remark(f"{question.name}: {question.text}"))
    try:
        return question, question.ask(settings)
    except UserError as error:
        raise UserError(f"{question.name} cannot be answered. {error}") from error
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise UnansweredError(f"{question.name} ({question.text}) was not answered. {reason}") from error


def collect_answers(*answered: Answered) -> pd.DataFrame:
    """All answers in one table, a line a question."""
    return pd.DataFrame(
        {
            "question": question.name,
            "text": question.text,
            "number": float(found.number),
            "unit": question.unit,
            "sentence": found.sentence,
        }
        for question, found in answered
    )


def write_report(asked: Answers, *answered: Answered) -> str:
    """The report of all answers: HTML."""
    from seqframe.answers import report
    from seqframe.report.page import writing

    return writing.write_page(report.compose(answered, asked))


def write_page(*answered: Answered) -> tuple[str, dict[str, Figure]]:
    """The page of all answers, in Markdown, and the figures that lie beside it, by the name of their question."""
    figures = {question.name: found.figure for question, found in answered if found.figure is not None}
    return page.write_page(answered), figures
