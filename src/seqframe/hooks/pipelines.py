"""What a pipeline is asked about itself."""

from typing import Any

from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from seqframe.answers import QUESTIONS
from seqframe.framings import FRAMINGS


def framings_of(pipeline: Pipeline) -> tuple[str, ...]:
    """The framings that a pipeline runs, in their order."""
    namespaces = {node.namespace for node in pipeline.nodes}
    return tuple(framing.name for framing in FRAMINGS if framing.name in namespaces)


def is_tracked(pipeline: Pipeline) -> bool:
    """Whether a pipeline trains anything, so that there is something for MLflow to keep."""
    training = ("train", "try_framing", "study_seeds", "collect_answers")
    return any(step_of(node) in training for node in pipeline.nodes)


def count_pieces(pipeline: Pipeline, seeds: int, folds: int = 1) -> int:
    """How many networks a pipeline trains, or how many questions it answers."""
    each = {"train": 1, "study_seeds": seeds, "try_framing": folds * seeds, "keep": seeds}
    pieces = each | {question.name: 1 for question in QUESTIONS}
    return sum(pieces.get(step_of(node), 0) for node in pipeline.nodes)


def step_of(node: Node) -> str:
    """The name of a node, without its framing."""
    return str(node.name.rpartition(".")[2])


def name_of(run_params: dict[str, Any]) -> str:
    """What a run is called: by its pipelines, or `all framings` for the plain `kedro run`."""
    return " + ".join(run_params["pipeline_names"] or ["all framings"])
