"""What a pipeline is asked about itself."""

from typing import Any

from kedro.pipeline import Pipeline

from seqframe.framings import FRAMINGS


def framings_of(pipeline: Pipeline) -> tuple[str, ...]:
    """The framings that a pipeline runs, in their order."""
    namespaces = {node.namespace for node in pipeline.nodes}
    return tuple(framing.name for framing in FRAMINGS if framing.name in namespaces)


def is_tracked(pipeline: Pipeline) -> bool:
    """Whether a pipeline trains anything, so that there is something for MLflow to keep."""
    training = (".train", ".try_framing", ".study_seeds", "collect_answers")
    return any(node.name.endswith(training) for node in pipeline.nodes)


def name_of(run_params: dict[str, Any]) -> str:
    """What a run is called: by its pipelines, or `all framings` for the plain `kedro run`."""
    return " + ".join(run_params["pipeline_names"] or ["all framings"])
