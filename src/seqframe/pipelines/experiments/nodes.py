"""Answer one question, and gather what was answered."""

import pandas as pd
from matplotlib.figure import Figure

from seqframe.config import ExperimentsSettings
from seqframe.errors import UserError
from seqframe.experiments import report
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.training.events import Message, emit

Answered = tuple[Experiment, Finding]


class ExperimentError(RuntimeError):
    """An experiment came to no end; which question it belongs to is said."""


def run_experiment(settings: ExperimentsSettings, question: Experiment) -> Answered:
    """Run the experiment of a question.

    Raises:
        UserError: The experiment cannot be posed; with the name of the question.
        UnansweredError: Something else went wrong in it.
    """
    emit(Message(f"{question.name}: {question.text}"))
    try:
        return question, question.ask(ExperimentContext(settings.n_seeds))
    except UserError as error:
        raise UserError(f"{question.name} cannot be answered. {error}") from error
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise ExperimentError(f"{question.name} ({question.text}) was not answered. {reason}") from error


def collect_findings(*answered: Answered) -> pd.DataFrame:
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


def write_report(asked: ExperimentsSettings, *answered: Answered) -> str:
    """The report of all answers: HTML."""
    from seqframe.experiments import report
    from seqframe.reporting.html import render

    return render.render_page(report.compose_experiments(answered, asked))


def write_page(*answered: Answered) -> tuple[str, dict[str, Figure]]:
    """The page of all answers, in Markdown, and the figures that lie beside it, by the name of their question."""
    figures = {question.name: found.figure for question, found in answered if found.figure is not None}
    return report.render_markdown(answered), figures
