from typing import Any

import pytest
import yaml

from conftest import ROOT
from seqframe.config import TrainingSettings, parse_settings, setting_names
from seqframe.config.loader import WORDS_OF_OTHERS
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
        (
            "training",
            "amsgrad",
            True,
            "Unknown setting `training.amsgrad`. `training` has training.epochs, training.batch_size, "
            "training.learning_rate and 20 more: see docs/settings.md.",
        ),
        (
            "execution",
            "x",
            1,
            "Unknown setting `execution.x`. `execution` has execution.kind, execution.workers, execution.address: see "
            "docs/settings.md.",
        ),
        ("training", "criterion", "mae", "Unknown setting `training.criterion`. Did you mean `training.loss`?"),
        ("training", "optim", "sgd", "Unknown setting `training.optim`. Did you mean `training.optimizer`?"),
        ("training", "loss", "cosine", "`training.loss` must be auto, mse, mae, huber or quantile. "
         "Received: 'cosine'."),
        ("training", "loss", "quantile", "`training.loss=quantile` needs a forecast of a table "
         "(`task.kind=forecast` and `data.path`). Received: task.kind=echo. Set it to mae."),
        ("training", "quantiles", [0.5, 0.9], "`training.quantiles` must be ascending numbers between 0 and 1, with "
         "0.5, and others below and above it. Received: [0.5, 0.9]."),
        ("training", "optimizer", "lion", "`training.optimizer` must be adam, adamw, sgd or rmsprop. "
         "Received: 'lion'."),
        ("training", "momentum", 0.9, "`training.momentum` applies to `training.optimizer=sgd` only. Received: "
         "optimizer=adam, momentum=0.9. Set one of them."),
        ("training", "weight_decay", 0.01, "`training.weight_decay` applies to `training.optimizer=adamw` only. "
         "Received: optimizer=adam, weight_decay=0.01. Set one of them."),
        ("training", "class_weight", "balanced", "`training.class_weight` applies to labels. Received: task.kind=echo. "
         "Set it to none."),
        ("backtest", "n_folds", 3, "`backtest.n_folds` needs a forecast of a table (`task.kind=forecast` and "
         "`data.path`). Received: task.kind=echo, backtest.n_folds=3. Set it to null."),
        ("backtest", "test_size", "2017-10-24", "`backtest.test_size` needs a forecast of a table "
         "(`task.kind=forecast` and `data.path`). Received: task.kind=echo, backtest.test_size='2017-10-24'. Set it to "
         "null."),
        ("training", "head_init", "ridge", "`training.head_init=ridge` needs networks with `model.linear_skip=true`. "
         "Received: linear_skip=false. Set `model.linear_skip=true`, or `training.head_init=zero`."),
        ("training", "lr", 3, "Unknown setting `training.lr`. Did you mean `training.learning_rate`?"),
        ("training", "n_seed", 3, "Unknown setting `training.n_seed`. Did you mean `training.n_seeds` or "
         "`experiments.n_seeds`?"),
        ("tuning", "what", 3, "Unknown setting `tuning.what`. All settings are in docs/settings.md."),
        ("experiments", "only", "Q66", "`experiments.only` must be an experiment from Q1 to Q18 or null. "
         "Received: 'Q66'."),
        ("sweep", "space", {"model.units": {"low": 2}}, "In `sweep.space`, model.units must have a list of values, or "
         "a range such as {low: 8, high: 64}. Received: {'low': 2}."),
        ("sweep", "space", {"model.units": {"low": 9, "high": 2}}, "A range of `sweep.space` needs `low` below "
         "`high`; with `log`, `low` above 0 and no `step`. Received: low=9, high=2, log=false."),
        ("training", "learning_rate", "0,05", "`training.learning_rate` must be a number > 0. Received: '0,05'. "
         "A decimal has a point: 0.05."),
        ("training", "epochs", "5", "`training.epochs` must be a whole number >= 1 or whole numbers by framing. "
         "Received: '5'. A number has no quotes."),
        ("training", "epochs", {"dense": "x"}, "`training.epochs` must be a whole number >= 1 or whole numbers by "
         "framing. Received: 'x'."),
        ("data", "target", 1.5, "`data.target` must be text, a list of texts or null. Received: 1.5. "
         "Text that looks like a number needs quotes: '1.5'."),
        ("data", "features", ["a", 1.5], "`data.features` must be text, a list of texts or null. Received: 1.5. "
         "Text that looks like a number needs quotes: '1.5'."),
        ("training", "batch_size", 0, "`training.batch_size` must be a whole number >= 1 or full. Received: 0."),
        ("model", "hidden_sizes", [4, "x" * 100], "`model.hidden_sizes` must be a list of whole numbers >= 1 or null. "
         f"Received: '{'x' * 58}…."),
        ("model", "cell", "\x1b[31m", "`model.cell` must be lstm, gru or simple_rnn. Received: '\\x1b[31m'."),
        ("data", "units", 3, "Unknown setting `data.units`. Did you mean `model.units`?"),
        ("data", "sequence_length", 0, "`data.sequence_length` must be a whole number >= 1. Received: 0."),
        ("data", "sequence_length", -4, "`data.sequence_length` must be a whole number >= 1. Received: -4."),
        ("data", "sequence_length", 2.5, "`data.sequence_length` must be a whole number >= 1. Received: 2.5."),
        ("data", "sequence_length", 10**600, "`data.sequence_length` must be a whole number >= 1. "
         f"Received: 1{'0' * 58}…. Whole numbers are at most 1e15."),
        ("data", "sequence_length", True, "`data.sequence_length` must be a whole number >= 1. Received: True."),
        ("problem", "length", 7, "The setting `problem.length` is now called `data.sequence_length`."),
        ("problem", "delay", 7, "The setting `problem.delay` is now called `data.delay`."),
        ("training", "seeds", 7, "The setting `training.seeds` is now called `training.n_seeds`."),
        ("answers", "only", "Q4", "The setting `answers.only` is now called `experiments.only`."),
        ("model", "units", 0, "`model.units` must be a whole number >= 1. Received: 0."),
        (
            "training",
            "epochs",
            "many",
            "`training.epochs` must be a whole number >= 1 or whole numbers by framing. Received: 'many'.",
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
            "`training.batch_size` must be a whole number >= 1 or full. Received: 'some'.",
        ),
        ("training", "learning_rate", float("nan"), "`training.learning_rate` must be a number > 0. Received: nan."),
        ("training", "learning_rate", -1, "`training.learning_rate` must be a number > 0. Received: -1."),
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
)  # fmt: skip
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


@pytest.mark.parametrize(("given", "name"), [(2024, "2024"), ([2024, "y"], ["2024", "y"]), (True, None), (2.5, None)])
def test_a_column_may_be_named_by_a_whole_number(tutorial: dict[str, Any], given: Any, name: Any) -> None:
    tutorial["data"]["target"] = given
    if name is not None:
        assert parse_settings(tutorial).data.target == name
    else:
        with pytest.raises(UserError, match="`data.target` must be text, a list of texts or null. Received: "):
            parse_settings(tutorial)


def test_a_group_is_no_value(tutorial: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="`training` is a group of settings, such as training.epochs. Received: 3."):
        parse_settings({**tutorial, "training": 3})


def test_words_of_other_libraries_name_settings() -> None:
    assert {name for names in WORDS_OF_OTHERS.values() for name in names} <= set(setting_names())
