"""What is known of a run before it runs."""

import pytest
import yaml

from conftest import ROOT
from seqframe.config import parse_settings
from seqframe.framings import supported_framings
from seqframe.hooks import count_networks
from seqframe.pipeline_registry import pipelines_for, register_pipelines


@pytest.mark.parametrize(
    ("name", "pieces"),
    [
        ("__default__", 3),
        ("many_to_one", 1),
        ("compare", 9),
        ("seed_study", 3 * 20),
        ("experiments", 13),
        ("inspect", 0),
    ],
)
def test_how_many_networks_or_questions_there_are(name: str, pieces: int) -> None:
    assert count_networks(register_pipelines()[name], seeds=20) == pieces


def test_a_backtest_trains_in_every_fold_from_every_seed_and_then_keeps_one() -> None:
    parameters = yaml.safe_load((ROOT / "conf" / "base" / "parameters.yml").read_text())
    parameters["data"]["table"] = "any.csv"
    parameters["task"]["kind"] = "forecast"
    settings = parse_settings(parameters)
    framings = len(supported_framings(settings))
    assert framings > 1
    assert count_networks(pipelines_for(settings)["compare"], seeds=5, folds=2) == framings * 2 * 5 + 5
