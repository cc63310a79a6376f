from typing import Any

import pytest
import yaml

from conftest import ROOT
from seqframe.config import Training, known_names, read_settings
from seqframe.errors import UserError


@pytest.fixture
def tutorial() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "conf" / "base" / "parameters.yml").read_text())


def test_the_tutorials_settings_are_complete(tutorial: dict[str, Any]) -> None:
    settings = read_settings(tutorial)
    assert (settings.problem.length, settings.model.units, settings.training.learning_rate) == (5, 5, 0.001)
    given = {f"{group}.{name}" for group, members in tutorial.items() for name in members}
    assert given == set(known_names()), "conf/base/parameters.yml names every setting, once"


def test_epochs_may_differ_by_framing(tutorial: dict[str, Any]) -> None:
    training = read_settings(tutorial).training
    assert [training.epochs_of(name) for name in ("one_to_one", "many_to_one", "many_to_many")] == [1000, 500, 1000]
    for_all = Training(epochs=300, batch_size="all", learning_rate=0.1, seed=0, seeds=1)
    assert for_all.epochs_of("many_to_one") == 300


@pytest.mark.parametrize(("batch_size", "samples", "expected"), [("all", 7, 7), (3, 7, 3), (9, 7, 7)])
def test_batch_size(batch_size: Any, samples: int, expected: int) -> None:
    training = Training(epochs=1, batch_size=batch_size, learning_rate=0.1, seed=0, seeds=1)
    assert training.batch_of(samples) == expected


@pytest.mark.parametrize(
    ("group", "name", "value", "message"),
    [
        ("training", "epoch", 3, "Unknown setting `training.epoch`. Did you mean `training.epochs`?"),
        ("trainng", "epochs", 3, "Unknown setting `trainng.epochs`. Did you mean `training.epochs`?"),
        ("problem", "units", 3, "Unknown setting `problem.units`. Did you mean `model.units`?"),
        ("problem", "length", 0, "`problem.length` must be greater than or equal to 1. Received: 0."),
        ("problem", "length", -4, "`problem.length` must be greater than or equal to 1. Received: -4."),
        ("problem", "length", 2.5, "`problem.length` must be a valid integer. Received: 2.5."),
        ("problem", "length", True, "`problem.length` must be a valid integer. Received: True."),
        ("problem", "kind", "table", "`problem.table` must name a CSV or Parquet file where `problem.kind` is table."),
        ("model", "units", 0, "`model.units` must be greater than or equal to 1. Received: 0."),
        (
            "training",
            "epochs",
            "many",
            "`training.epochs` must be a valid integer or a valid dictionary. Received: 'many'.",
        ),
        ("training", "epochs", {"a": 1}, "`training.epochs` by framing needs an entry `otherwise` for the rest."),
        ("training", "batch_size", "some", "`training.batch_size` must be a valid integer or 'all'. Received: 'some'."),
        ("training", "learning_rate", float("nan"), "`training.learning_rate` must be a finite number. Received: nan."),
        ("training", "learning_rate", -1, "`training.learning_rate` must be greater than 0. Received: -1."),
        ("task", "kind", "forecast", "A forecast of generated rows needs `task.lookback` and `task.horizon`."),
        ("task", "gap", 2, "`task.horizon` and `task.gap` belong to a forecast, and `task.kind` is echo."),
    ],
)
def test_a_bad_setting_is_one_clear_line(
    tutorial: dict[str, Any], group: str, name: str, value: Any, message: str
) -> None:
    tutorial.setdefault(group, {})[name] = value
    with pytest.raises(UserError) as caught:
        read_settings(tutorial)
    assert str(caught.value) == message


def test_a_missing_setting_is_named(tutorial: dict[str, Any]) -> None:
    del tutorial["model"]["units"]
    with pytest.raises(UserError, match="The setting `model.units` is missing"):
        read_settings(tutorial)
