"""Printed commands, typed through the parser of the command line."""

import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqframe import cli
from seqframe.config import DataSettings
from seqframe.config.commands import format_value, run_command, split_params, table_parameters
from seqframe.config.loader import parse_settings

TEXT = st.text(st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters="$"), min_size=1)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT


def type_command(command: str) -> dict[str, Any]:
    """What the command line parser makes of a `kedro run` command: the values of its options."""
    program, name, *arguments = shlex.split(command)
    assert (program, name) == ("kedro", "run")
    return dict(cli.run.make_context("run", arguments).params)


@given(
    st.dictionaries(
        st.sampled_from(["path", "target", "noise", "features"]), SCALARS | st.lists(TEXT, min_size=1), min_size=1
    )
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


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("a=1,b=2", ["a=1", "b=2"]),
        ("a=[x, y], b=it's", ["a=[x, y]", "b=it's"]),
        ("a=['x]', \"y,z\"],b='p,q',c=1", ["a=['x]', \"y,z\"]", "b='p,q'", "c=1"]),
        ("a='it''s, here'", ["a='it''s, here'"]),
        ("a='open,b=2", ["a='open", "b=2"]),
        ("a=[open,b=2", ["a=[open", "b=2"]),
        ("nothing, here", ["nothing", "here"]),
    ],
)
def test_commas_in_brackets_and_quotes_do_not_separate_settings(text: str, items: list[str]) -> None:
    assert split_params(text) == items


def test_the_parameters_of_a_table_are_its_path_and_the_roles_of_its_columns() -> None:
    roles = {"path": "x.csv", "target": ["y", "z"], "time_column": "day", "missing": "ffill"}
    data = DataSettings.model_validate({"sequence_length": 5, "scaler": "standard", "noise": 0.5, **roles})
    assert table_parameters(data) == {"data": roles}


def test_a_setting_without_a_value_is_refused_by_the_parser() -> None:
    import click

    with pytest.raises(click.UsageError, match="must contain a key and a value"):
        cli.run.make_context("run", ["--params", "data.target=['a','b'],epochs"])


def test_typed_settings_are_valid() -> None:
    typed = type_command("kedro run --params \"data.path='a, b.csv',data.features=[x,'y, z']\"")["params"]
    base = {"sequence_length": 5}
    groups = {"data": base | typed["data"], "task": {"kind": "echo"}, "model": {"units": 1}}
    training = {"epochs": 1, "batch_size": 1, "learning_rate": 0.1, "seed": 0, "n_seeds": 1}
    data = parse_settings({**groups, "training": training}).data
    assert (data.path, data.features) == ("a, b.csv", ["x", "y, z"])
