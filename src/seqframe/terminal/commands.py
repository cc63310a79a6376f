"""The options of a command, as they were typed."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any


def options_of(run_params: Mapping[str, Any]) -> str:
    """Those of `kedro run` that say what is run: pipelines, environment, settings; with a space before each."""
    names, environment = run_params["pipeline_names"], run_params.get("env")
    typed = [f"{name}={write_value(value)}" for name, value in _flatten(run_params.get("runtime_params") or {})]
    options = {
        "pipeline": ",".join(names or []),
        "env": environment if environment != "local" else "",
        "params": ",".join(typed),
    }
    return "".join(f" --{name} {shlex.quote(value)}" for name, value in options.items() if value)


def _flatten(parameters: Mapping[str, Any], group: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{group}{name}.")
        else:
            yield group + name, value


def write_value(value: Any) -> str:
    """A value as it is typed after --params."""
    if isinstance(value, list):
        return f"[{','.join(map(write_value, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
