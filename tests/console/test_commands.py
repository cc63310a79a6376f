"""Commands in the terminal: their options, where they are broken, and that the command line parses them."""

import io
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from rich.console import Console

from conftest import ROOT
from seqframe import cli
from seqframe.config import parse_settings
from seqframe.console.console import RunConsole, command_options, wrap_command, wrap_sentences


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
    command = "kedro viz run --include-hooks --pipeline compare --params 'model.units=3,data.path=my file.csv'"
    lines = wrap_command(command, width).splitlines()
    assert " ".join(line.removesuffix("\\").strip() for line in lines) == command
    assert all(len(line) <= width or len(line.removesuffix("\\").strip().split(" --")) == 1 for line in lines)
    assert lines[-1].endswith("--params 'model.units=3,data.path=my file.csv'")


@pytest.mark.parametrize("width", [10, 20, 40, 200])
def test_sentences_are_wrapped_between_words_and_not_in_commands(width: int) -> None:
    command = "`kedro run --pipeline=seed_study`"
    text = f"One seed.\nTo measure the seed variance: {command}. Then read the report."
    lines = wrap_sentences(text, width).splitlines()
    assert " ".join(lines) == text.replace("\n", " ")
    assert any(command in line for line in lines)
    assert all(len(line) <= width or " " not in line.replace(command, "") for line in lines)


def type_command(words: list[str]) -> click.Context:
    """Parse a command as its program does."""
    from kedro_viz.launchers.cli.main import viz

    program, name, *options = words
    if program == "mlflow":
        import mlflow.cli

        return mlflow.cli.cli.get_command(click.Context(mlflow.cli.cli), name).make_context(name, options)
    if name == "run":
        return cli.run.make_context(name, options)
    subcommand, *options = options  # without one, `kedro viz` drops options
    return viz.get_command(click.Context(viz), subcommand).make_context(subcommand, options)


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("path", ["sales.csv", "my sales, 2024.csv", "/a/long/folder/whose name/has spaces/it's.csv"])
def test_printed_commands_can_be_typed(monkeypatch: pytest.MonkeyPatch, width: int, path: str) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////a b/mlflow.db")
    groups = yaml.safe_load((ROOT / "conf" / "base" / "parameters.yml").read_text())
    given = {"data": {"path": path, "target": ["units, sold", "price"]}, "training": {"n_seeds": 1}}
    settings = parse_settings({name: group | given.get(name, {}) for name, group in groups.items()})
    written = io.StringIO()
    console = RunConsole(Console(file=written, force_terminal=True, width=width))
    console.open("compare", settings)
    console.close()
    console.show({"forecaster": Path("forecaster")}, {"pipeline_names": ["compare"], "runtime_params": given})
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written.getvalue()).replace("\\\n", "")
    commands = [shlex.split(line) for line in re.findall(r"(?:kedro|mlflow) .*", text)]
    ui, graph, predict = map(type_command, commands)
    assert ui.params["backend_store_uri"] == "sqlite:////a b/mlflow.db"
    assert graph.params["params"] == given
    assert (predict.params["pipeline"], predict.params["params"]) == ("predict", {"data": {"path": path}})
