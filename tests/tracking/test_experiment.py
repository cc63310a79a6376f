"""The page of the experiment in MLflow: description, links and saved views."""

import base64
import json
import re
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from conftest import all_runs
from seqframe.tracking.store import EXPERIMENT, SAVED, VIEWS, experiment_id, experiment_tags, start_url


def views(tags: dict[str, str]) -> dict[str, Any]:
    """The saved views by key, decoded like on MLflow's page."""
    saved = {key.removeprefix(SAVED): json.loads(value) for key, value in tags.items() if key.startswith(SAVED)}
    packed = {key: base64.b64decode(view["state"].removeprefix("deflate;")) for key, view in saved.items()}
    return {key: json.loads(zlib.decompress(state)) for key, state in packed.items()}


def test_the_links_of_a_new_experiment_point_to_saved_views(store) -> None:
    number = experiment_id(store)
    tags = store.get_experiment(number).tags
    assert tags["mlflow.experimentKind"] == "custom_model_development"
    links = re.findall(r"\((#/experiments/[^)]*)\)", tags["mlflow.note.content"])
    assert len(links) == 5
    for link in links:
        assert f"/experiments/{number}/runs?workflowType=machine_learning&viewStateShareKey=" in link
        assert re.search("viewStateShareKey=([a-z]*)", link)[1] in views(tags)
    assert start_url() == f"http://127.0.0.1:5000/{links[0]}"


def test_tags_of_a_user_stay_and_missing_tags_are_added(store) -> None:
    number = store.create_experiment(EXPERIMENT, tags={"mlflow.note.content": "Mine."})
    assert experiment_id(store) == number
    tags = store.get_experiment(number).tags
    assert tags["mlflow.note.content"] == "Mine."
    assert set(tags) == set(experiment_tags(number))


@pytest.fixture
def a_run(run_pipeline: Callable[..., Any], store: Any) -> Any:
    run_pipeline("many_to_one", training={"epochs": 2})
    (run,) = all_runs(store)
    return run


def test_the_view_of_framings_has_columns_that_a_run_has(a_run: Any, store: Any) -> None:
    view = views(experiment_tags("1"))["framings"]
    there = {"params": a_run.data.params, "metrics": a_run.data.metrics, "tags": a_run.data.tags}
    for column in view["selectedColumns"]:
        kind, name = column.split(".", 1)
        assert kind == "attributes" or name.strip("`") in there[kind], column
    found = store.search_runs([a_run.info.experiment_id], view["searchFilter"], order_by=[f"{view['orderByKey']} DESC"])
    assert [run.info.run_id for run in found] == [a_run.info.run_id]
    (data,) = a_run.inputs.dataset_inputs
    assert (data.dataset.name, data.tags[0].value) == ("ramp of 5", "training")
    assert data.dataset.digest == a_run.data.tags["data.fingerprint"]
    assert a_run.data.tags["mlflow.note.content"].startswith("The network reads the whole window")
    assert len(a_run.data.tags["git_commit"]) == 7


def test_views_are_named() -> None:
    saved = [json.loads(value)["name"] for key, value in experiment_tags("1").items() if key.startswith(SAVED)]
    assert saved == list(VIEWS)
