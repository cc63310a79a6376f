"""All pipelines by name: one for each framing, `__default__` with the tutorial's three, and those that hold many."""

import warnings
from collections.abc import Callable, Sequence

from kedro.pipeline import Pipeline

from seqframe.answers import QUESTIONS
from seqframe.config import Answers, Settings
from seqframe.framings import FRAMINGS, TUTORIAL, Framing, able_to_pose
from seqframe.pipelines.answers import pipeline as answers
from seqframe.pipelines.backtest import pipeline as backtest
from seqframe.pipelines.comparison import pipeline as comparison
from seqframe.pipelines.frame_table import pipeline as frame_table
from seqframe.pipelines.framing import pipeline as framing_pipeline
from seqframe.pipelines.predict import pipeline as predict
from seqframe.pipelines.problem import pipeline as problem
from seqframe.pipelines.seed_study import pipeline as seed_study


def register_pipelines() -> dict[str, Pipeline]:
    """The pipelines that `kedro run --pipeline=…` knows."""
    return _quietly(
        lambda: {
            **{framing.name: _run_framings([framing]) for framing in FRAMINGS},
            "__default__": _run_framings(TUTORIAL),
            **_of_many(FRAMINGS),
            "predict": predict.create_pipeline(),
            **_of_questions(Answers()),
        }
    )


def pipelines_for(settings: Settings) -> dict[str, Pipeline]:
    """The pipelines that depend on settings: those of every framing that can pose them, and of the questions asked.

    To forecast a table, a framing is run as a backtest.
    """
    return _quietly(lambda: _create_for(settings))


def _create_for(settings: Settings) -> dict[str, Pipeline]:
    able = able_to_pose(settings) or FRAMINGS
    others = _of_questions(settings.answers)
    if settings.forecasts_a_table:
        others |= {framing.name: backtest.create_pipeline([framing]) for framing in FRAMINGS}
        others["__default__"] = backtest.create_pipeline([framing for framing in TUTORIAL if framing in able] or able)
        others["compare"] = backtest.create_pipeline(able) + comparison.create_left_out()
    return _of_many(able) | others


def _of_many(framings: Sequence[Framing]) -> dict[str, Pipeline]:
    tutorial = [framing for framing in TUTORIAL if framing in framings] or TUTORIAL
    return {
        "seed_study": problem.create_pipeline() + seed_study.create_pipeline(tutorial),
        "compare": _run_framings(framings) + comparison.create_left_out(),
        "frame_table": problem.create_pipeline() + frame_table.create_pipeline(framings) + comparison.create_left_out(),
    }


def _of_questions(asked: Answers) -> dict[str, Pipeline]:
    chosen = [question for question in QUESTIONS if asked.only in (None, question.name)]
    return {"answers": answers.create_pipeline(chosen)}


def _run_framings(framings: Sequence[Framing]) -> Pipeline:
    each = sum((framing_pipeline.create_pipeline(framing) for framing in framings), Pipeline([]))
    return problem.create_pipeline() + each + comparison.create_pipeline(framings)


def _quietly(create: Callable[[], dict[str, Pipeline]]) -> dict[str, Pipeline]:
    with warnings.catch_warnings():  # Kedro warns of dots in names, and ours are those of its own namespaces
        warnings.filterwarnings("ignore", message="One or more dataset names contain '.'")
        return create()
