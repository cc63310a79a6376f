"""The options of a command, as they were typed."""

from typing import Any

import pytest

from seqframe.terminal import options_of


@pytest.mark.parametrize(
    ("names", "environment", "parameters", "options"),
    [
        (None, None, None, ""),
        (["many_to_one"], "local", {}, " --pipeline many_to_one"),
        (["compare"], "sunspots", {"training": {"seeds": 2}}, " --pipeline compare --env sunspots "
         "--params training.seeds=2"),
        (None, None, {"model": {"layers": [4, 2], "units": 3}, "task": {"lookback": None, "allow_future": True}},
         " --params 'model.layers=[4,2],model.units=3,task.lookback=null,task.allow_future=true'"),
    ],
)  # fmt: skip
def test_options_are_written_as_they_were_typed(
    names: list[str] | None, environment: str | None, parameters: dict[str, Any] | None, options: str
) -> None:
    run_params = {"pipeline_names": names, "env": environment, "runtime_params": parameters}
    assert options_of(run_params) == options
