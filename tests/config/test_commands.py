"""Printed commands, typed through the parser of the command line."""

import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from seqframe import cli
from seqframe.config import DataSettings
from seqframe.config.commands import run_command, table_parameters
from seqframe.config.loader import parse_settings
from seqframe.config.params import format_value

TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.text("ab0.,='\"[]{} \\:#$%~\n", max_size=8)
NUMBERS = st.integers() | st.floats(allow_nan=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT


def type_command(command: str) -> dict[str, Any]:
    """What the command line parser makes of a `kedro run` command: the values of its options."""
    program, name, *arguments = shlex.split(command)
    assert (program, name) == ("kedro", "run")
    return dict(cli.run.make_context("run", arguments).params)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["path", "target", "noise", "features"]), SCALARS | st.lists(SCALARS), min_size=1)
)
def test_typed_commands_have_the_parameters_that_they_were_made_from(parameters: dict[str, Any]) -> None:
    typed = type_command(run_command("compare", {"data": parameters}))
    assert typed["pipeline"] == "compare"
    assert typed["params"] == {"data": parameters}


@pytest.mark.parametrize(
    "name",
    ["my sales.csv", "a,b.csv", "it's.csv", "null", "2024", "1e3", "yes", " x", "x: y", "a # b", "[x]", '"x"', "C:\\x"],
)
def test_names_are_typed_as_text(name: str) -> None:
    parameters = {"data": {"path": name, "target": [name, "y"]}}
    assert type_command(run_command("predict", parameters))["params"] == parameters


def test_plain_values_are_not_quoted() -> None:
    assert format_value("data/01_raw/sun-spots_2.csv") == "data/01_raw/sun-spots_2.csv"
    assert (
        run_command("predict", {"data": {"path": "x.csv"}}) == "kedro run --pipeline=predict --params data.path=x.csv"
    )
    assert run_command("compare", {}) == "kedro run --pipeline=compare"


def test_the_parameters_of_a_table_are_its_path_and_the_roles_of_its_columns() -> None:
    roles = {"path": "x.csv", "target": ["y", "z"], "time_column": "day", "missing": "ffill"}
    data = DataSettings.model_validate({"sequence_length": 5, "scaler": "standard", "noise": 0.5, **roles})
    assert table_parameters(data) == {"data": roles}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--params", "data.target=['a','b'],epochs"], "Settings are typed as name=value, separated by commas."),
        (["--params", "data.path=a", "--params", "data.path=b"], "Received: two values of `data.path`."),
        (["--nodes", "a,x[1"], "`--nodes` must be names, separated by commas. Received: 'a,x[1'."),
        (["--params-file", "none.yml"], "`--params-file` must name a file. Received: none.yml"),
        (["--runner-params", "x=["], "`--runner-params` cannot be read: "),
        (["--load-versions", "x"], "`--load-versions` cannot be read: "),
    ],
)
def test_an_option_that_cannot_be_read_is_one_line(arguments: list[str], message: str) -> None:
    with pytest.raises(click.ClickException) as caught:
        cli.run.make_context("run", arguments)
    assert type(caught.value) is click.ClickException, "a usage error has several lines"
    assert message in caught.value.message
    assert "\n" not in caught.value.message


def test_params_override_a_file(tmp_path: Path) -> None:
    file = tmp_path / "my.yml"
    file.write_text("training: {epochs: 3, n_seeds: 1}\ndata.target: Sales, EUR\n")
    arguments = ["--params", "training.epochs=5", f"--params-file={file}", "--params=model.units=2"]
    expected = {"training": {"epochs": 5, "n_seeds": 1}, "data": {"target": "Sales, EUR"}, "model": {"units": 2}}
    assert cli.run.make_context("run", list(arguments)).params["params"] == expected
    viz = cli.viz.get_command(click.Context(cli.viz), "run")
    assert viz.make_context("run", list(arguments)).params["params"] == expected


@pytest.mark.parametrize("params", ["training.epochs=5", {"training": {"epochs": 5}}])
def test_params_in_a_file_of_config(tmp_path: Path, params: Any) -> None:
    file = tmp_path / "run.yml"
    file.write_text(yaml.safe_dump({"run": {"params": params}}))
    assert cli.run.make_context("run", [f"--config={file}"]).params["params"] == {"training": {"epochs": 5}}


def test_typed_settings_are_valid() -> None:
    typed = type_command("kedro run --params \"data.path='a, b.csv',data.features=[x,'y, z']\"")["params"]
    base = {"sequence_length": 5}
    groups = {"data": base | typed["data"], "task": {"kind": "echo"}, "model": {"units": 1}}
    training = {"epochs": 1, "batch_size": 1, "learning_rate": 0.1, "seed": 0, "n_seeds": 1}
    data = parse_settings({**groups, "training": training}).data
    assert (data.path, data.features) == ("a, b.csv", ["x", "y, z"])


def test_the_graph_is_not_started_with_invalid_settings() -> None:
    viz = cli.viz.get_command(click.Context(cli.viz), "run")
    context = viz.make_context("run", ["--params", "training.epochs=abc", "--no-browser"])
    with context, pytest.raises(click.ClickException, match="`training.epochs` must be a whole number >= 1"):
        viz.invoke(context)
