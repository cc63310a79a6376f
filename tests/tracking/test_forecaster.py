"""The refitted forecaster in MLflow: it forecasts from raw rows, also in a process without Seqframe."""

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from conftest import kedro_environment
from helpers.forecasters import make_case, wave
from helpers.run_contexts import declared
from seqframe.evaluation.refit import RefittedForecaster
from seqframe.forecasting.context import input_example
from seqframe.forecasting.served import PyfuncForecaster
from seqframe.tracking.artifacts import log_items
from seqframe.tracking.mlflow_writer import FORECASTER, write
from seqframe.tracking.records import ForecasterFiles
from seqframe.tracking.store import experiment_id

ROWS = 60
PREDICT = """
import importlib.util, pathlib, sys
sys.path = [path for path in sys.path if not (pathlib.Path(path) / "seqframe").exists()]
sys.meta_path = [finder for finder in sys.meta_path if "seqframe" not in str(finder)]
assert importlib.util.find_spec("seqframe") is None
import mlflow, pandas as pd
model = mlflow.pyfunc.load_model(f"models:/seqframe-table/{sys.argv[1]}")
result = model.predict(pd.read_json(sys.argv[2], orient="split", convert_dates=False))
ours = sorted({name.split(".")[1] for name in sys.modules if name.startswith("seqframe.")})
print(result.to_json(orient="records", date_format="iso"))
print(ours, "kedro" in sys.modules)
"""


@pytest.fixture
def refitted(tmp_path: Path) -> RefittedForecaster:
    """A forecaster of a weekly table with two targets; one of them is a feature."""
    table = pd.DataFrame({"day": pd.date_range("1999-12-04", periods=ROWS, freq="7D")})
    table = table.assign(x=wave(ROWS), y=wave(ROWS, 1), z=wave(ROWS, 2))
    case = make_case(table, tmp_path, 4, 3, time_column="day", features=["x", "y"], target=["z", "x"])
    forecaster = case.forecaster("dense", seeds=2)
    return RefittedForecaster(forecaster, input_example(case.dataset.df, forecaster.config))


@pytest.fixture
def logged(refitted: RefittedForecaster, store: Any) -> Any:
    """The version in the registry."""
    run_id = store.create_run(experiment_id(store)).info.run_id
    log(refitted, store, run_id)
    assert store.get_run(run_id).data.tags["refitted"] == "dense"
    return store.get_model_version(REGISTERED, "1")


REGISTERED = "seqframe-table"


def log(refitted: RefittedForecaster, store: Any, run_id: str) -> None:
    for item in log_items(declared(["forecaster"]), {}, {"forecaster": refitted}):
        write(item, store, run_id)


def model_folder(store: Any, version: Any) -> Path:
    return Path(
        store.get_logged_model(version.source.removeprefix("models:/")).artifact_location.removeprefix("file://")
    )


def test_the_registered_model(logged: Any, store: Any) -> None:
    import mlflow

    model = mlflow.pyfunc.load_model(f"models:/{REGISTERED}/latest")
    signature = model.metadata.signature
    assert signature.inputs.input_names() == ["day", "x", "y"]
    names = ["day", "horizon_step", "z", "z_low", "z_high", "x", "x_low", "x_high"]
    assert signature.outputs.input_names() == names
    assert [str(kind).removeprefix("DataType.") for kind in signature.outputs.input_types()] == [
        "datetime", "long", *["double"] * 6,
    ]  # fmt: skip
    for card in (model.metadata.metadata, logged.tags):
        assert card["framing"] == "dense"
        assert (card["features"], card["targets"]) == ("x, y", "z, x")
        assert (card["lookback"], card["horizon"], card["frequency"], card["interval level"]) == (
            "4",
            "3",
            "7 days",
            "0.9",
        )
    assert "rows of a table with the columns day, x, y, as many as `history` says" in logged.description
    folder = model_folder(store, logged)
    suffixes = {path.suffix for path in (folder / "code").rglob("*") if path.is_file()}
    assert ".py" in suffixes
    assert ".pyc" not in suffixes
    assert sorted(path.name for path in (folder / "data" / FORECASTER).iterdir()) == [
        "config.json", "seed_0.keras", "seed_1.keras",
    ]  # fmt: skip
    required = (folder / "requirements.txt").read_text()
    names = ("tensorflow", "keras", "einops", "numpy", "pandas", "pyarrow", "pydantic")
    assert all(f"{name}==" in required for name in names)


def test_a_registered_baseline_needs_no_tensorflow(store: Any, tmp_path: Path) -> None:
    import mlflow

    table = pd.DataFrame({"x": wave(ROWS)})
    case = make_case(table, tmp_path, 4, 3, features=["x"], target="x")
    for name, package in (("ridge", None), ("AutoETS", "statsforecast")):
        forecaster = case.baseline(name)
        refitted = RefittedForecaster(forecaster, input_example(case.dataset.df, forecaster.config))
        run_id = store.create_run(experiment_id(store)).info.run_id
        log(refitted, store, run_id)
        version = store.get_registered_model(REGISTERED).latest_versions[0]
        required = (model_folder(store, version) / "requirements.txt").read_text()
        assert not {"tensorflow", "keras"} & {line.split("==")[0] for line in required.splitlines()}
        assert ("statsforecast==" in required) == (package is not None)
        loaded = mlflow.pyfunc.load_model(f"models:/{REGISTERED}/{version.version}")
        pd.testing.assert_frame_equal(loaded.predict(table), forecaster.forecast(table))


def test_a_second_forecaster_is_a_second_version(logged: Any, refitted: RefittedForecaster, store: Any) -> None:
    run_id = store.create_run(experiment_id(store)).info.run_id
    log(refitted, store, run_id)
    assert store.get_registered_model(REGISTERED).latest_versions[0].version == 2


@pytest.mark.parametrize(
    ("metric", "scores", "best"),
    [("mase", [0.8, 0.9, 0.7], 3), ("mase", [0.7, 0.8], 1), ("accuracy", [0.9, 0.8], 1), ("accuracy", [0.8, 0.9], 2)],
)
def test_the_best_version_has_an_alias(
    refitted: RefittedForecaster, store: Any, metric: str, scores: list[float], best: int
) -> None:
    for score in scores:
        run_id = store.create_run(experiment_id(store)).info.run_id
        for item in log_items(declared(["forecaster"]), {}, {"forecaster": refitted}):
            write(
                replace(item, metric=metric, score=score) if isinstance(item, ForecasterFiles) else item, store, run_id
            )
    model = store.get_registered_model(REGISTERED)
    assert {name: int(version) for name, version in model.aliases.items()} == {"best": best}
    assert [version.version for version in model.latest_versions] == [len(scores)]


def test_tables_have_registered_models_of_their_own(refitted: RefittedForecaster, store: Any) -> None:
    for table in ("my.csv", "other.csv"):
        run_id = store.create_run(experiment_id(store)).info.run_id
        for item in log_items(declared(["forecaster"]), {}, {"forecaster": refitted}):
            write(replace(item, table=table) if isinstance(item, ForecasterFiles) else item, store, run_id)
    assert {model.name for model in store.search_registered_models()} == {"seqframe-my", "seqframe-other"}


def test_numbers_and_times_may_have_any_type(logged: Any, refitted: RefittedForecaster) -> None:
    import mlflow

    model = mlflow.pyfunc.load_model(f"models:/{REGISTERED}/1")
    history = refitted.history.round({"x": 0, "y": 0})
    expected = refitted.forecaster.forecast(history)
    timestamps = history["day"]
    for day in (timestamps, timestamps.astype(str), timestamps.dt.strftime("%Y%m%d").astype(int), timestamps.dt.date):
        for kind in (float, int):
            table = history.astype({"x": kind, "y": kind}).assign(day=day, more="text")[["more", "y", "day", "x"]]
            pd.testing.assert_frame_equal(model.predict(table), expected, check_dtype=False)
    with pytest.raises(mlflow.exceptions.MlflowException) as error:
        model.predict(history[["x", "y"]])
    assert error.value.message == "history has no column day. Columns: x, y."
    assert error.value.get_http_status_code() == 400


def test_infinite_interval_bounds_are_null_in_json(refitted: RefittedForecaster) -> None:
    from mlflow.pyfunc.scoring_server import predictions_to_json

    config = refitted.forecaster.config
    widths = [[math.inf] * len(config.targets) for _ in config.half_widths]
    served = PyfuncForecaster(replace(refitted.forecaster, config=config.model_copy(update={"half_widths": widths})))
    written = StringIO()
    predictions_to_json(served.predict(refitted.history), written)
    result = json.loads(written.getvalue(), parse_constant=pytest.fail)["predictions"]
    assert [(line["horizon_step"], line["z_low"], line["z_high"]) for line in result] == [
        (n, None, None) for n in (1, 2, 3)
    ]


@pytest.mark.slow
def test_it_is_loaded_without_an_installed_seqframe(logged: Any, refitted: RefittedForecaster, tmp_path: Path) -> None:
    result, modules, kedro = predict_in_new_process(refitted, tmp_path)
    expected = json.loads(refitted.forecaster.forecast(refitted.history).to_json(orient="records", date_format="iso"))
    assert [line["day"][:10] for line in result] == ["2001-01-27", "2001-02-03", "2001-02-10"]
    assert [line["horizon_step"] for line in result] == [1, 2, 3]
    np.testing.assert_allclose([line["z"] for line in result], [line["z"] for line in expected], rtol=1e-5)
    assert not {"console", "tracking", "pipelines", "reporting", "hooks", "evaluation"} & set(modules)
    assert not kedro


def predict_in_new_process(refitted: RefittedForecaster, folder: Path) -> tuple[list[dict[str, Any]], list[str], bool]:
    refitted.history.to_json(folder / "history.json", orient="split", date_format="iso")
    environment = kedro_environment(MLFLOW_TRACKING_URI=os.environ["MLFLOW_TRACKING_URI"])
    environment.pop("PYTHONPATH", None)
    result = subprocess.run(
        [sys.executable, "-P", "-c", PREDICT, "latest", str(folder / "history.json")],
        capture_output=True, text=True, cwd=folder, env=environment,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    modules, _, kedro = lines[-1].rpartition(" ")
    return json.loads(lines[-2]), json.loads(modules.replace("'", '"')), kedro == "True"


@pytest.mark.slow
def test_logging_it_does_not_import_tensorflow(store: Any) -> None:
    code = (
        "import sys, pandas as pd; from seqframe.tracking.store import *;"
        "from seqframe.tracking.mlflow_writer import *;"
        "client = open_client(); run = client.create_run(experiment_id(client)).info.run_id;"
        "table = pd.DataFrame({'x': [1.0]});"
        "files = ForecasterFiles({'config.json': b'x'}, table, table, 'a model', {'framing': 'f'}, 'my.csv');"
        "write(files, client, run);"
        "print(len(client.get_run(run).outputs.model_outputs), {'tensorflow', 'keras'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "1 set()"
    assert not result.stderr, "and is quiet"
