"""answers -> an answer to every question -> a table, and a page with figures."""

from collections.abc import Callable, Sequence
from functools import wraps

from kedro.pipeline import Pipeline, node

from seqframe.config import ExperimentsSettings
from seqframe.experiments.base import Experiment
from seqframe.pipelines.experiments.nodes import Answered, collect_findings, run_experiment, write_page, write_report


def create_experiments_pipeline(questions: Sequence[Experiment]) -> Pipeline:
    """The nodes that answer some questions, in a table and on a page."""
    answered = [f"finding_{question.name}" for question in questions]
    return Pipeline(
        [
            *(
                node(_bind(question), "params:experiments", f"finding_{question.name}", name=question.name)
                for question in questions
            ),
            node(collect_findings, answered, "experiments", name="collect_findings"),
            node(write_page, answered, ["experiments_page", "experiments_figures"], name="write_page"),
            node(write_report, ["params:experiments", *answered], "report", name="write_report"),
        ]
    )


def _bind(question: Experiment) -> Callable[[ExperimentsSettings], Answered]:
    """The node function of a question; Kedro-Viz shows the code of its experiment."""

    @wraps(question.ask, assigned=("__doc__",))
    def ask(settings: ExperimentsSettings) -> Answered:
        return run_experiment(settings, question)

    return ask
