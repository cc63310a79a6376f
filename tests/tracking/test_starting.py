"""What is known of a run before anything is trained."""

import json

import numpy as np
import pandas as pd
import yaml

from seqframe.config import read_settings
from seqframe.tracking.starting import settings_file, start_of
from tracking.sessions import session

ROWS = pd.DataFrame({"x": np.arange(6.0), "z": 0.0})
TABLE = {"table": "my.csv", "target": "x"}
FORECAST = {"kind": "forecast", "lookback": 3, "horizon": 2}


def params(**groups: dict) -> dict[str, str]:
    return dict(start_of(session("dense", **groups), "dense", ROWS, (4, 5, 1), (4, 2)).params)


def test_settings_without_a_part_in_the_run_are_left_out() -> None:
    names = set(params())
    assert {"problem.length", "model.units", "training.seed", "framing", "X_shape", "y_shape"} <= names
    assert not {name for name in names if name.startswith(("answers.", "backtest."))}
    assert not {"problem.table", "problem.delay", "problem.noise", "task.gap", "training.resume"} & names
    assert not {"model.layers", "training.seeds"} & names


def test_what_has_a_part_is_there() -> None:
    assert params()["problem.kind"] == "ramp", "though the setting is null"
    assert "problem.delay" in params(problem={"kind": "copy_memory"})
    assert {"problem.period", "problem.noise"} <= set(params(problem={"kind": "sine"}))
    stacked = params(model={"layers": [4, 2]})
    assert stacked["model.layers"] == "[4, 2]"
    assert "model.units" not in stacked
    of_table = params(problem=TABLE, task=FORECAST)
    assert {"problem.table", "task.gap", "backtest.folds", "training.seeds"} <= set(of_table)
    assert not {"problem.length", "problem.seed", "training.seed"} & set(of_table)


def test_all_settings_lie_in_a_file_that_is_a_users_own_settings_again() -> None:
    begun = session("dense", problem={**TABLE, "missing": "ffill"}, task=FORECAST)
    file = settings_file(begun)
    assert file.name == "settings.yml"
    assert file.content.decode().splitlines()[0].endswith("kedro run --pipeline=compare")
    assert read_settings(yaml.safe_load(file.content)) == begun.settings


def test_rows_are_a_data_set() -> None:
    made = start_of(session("dense", problem={"kind": "sine"}), "dense", ROWS, (4, 5, 1), (4, 2))
    assert made.data is not None
    assert (made.data.name, made.data.digest) == ("sine of 5", made.tags["data.fingerprint"])
    assert [column["name"] for column in json.loads(made.data.schema)["mlflow_colspec"]] == ["x", "z"]
    profile = json.loads(made.data.profile)
    assert (profile["num_rows"], profile["num_elements"], profile["generator"]) == (6, 12, "sine")
    assert json.loads(made.data.source)["tags"]["period"] == profile["period"] == 20.0
    read = start_of(session("dense", problem=TABLE, task=FORECAST), "dense", ROWS, (4, 5, 1), (4, 2))
    assert read.data is not None
    assert json.loads(read.data.profile) == {"num_rows": 6, "num_elements": 12}
    assert (read.data.source_type, json.loads(read.data.source)) == ("local", {"uri": "my.csv"})
