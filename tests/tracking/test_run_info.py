"""What is logged of a run before training."""

import json

import numpy as np
import pandas as pd
import yaml

from helpers.run_contexts import make_run_context
from seqframe.config import parse_settings
from seqframe.tracking.run_info import make_run_info, settings_file

ROWS = pd.DataFrame({"x": np.arange(6.0), "z": 0.0})
TABLE = {"path": "my.csv", "target": "x"}
FORECAST = {"kind": "forecast", "lookback": 3, "horizon": 2}


def params(**groups: dict) -> dict[str, str]:
    return dict(make_run_info(make_run_context("dense", **groups), "dense", ROWS, (4, 5, 1), (4, 2)).params)


def test_settings_that_do_not_affect_the_run_are_not_logged() -> None:
    names = set(params())
    assert {"data.sequence_length", "model.units", "training.seed", "framing", "X_shape", "y_shape"} <= names
    assert not {name for name in names if name.startswith(("experiments.", "backtest."))}
    assert not {"data.path", "data.delay", "data.noise", "task.gap", "training.resume"} & names
    assert not {"model.hidden_sizes", "training.n_seeds"} & names


def test_settings_that_affect_the_run_are_logged() -> None:
    assert params()["data.generator"] == "ramp", "also if the setting is null"
    assert "data.delay" in params(data={"generator": "copy_memory"})
    assert {"data.period", "data.noise"} <= set(params(data={"generator": "sine"}))
    stacked = params(model={"hidden_sizes": [4, 2]})
    assert stacked["model.hidden_sizes"] == "[4, 2]"
    assert "model.units" not in stacked
    table_params = params(data=TABLE, task=FORECAST)
    assert {"data.path", "task.gap", "backtest.n_folds", "training.n_seeds"} <= set(table_params)
    assert not {"data.sequence_length", "data.seed", "training.seed"} & set(table_params)


def test_all_settings_are_in_a_file_that_can_be_parsed_again() -> None:
    context = make_run_context("dense", data={**TABLE, "missing": "ffill"}, task=FORECAST)
    file = settings_file(context)
    assert file.name == "settings.yml"
    assert file.content.decode().splitlines()[0].endswith("kedro run --pipeline=compare")
    assert parse_settings(yaml.safe_load(file.content)) == context.settings


def test_the_data_is_an_mlflow_data_set() -> None:
    generated = make_run_info(make_run_context("dense", data={"generator": "sine"}), "dense", ROWS, (4, 5, 1), (4, 2))
    assert generated.data is not None
    assert (generated.data.name, generated.data.digest) == ("sine of 5", generated.tags["data.fingerprint"])
    assert [column["name"] for column in json.loads(generated.data.schema)["mlflow_colspec"]] == ["x", "z"]
    profile = json.loads(generated.data.profile)
    assert (profile["num_rows"], profile["num_elements"], profile["generator"]) == (6, 12, "sine")
    assert json.loads(generated.data.source)["tags"]["period"] == profile["period"] == 20.0
    table = make_run_info(make_run_context("dense", data=TABLE, task=FORECAST), "dense", ROWS, (4, 5, 1), (4, 2))
    assert table.data is not None
    assert json.loads(table.data.profile) == {"num_rows": 6, "num_elements": 12}
    assert (table.data.source_type, json.loads(table.data.source)) == ("local", {"uri": "my.csv"})


def test_the_name_of_a_parent_run_has_the_table() -> None:
    assert make_run_context("dense", data={"path": "data/my sales.csv"}).title == "compare my sales"
    assert make_run_context("dense").title == "compare"
    assert make_run_context(pipeline="experiments", data={"path": "my.csv"}).title == "experiments"
