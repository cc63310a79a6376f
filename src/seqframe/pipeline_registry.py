"""All pipelines by name: one for each framing, `__default__` with all of them, and the studies."""

import warnings
from collections.abc import Sequence

from kedro.pipeline import Pipeline

from seqframe.framings import FRAMINGS, Framing
from seqframe.pipelines.comparison import pipeline as comparison
from seqframe.pipelines.framing import pipeline as framing_pipeline
from seqframe.pipelines.problem import pipeline as problem
from seqframe.pipelines.seed_study import pipeline as seed_study


def register_pipelines() -> dict[str, Pipeline]:
    """The pipelines that `kedro run --pipeline=…` knows."""
    with warnings.catch_warnings():  # Kedro warns of dots in names, and ours are those of its own namespaces
        warnings.filterwarnings("ignore", message="One or more dataset names contain '.'")
        return {
            **{framing.name: _run_framings([framing]) for framing in FRAMINGS},
            "__default__": _run_framings(FRAMINGS),
            "seed_study": problem.create_pipeline() + seed_study.create_pipeline(FRAMINGS),
        }


def _run_framings(framings: Sequence[Framing]) -> Pipeline:
    each = sum((framing_pipeline.create_pipeline(framing) for framing in framings), Pipeline([]))
    return problem.create_pipeline() + each + comparison.create_pipeline(framings)
