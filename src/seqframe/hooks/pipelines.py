"""What a pipeline is asked about itself."""

import shlex
from collections.abc import Iterator, Mapping
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


def command_of(run_params: Mapping[str, Any]) -> str:
    """The command that runs the same again."""
    names, environment = run_params["pipeline_names"], run_params.get("env")
    typed = [f"{name}={_write(value)}" for name, value in _flatten(run_params.get("runtime_params") or {})]
    options = {
        "--pipeline": ",".join(names or []),
        "--env": environment if environment != "local" else "",
        "--params": ",".join(typed),
    }
    return " ".join(["kedro run", *(f"{name}={shlex.quote(value)}" for name, value in options.items() if value)])


def _flatten(parameters: Mapping[str, Any], group: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{group}{name}.")
        else:
            yield group + name, value


def _write(value: Any) -> str:
    """A value as it is typed after --params."""
    if isinstance(value, list):
        return f"[{','.join(map(_write, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
