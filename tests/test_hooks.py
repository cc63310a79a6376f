"""What a pipeline and the command that runs it are asked about themselves."""

from typing import Any

import pytest

from seqframe.hooks.pipelines import command_of


@pytest.mark.parametrize(
    ("names", "environment", "parameters", "command"),
    [
        (None, None, None, "kedro run"),
        (["many_to_one"], "local", {}, "kedro run --pipeline=many_to_one"),
        (["compare"], "sunspots", {"training": {"seeds": 2}}, "kedro run --pipeline=compare --env=sunspots "
         "--params=training.seeds=2"),
        (None, None, {"model": {"layers": [4, 2], "units": 3}, "task": {"lookback": None, "allow_future": True}},
         "kedro run --params='model.layers=[4,2],model.units=3,task.lookback=null,task.allow_future=true'"),
    ],
)  # fmt: skip
def test_the_command_that_runs_the_same_again(
    names: list[str] | None, environment: str | None, parameters: dict[str, Any] | None, command: str
) -> None:
    run_params = {"pipeline_names": names, "env": environment, "runtime_params": parameters}
    assert command_of(run_params) == command
