"""Options of `kedro run` commands."""

from typing import Any

import pytest

from seqframe.console.console import command_options, wrap_command


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
def test_options_are_formatted_as_in_a_command(
    names: list[str] | None, environment: str | None, parameters: dict[str, Any] | None, options: str
) -> None:
    run_params = {"pipeline_names": names, "env": environment, "runtime_params": parameters}
    assert command_options(run_params) == options


@pytest.mark.parametrize("width", [20, 40, 60, 200])
def test_commands_are_wrapped_between_words_only(width: int) -> None:
    command = "kedro viz --include-hooks --pipeline compare --params 'model.units=3,data.path=my file.csv'"
    lines = wrap_command(command, width).splitlines()
    assert " ".join(line.removesuffix("\\").strip() for line in lines) == command
    assert all(len(line) <= width or len(line.removesuffix("\\").split(" --")) == 1 for line in lines)
