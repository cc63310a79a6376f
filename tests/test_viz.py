"""The graph in Kedro-Viz: layers in order, a block for every framing, the code of nodes, previews."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import kedro_command, kedro_environment
from seqframe.framings import TUTORIAL

LAYERS = ["raw", "framed", "model", "scores", "reporting"]
NO_NETWORK = """
import socket
def refuse(*_, **__):
    raise OSError("no network")
socket.getaddrinfo = socket.create_connection = socket.socket.connect = refuse
"""


@pytest.fixture
def graphs(project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """The graphs of all pipelines of an environment, as Kedro-Viz's page receives them."""
    monkeypatch.chdir(project)

    def read(env: str | None) -> dict[str, Any]:
        from kedro_viz.api.rest.responses.pipelines import get_pipeline_response
        from kedro_viz.data_access.managers import DataAccessManager
        from kedro_viz.integrations.kedro.data_loader import load_data
        from kedro_viz.server import populate_data

        catalog, pipelines, extras = load_data(project, env=env, include_hooks=True)
        manager = DataAccessManager()
        populate_data(manager, catalog, pipelines, extras)
        monkeypatch.setattr("kedro_viz.api.rest.responses.pipelines.data_access_manager", manager)
        return {name: json.loads(get_pipeline_response(name).model_dump_json()) for name in pipelines}

    return read


@pytest.mark.parametrize("env", [None, "sunspots"])
def test_layers_are_in_order_and_every_dataset_has_one(graphs: Callable[..., dict[str, Any]], env: str | None) -> None:
    for name, graph in graphs(env).items():
        data = [node for node in graph["nodes"] if node["type"] == "data"]
        assert not [node["name"] for node in data if node["layer"] not in LAYERS], name
        used = {node["layer"] for node in data}
        assert [layer for layer in graph["layers"] if layer in used] == [layer for layer in LAYERS if layer in used]


def test_every_framing_is_a_block(graphs: Callable[..., dict[str, Any]]) -> None:
    for env in (None, "sunspots"):
        graph = graphs(env)["__default__"]
        blocks = {node["id"] for node in graph["nodes"] if node["type"] == "modularPipeline"}
        assert blocks == {framing.name for framing in TUTORIAL}


def test_the_pipelines_depend_on_the_settings(graphs: Callable[..., dict[str, Any]]) -> None:
    tasks = {node["name"] for node in graphs("sunspots")["compare"]["nodes"] if node["type"] == "task"}
    assert {"make_folds", "run_backtest", "score_models", "refit"} <= tasks


def test_the_users_table_is_the_first_dataset(graphs: Callable[..., dict[str, Any]]) -> None:
    for graph in graphs("sunspots").values():
        data = {node["name"]: node["layer"] for node in graph["nodes"] if node["type"] == "data"}
        assert data.get("raw_table", "raw") == "raw"
        assert ("raw_table" in data) == any(node["name"] in ("load_data", "load_context") for node in graph["nodes"])
    generated = graphs(None)["__default__"]
    assert "raw_table" not in {node["name"] for node in generated["nodes"]}


@pytest.mark.slow
def test_the_pages_are_built_offline(run_pipeline: Callable[..., Any], project: Path, tmp_path: Path) -> None:
    run_pipeline("many_to_many", training={"epochs": 2})
    (tmp_path / "trap").mkdir()
    (tmp_path / "trap" / "sitecustomize.py").write_text(NO_NETWORK)
    result = subprocess.run(
        kedro_command("viz", "build", "--include-hooks", "--include-previews"),
        cwd=project, env=kedro_environment(PYTHONPATH=str(tmp_path / "trap")), capture_output=True, text=True,
    )  # fmt: skip
    assert "Kedro-Viz build files have been added" in result.stdout, result.stdout + result.stderr
    api = project / "build" / "api"
    graph = json.loads((api / "pipelines" / "many_to_many").read_text())
    assert graph["layers"] == LAYERS
    details = {node["name"]: json.loads((api / "nodes" / node["id"]).read_text()) for node in graph["nodes"]
               if node["type"] in ("data", "task")}  # fmt: skip
    for name in ("dependency_plot", "loss_curve", "prediction_plot"):
        assert details[f"many_to_many.{name}"]["preview_type"] == "ImagePreview"
    for name in ("index_map", "layer_table", "prediction_table", "dependency"):
        assert details[f"many_to_many.{name}"]["preview_type"] == "TablePreview"
    assert details["comparison"]["preview_type"] == "TablePreview"
    assert details["check_causality"]["code"].startswith(
        "def check_causality(\n    network: NetworkState, dataset: SequenceDataset, framing: Framing\n)"
    )
