from typing import Any

import pytest
import yaml

from conftest import ROOT
from seqframe.config import TrainingSettings, parse_settings, setting_names
from seqframe.errors import UserError


@pytest.fixture
def tutorial() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "conf" / "base" / "parameters.yml").read_text())


def test_base_parameters_name_every_setting(tutorial: dict[str, Any]) -> None:
    settings = parse_settings(tutorial)
    assert (settings.data.sequence_length, settings.model.units, settings.training.learning_rate) == (5, 5, 0.001)
    csv = tutorial["data"].pop("csv")
    given = {f"{group}.{name}" for group, members in tutorial.items() for name in members}
    given |= {f"data.csv.{name}" for name in csv}
    assert given == set(setting_names()), "conf/base/parameters.yml names every setting, once"


def test_epochs_may_differ_by_framing(tutorial: dict[str, Any]) -> None:
    training = parse_settings(tutorial).training
    assert [training.epochs_of(name) for name in ("one_to_one", "many_to_one", "many_to_many")] == [1000, 500, 1000]
    for_all = TrainingSettings(epochs=300, batch_size="full", learning_rate=0.1, seed=0, n_seeds=1)
    assert for_all.epochs_of("many_to_one") == 300


@pytest.mark.parametrize(("batch_size", "samples", "expected"), [("full", 7, 7), (3, 7, 3), (9, 7, 7)])
def test_batch_size(batch_size: Any, samples: int, expected: int) -> None:
    training = TrainingSettings(epochs=1, batch_size=batch_size, learning_rate=0.1, seed=0, n_seeds=1)
    assert training.batch_of(samples) == expected


@pytest.mark.parametrize(
    ("group", "name", "value", "message"),
    [
        ("training", "epoch", 3, "Unknown setting `training.epoch`. Did you mean `training.epochs`?"),
        ("trainng", "epochs", 3, "Unknown setting `trainng.epochs`. Did you mean `training.epochs`?"),
        ("data", "units", 3, "Unknown setting `data.units`. Did you mean `model.units`?"),
        ("data", "sequence_length", 0, "`data.sequence_length` must be greater than or equal to 1. Received: 0."),
        ("data", "sequence_length", -4, "`data.sequence_length` must be greater than or equal to 1. Received: -4."),
        ("data", "sequence_length", 2.5, "`data.sequence_length` must be a valid integer. Received: 2.5."),
        ("data", "sequence_length", True, "`data.sequence_length` must be a valid integer. Received: True."),
        ("problem", "length", 7, "The setting `problem.length` is now called `data.sequence_length`."),
        ("problem", "delay", 7, "The setting `problem.delay` is now called `data.delay`."),
        ("training", "seeds", 7, "The setting `training.seeds` is now called `training.n_seeds`."),
        ("answers", "only", "Q4", "The setting `answers.only` is now called `experiments.only`."),
        ("model", "units", 0, "`model.units` must be greater than or equal to 1. Received: 0."),
        (
            "training",
            "epochs",
            "many",
            "`training.epochs` must be a valid integer or a valid dictionary. Received: 'many'.",
        ),
        (
            "training",
            "epochs",
            {"a": 1},
            "`training.epochs` by framing needs an entry `default` for all other framings. Received: {'a': 1}.",
        ),
        (
            "training",
            "batch_size",
            "some",
            "`training.batch_size` must be a valid integer or 'full'. Received: 'some'.",
        ),
        ("training", "learning_rate", float("nan"), "`training.learning_rate` must be a finite number. Received: nan."),
        ("training", "learning_rate", -1, "`training.learning_rate` must be greater than 0. Received: -1."),
        (
            "task",
            "kind",
            "forecast",
            "A forecast of generated data needs `task.lookback` and `task.horizon`. "
            "Received: lookback=None, horizon=None.",
        ),
        (
            "task",
            "gap",
            2,
            "`task.horizon` and `task.gap` apply to `task.kind=forecast` only. "
            "Received: kind=echo, horizon=None, gap=2.",
        ),
    ],
)
def test_an_invalid_setting_is_one_line(
    tutorial: dict[str, Any], group: str, name: str, value: Any, message: str
) -> None:
    tutorial.setdefault(group, {})[name] = value
    with pytest.raises(UserError) as caught:
        parse_settings(tutorial)
    assert str(caught.value) == message


def test_a_missing_setting_is_named(tutorial: dict[str, Any]) -> None:
    del tutorial["model"]["units"]
    with pytest.raises(UserError, match="The setting `model.units` is missing"):
        parse_settings(tutorial)


@pytest.mark.parametrize("season", [0, -7, 7.5, "week", [24, 1], [24, 168.0]])
def test_a_season_is_a_whole_number_of_rows(tutorial: dict[str, Any], season: Any) -> None:
    tutorial["data"]["season"] = season
    with pytest.raises(UserError) as caught:
        parse_settings(tutorial)
    assert str(caught.value) == (
        "A season in `data.season` must be a whole number of rows >= 2, or 1 for none. "
        f"Received: {season!r}. Use null to have it found."
    )


@pytest.mark.parametrize("season", [None, 1, 12, [24, 168], [1], []])
def test_seasons_may_be_given(tutorial: dict[str, Any], season: Any) -> None:
    tutorial["data"]["season"] = season
    assert parse_settings(tutorial).data.season == season
