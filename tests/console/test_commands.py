"""The options of a command, as they were typed."""

from typing import Any

import pytest

from seqframe.console.console import command_options


@pytest.mark.parametrize(
    ("names", "environment", "parameters", "options"),
    [
        (None, None, None, ""),
        (["many_to_one"], "local", {}, " --pipeline many_to_one"),
        (["compare"], "sunspots", {"training": {"n_seeds": 2}}, " --pipeline compare --env sunspots "
         "--params training.n_seeds=2"),
        (None, None, {"model": {"hidden_sizes": [4, 2], "units": 3}, "task": {"lookback": None, "allow_leakage": True}},
         " --params 'model.hidden_sizes=[4,2],model.units=3,task.lookback=null,task.allow_leakage=true'"),
    ],
)  # fmt: skip
def test_options_are_written_as_they_were_typed(
    names: list[str] | None, environment: str | None, parameters: dict[str, Any] | None, options: str
) -> None:
    run_params = {"pipeline_names": names, "env": environment, "runtime_params": parameters}
    assert command_options(run_params) == options
