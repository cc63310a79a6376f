"""The number of networks of a pipeline, and its tags."""

import pytest
import yaml

from conftest import ROOT
from seqframe.config import parse_settings
from seqframe.errors import UserError
from seqframe.framings import supported_framings
from seqframe.hooks.pipeline_content import count_networks, framings_in
from seqframe.pipeline_registry import pipelines_for, register_pipelines


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("__default__", 3),
        ("many_to_one", 1),
        ("compare", 9),
        ("seed_study", 3 * 20),
        ("experiments", 18),
        ("inspect", 0),
    ],
)
def test_the_number_of_networks_or_experiments(name: str, count: int) -> None:
    assert count_networks(register_pipelines()[name], seeds=20) == count


def test_a_backtest_trains_one_network_per_fold_and_seed_and_refits_one_framing() -> None:
    parameters = yaml.safe_load((ROOT / "conf" / "base" / "parameters.yml").read_text())
    parameters["data"]["path"] = "any.csv"
    parameters["task"]["kind"] = "forecast"
    settings = parse_settings(parameters)
    framings = len(supported_framings(settings))
    assert framings > 1
    assert count_networks(pipelines_for(settings)["compare"], seeds=5, folds=2) == framings * 2 * 5 + 5


def test_a_comparison_trains_the_named_framings_only() -> None:
    parameters = yaml.safe_load((ROOT / "conf" / "base" / "parameters.yml").read_text())
    parameters["backtest"]["framings"] = ["many_to_one", "one_to_one"]
    created = pipelines_for(parse_settings(parameters))
    assert framings_in(created["compare"]) == ("one_to_one", "many_to_one")
    assert "skipped" not in created["compare"].outputs()
    assert count_networks(created["seed_study"], 1) == 3
    parameters["data"]["path"] = "any.csv"
    parameters["task"]["kind"] = "forecast"
    assert framings_in(pipelines_for(parse_settings(parameters))["compare"]) == ("one_to_one", "many_to_one")
    parameters["backtest"]["framings"] = "dense"
    assert framings_in(pipelines_for(parse_settings(parameters))["compare"]) == ("dense",)
    parameters["backtest"]["framings"] = []
    with pytest.raises(UserError, match="backtest.framings"):
        parse_settings(parameters)


def test_a_baseline_is_refitted_without_networks() -> None:
    parameters = yaml.safe_load((ROOT / "conf" / "base" / "parameters.yml").read_text())
    parameters["data"]["path"] = "any.csv"
    parameters["task"]["kind"] = "forecast"
    compare = pipelines_for(parse_settings(parameters))["compare"]
    assert count_networks(compare, 5, 2) - count_networks(compare, 5, 2, refits_networks=False) == 5


def test_every_node_has_a_tag_of_its_stage_and_of_its_framing() -> None:
    stages = {"data", "framing", "training", "evaluation", "reporting", "inference"}
    for name, pipeline in register_pipelines().items():
        for node in pipeline.nodes:
            assert len(stages & node.tags) == 1, (name, node.name)
            assert node.namespace is None or node.namespace in node.tags
