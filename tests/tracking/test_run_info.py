"""What is known of a run before anything is trained."""

import json

import numpy as np
import pandas as pd
import yaml

from helpers.run_contexts import session
from seqframe.config import parse_settings
from seqframe.tracking.run_info import make_run_info, settings_file

ROWS = pd.DataFrame({"x": np.arange(6.0), "z": 0.0})
TABLE = {"table": "my.csv", "target": "x"}
FORECAST = {"kind": "forecast", "lookback": 3, "horizon": 2}


def params(**groups: dict) -> dict[str, str]:
    return dict(make_run_info(session("dense", **groups), "dense", ROWS, (4, 5, 1), (4, 2)).params)


def test_settings_without_a_part_in_the_run_are_left_out() -> None:
    names = set(params())
    assert {"data.sequence_length", "model.units", "training.seed", "framing", "X_shape", "y_shape"} <= names
    assert not {name for name in names if name.startswith(("answers.", "backtest."))}
    assert not {"data.path", "data.delay", "data.noise", "task.gap", "training.resume"} & names
    assert not {"model.hidden_sizes", "training.n_seeds"} & names


def test_what_has_a_part_is_there() -> None:
    assert params()["data.generator"] == "ramp", "though the setting is null"
    assert "data.delay" in params(data={"generator": "copy_memory"})
    assert {"data.period", "data.noise"} <= set(params(data={"generator": "sine"}))
    stacked = params(model={"hidden_sizes": [4, 2]})
    assert stacked["model.hidden_sizes"] == "[4, 2]"
    assert "model.units" not in stacked
    of_table = params(data_settings=TABLE, task=FORECAST)
    assert {"data.path", "task.gap", "backtest.n_folds", "training.n_seeds"} <= set(of_table)
    assert not {"data.sequence_length", "data.seed", "training.seed"} & set(of_table)


def test_all_settings_lie_in_a_file_that_is_a_users_own_settings_again() -> None:
    begun = session("dense", data={**TABLE, "missing": "ffill"}, task=FORECAST)
    file = settings_file(begun)
    assert file.name == "settings.yml"
    assert file.content.decode().splitlines()[0].endswith("kedro run --pipeline=compare")
    assert parse_settings(yaml.safe_load(file.content)) == begun.settings


def test_rows_are_a_data_set() -> None:
    made = make_run_info(session("dense", data={"generator": "sine"}), "dense", ROWS, (4, 5, 1), (4, 2))
    assert made.data is not None
    assert (made.data.name, made.data.digest) == ("sine of 5", made.tags["data.fingerprint"])
    assert [column["name"] for column in json.loads(made.data.schema)["mlflow_colspec"]] == ["x", "z"]
    profile = json.loads(made.data.profile)
    assert (profile["num_rows"], profile["num_elements"], profile["generator"]) == (6, 12, "sine")
    assert json.loads(made.data.source)["tags"]["period"] == profile["period"] == 20.0
    read = make_run_info(session("dense", data_settings=TABLE, task=FORECAST), "dense", ROWS, (4, 5, 1), (4, 2))
    assert read.data is not None
    assert json.loads(read.data.profile) == {"num_rows": 6, "num_elements": 12}
    assert (read.data.source_type, json.loads(read.data.source)) == ("local", {"uri": "my.csv"})
