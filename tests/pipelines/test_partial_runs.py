"""Options of `kedro run` that select nodes: the selection runs, or one line says what to run."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

from conftest import all_runs
from seqframe import cli
from seqframe.errors import UserError

SHORT = {"training": {"epochs": 2}}

Select = Callable[..., dict[str, Any]]


@pytest.fixture
def select(project: Path, store: Any) -> Select:
    """Run the selected nodes of a pipeline in this process."""

    def run(name: str | None = None, env: str | None = None, **options: list[str]) -> dict[str, Any]:
        bootstrap_project(project)
        with KedroSession.create(project_path=project, env=env, runtime_params=SHORT) as session:
            return session.run(pipeline_names=[name] if name else None, **options)

    return run


def test_the_tag_of_a_framing_selects_all_nodes_that_it_needs(select: Select, store: Any, project: Path) -> None:
    select(tags=["many_to_many"])
    (run,) = all_runs(store)
    assert (run.info.run_name, run.info.status) == ("many_to_many", "FINISHED")
    assert {"train/loss", "test/mae", "parameters/total"} <= set(run.data.metrics)
    assert "kedro run --params training.epochs=2 --tags=many_to_many\n" in run.data.tags["mlflow.note.content"]
    assert (project / "data" / "06_models" / "all_framings" / "many_to_many.keras").exists()
    assert not (project / "data" / "06_models" / "all_framings" / "many_to_one.keras").exists()


def test_a_selection_without_training_opens_no_run(select: Select, store: Any) -> None:
    select("compare", env="sunspots", tags=["data"])
    assert not all_runs(store), "nothing is trained"
    select("dense", env="sunspots", to_nodes=["dense.check_causality"])
    assert not all_runs(store)


def test_the_data_nodes_alone_log_nothing(select: Select, store: Any, capsys: pytest.CaptureFixture[str]) -> None:
    result = select(tags=["data"])
    assert "dataset" in result
    assert not all_runs(store)
    printed = capsys.readouterr().out
    assert "Finished: load_data, " in printed
    assert "There are no results to print." in printed


@pytest.mark.parametrize(
    "options",
    [
        {"to_nodes": ["many_to_one.train_model"]},
        {"to_outputs": ["many_to_one.history"]},
        {"from_nodes": ["load_data"], "to_nodes": ["many_to_one.train_model"]},
        {"from_inputs": ["params:data"], "to_nodes": ["many_to_one.train_model"]},
    ],
    ids=["to-nodes", "to-outputs", "from-nodes", "from-inputs"],
)
def test_all_nodes_up_to_one_of_them(select: Select, store: Any, options: dict[str, list[str]]) -> None:
    select(**options)
    (run,) = all_runs(store)
    assert (run.info.run_name, run.info.status) == ("many_to_one", "FINISHED")
    assert "train/loss" in run.data.metrics
    assert "test/mae" not in run.data.metrics, "it is not evaluated"


def test_a_partial_run_and_a_whole_run_are_different_runs(select: Select, store: Any) -> None:
    for options in ({}, {"to_nodes": ["many_to_one.train_model"]}, {}):
        select("many_to_one", **options)
    runs = all_runs(store)
    assert len({run.info.run_id for run in runs}) == 3
    assert {run.info.status for run in runs} == {"FINISHED"}


@pytest.mark.parametrize(
    ("options", "missing", "command"),
    [
        (
            {"node_names": ["many_to_one.train_model"]},
            "dataset, many_to_one.checked_network",
            "kedro run --params training.epochs=2 --to-nodes=many_to_one.train_model",
        ),
        ({"namespaces": ["many_to_one"]}, "dataset", "kedro run --params training.epochs=2 --tags=many_to_one"),
        ({"from_nodes": ["many_to_one.train_model"]}, "baseline", "kedro run --params training.epochs=2"),
        ({"from_inputs": ["dataset"]}, "data_settings, dataset, task", "kedro run --params training.epochs=2"),
        ({"tags": ["evaluation"]}, "dataset", "kedro run --params training.epochs=2"),
    ],
    ids=["nodes", "namespaces", "from-nodes", "from-inputs", "tags"],
)
def test_inputs_in_memory_are_a_one_line_error(
    select: Select, store: Any, options: dict[str, list[str]], missing: str, command: str
) -> None:
    with pytest.raises(UserError) as raised:
        select(**options)
    message = str(raised.value)
    assert message.startswith(f"The selected nodes need datasets that are kept in memory only: {missing}")
    assert f". Run the nodes that compute them, too: {command}" in message
    assert "\n" not in message
    assert not all_runs(store)


def test_the_command_that_the_error_names_runs(select: Select, store: Any) -> None:
    with pytest.raises(UserError) as raised:
        select("many_to_one", node_names=["many_to_one.frame", "many_to_one.init_network"])
    command = shlex.split(str(raised.value).rpartition("too: ")[2])
    assert command[-1] == "--to-nodes=many_to_one.init_network"
    result = select("many_to_one", to_nodes=[command[-1].partition("=")[2]])
    assert "many_to_one.initial_network" in result


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--tags=trainin"], "There is no tag trainin in this pipeline. Did you mean training?"),
        (["--tags=x"], "There is no tag x in this pipeline. Available: data, evaluation, framing, many_to_many, "),
        (["--nodes=many_to_one.train"], "There is no node many_to_one.train in this pipeline. Did you mean many_to_"),
        (["--from-nodes=loaddata"], "There is no node loaddata in this pipeline. Did you mean load_data?"),
        (["--to-nodes=refits"], "There is no node refits in this pipeline. "),
        (["--from-inputs=datas"], "There is no dataset datas in this pipeline. Did you mean data"),
        (
            ["--to-outputs=many_to_one.modl"],
            "There is no dataset many_to_one.modl in this pipeline. Did you mean many_",
        ),
        (["--namespaces=dense"], "There is no namespace dense in this pipeline. Available: many_to_many, "),
        (["--tags=data", "--nodes=many_to_one.frame"], "The options must select at least one node. Received: options"),
    ],
)
def test_a_selection_of_nothing_is_a_one_line_error(
    project: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], message: str
) -> None:
    monkeypatch.chdir(project)
    bootstrap_project(project)
    context = cli.run.make_context("run", options)
    with pytest.raises(ValueError, match=".") as unfiltered:
        cli.kedro_run.callback(**context.params)
    assert not isinstance(unfiltered.value, UserError), "Kedro's own error has a traceback"
    with pytest.raises(UserError) as raised:
        cli._run_checked(context.params)
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


def test_the_command_line_prints_one_line(kedro: Any, project: Path) -> None:
    for option in ("--nodes=many_to_one.train_model", "--tags=trainin"):
        result = kedro("run", option)
        assert result.returncode == click.ClickException.exit_code
        assert len(result.stderr.splitlines()) == 1, result.stderr
        assert result.stderr.startswith("Error: ")
    assert not (project / "mlflow.db").exists()
