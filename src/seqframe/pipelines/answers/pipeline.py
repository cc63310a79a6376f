"""answers -> an answer to every question -> a table, and a page with figures."""

from collections.abc import Callable, Sequence
from functools import wraps

from kedro.pipeline import Pipeline, node

from seqframe.answers import Question
from seqframe.config import Answers
from seqframe.pipelines.answers.nodes import Answered, answer, collect_answers, write_page, write_report


def create_pipeline(questions: Sequence[Question]) -> Pipeline:
    """The nodes that answer some questions, in a table and on a page."""
    answered = [f"answer_{question.name}" for question in questions]
    return Pipeline(
        [
            *(
                node(_bind(question), "params:answers", f"answer_{question.name}", name=question.name)
                for question in questions
            ),
            node(collect_answers, answered, "answers", name="collect_answers"),
            node(write_page, answered, ["answers_page", "answers_figures"], name="write_page"),
            node(write_report, ["params:answers", *answered], "report", name="write_report"),
        ]
    )


def _bind(question: Question) -> Callable[[Answers], Answered]:
    """The node function of a question; Kedro-Viz shows the code of its experiment."""

    @wraps(question.ask, assigned=("__doc__",))
    def ask(settings: Answers) -> Answered:
        return answer(settings, question)

    return ask
