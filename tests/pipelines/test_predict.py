"""A backtest refits and saves a forecaster; another command forecasts with it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from conftest import ROOT, all_runs
from helpers.forecasters import Case, make_case, wave
from seqframe.errors import UserError
from seqframe.evaluation.conclusions import Conclusion, refit_message
from seqframe.forecasting import load_forecaster
from seqframe.tracking.mlflow_writer import registered_name

ROWS = 80
SAVED = Path("data") / "06_models" / "forecaster"
FORECASTS = Path("data") / "07_model_output" / "predict" / "forecasts.csv"
COLUMNS = ["year", "horizon_step", "x", "x_low", "x_high"]

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    pd.DataFrame({"year": range(1900, 1900 + ROWS), "x": wave(ROWS)}).to_csv(path, index=False)
    return path


@pytest.fixture
def case(project: Path, tmp_path: Path, table: Path) -> Case:
    """The project has saved the untrained forecaster of this case."""
    case = make_case(pd.read_csv(table), tmp_path, 4, 12, hide=16, time_column="year", target="x")
    case.forecaster("dense").save(project / SAVED)
    return case


def settings(table: Path, **others: Any) -> dict[str, dict[str, Any]]:
    return {
        "data": {"path": str(table), "time_column": "year", "target": "x"},
        "task": {"lookback": 4, "horizon": 3},
        "model": {"units": 3},
        "training": {"epochs": 2, "n_seeds": 2},
        "backtest": {"n_folds": 1} | others,
    }


def test_the_refitted_forecaster_is_used_from_the_disk_and_from_mlflow(
    run_pipeline: Run, store: Any, project: Path, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import mlflow

    run_pipeline("dense", **settings(table, refit="many_to_one"))
    printed = capsys.readouterr().out
    assert "Refitting many_to_one (backtest.refit). " in printed
    assert "\n1982     3  " in printed.partition("Forecast of the rows after the end of the table")[2]
    future = pd.read_csv(project / "data" / "07_model_output" / "dense" / "future.csv")
    assert (project / "data" / "08_reporting" / "dense" / "future.png").read_bytes().startswith(b"\x89PNG")
    assert (
        "by many_to_one (ensemble of 2), refitted"
        in (project / "data" / "08_reporting" / "dense" / "report.html").read_text()
    )
    saved = load_forecaster(project / SAVED)
    assert (saved.config.framing, saved.config.seeds, saved.config.rows) == ("many_to_one", 2, ROWS)
    assert [path.name for path in (project / SAVED).parent.iterdir() if path.name.startswith("forecaster")] == [
        SAVED.name
    ]

    run_pipeline("predict", data={"path": str(table)})
    written = pd.read_csv(project / FORECASTS)
    assert written.columns.tolist() == COLUMNS
    assert written["year"].tolist() == [1980, 1981, 1982], "up to the newest row"
    assert (written["x_low"] < written["x"]).all()
    assert (written["x"] < written["x_high"]).all()
    printed = capsys.readouterr().out
    assert f"Seqframe · predict · {table.name}\nModel: {saved.config.about}.\n" in printed
    pd.testing.assert_frame_equal(written, future)
    assert "\n1982     3  " in printed
    assert "All forecasts:           data/07_model_output/predict/forecasts.csv" in printed
    assert "Chart:                   data/08_reporting/predict/forecasts.png" in printed
    assert (project / "data" / "08_reporting" / "predict" / "forecasts.png").read_bytes().startswith(b"\x89PNG")

    by_mlflow = mlflow.pyfunc.load_model(f"models:/{registered_name(table.name)}/1").predict(pd.read_csv(table))
    pd.testing.assert_frame_equal(by_mlflow, written, check_dtype=False)
    (run,) = all_runs(store)
    assert run.data.tags["refitted"] == "many_to_one", "and a forecast opens no run"
    assert {"future.csv", "future.png"} <= {artifact.path for artifact in store.list_artifacts(run.info.run_id)}
    assert store.get_model_version(registered_name(table.name), "1").run_id == run.info.run_id


@pytest.mark.parametrize(
    "name", ["ridge", *(pytest.param(name, marks=pytest.mark.slow) for name in ("seasonal mean", "AutoTheta"))]
)
def test_a_baseline_is_refitted_and_used_from_the_disk_and_from_mlflow(
    run_pipeline: Run, store: Any, project: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import mlflow

    path = tmp_path / "seasons.csv"
    values = np.array([1.0, 5, 2, 8, 4])[np.arange(ROWS) % 5] + np.random.default_rng(0).normal(0, 0.3, ROWS)
    pd.DataFrame({"year": range(1900, 1900 + ROWS), "x": values}).to_csv(path, index=False)
    run_pipeline("dense", **settings(path, refit=name, baselines=["AutoTheta"]))
    assert f"Refitting {name}" in capsys.readouterr().out
    board = pd.read_csv(project / "data" / "08_reporting" / "dense" / "leaderboard.csv").set_index("model")
    assert "AutoTheta" in board.index
    assert "ridge" not in board.index, "only the named ones"
    assert sorted(each.name for each in (project / SAVED).iterdir()) == ["baseline.npz", "config.json"]

    run_pipeline("predict", data={"path": str(path)})
    assert f"\nModel: {name}, trained 2" in capsys.readouterr().out
    written = pd.read_csv(project / FORECASTS)
    assert written["year"].tolist() == [1980, 1981, 1982]
    assert (written["x"] - [1, 5, 2]).abs().max() < 1
    assert (written["x_low"] < written["x"]).all()

    model = mlflow.pyfunc.load_model("models:/seqframe-seasons/1")
    pd.testing.assert_frame_equal(model.predict(pd.read_csv(path)), written, check_dtype=False)
    assert model.metadata.metadata["baseline"] == name
    (run,) = all_runs(store)
    assert run.data.tags["refitted"] == name


def test_a_baseline_that_does_not_apply_is_refused(run_pipeline: Run, table: Path, store: Any) -> None:
    given = settings(table, refit="seasonal mean")
    given |= {"data": given["data"] | {"season": 1}, "training": {"epochs": 1, "n_seeds": 1}}
    with pytest.raises(UserError, match="^`backtest.refit` must name a baseline that applies to the task. Received: s"):
        run_pipeline("dense", **given)


SELECTED = "the recommended model."
NO_GAIN = "Warning: no significant gain over the best naive baseline."
BEST = "dense (ensemble of 2)"


@pytest.mark.parametrize(
    ("name", "selected", "recommended", "beats_baseline", "message"),
    [
        ("dense", BEST, BEST, True, f"Refitting dense, {SELECTED}"),
        ("dense", BEST, BEST, False, f"Refitting dense, {SELECTED} {NO_GAIN}"),
        ("ridge", BEST, "ridge", False, f"Refitting ridge, {SELECTED}"),
        ("dense", BEST, "ridge", False, "Refitting dense (backtest.refit). The recommended model is ridge."),
        ("ridge", "ridge", "ridge", False, f"Refitting ridge, {SELECTED}"),
        ("pyramid", BEST, BEST, True, f"Refitting pyramid (backtest.refit). The recommended model is {BEST}."),
    ],
)
def test_the_message_before_the_refit(
    name: str, selected: str, recommended: str, beats_baseline: bool, message: str
) -> None:
    refit = "dense" if recommended == BEST else recommended
    assert refit_message(name, Conclusion("dense", BEST, beats_baseline, (), selected, recommended, refit)) == message


def test_the_recommended_model_is_refitted(
    run_pipeline: Run, store: Any, project: Path, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An untrained network without a skip connection loses to the baselines."""
    others = {"model": {"units": 3, "linear_skip": False}, "training": {"epochs": 1, "n_seeds": 1}}
    run_pipeline("dense", **settings(table) | others)
    (run,) = all_runs(store)
    refitted = load_forecaster(project / SAVED).config
    assert refitted.framing == ""
    assert refitted.baseline == run.data.tags["refitted"]
    printed = capsys.readouterr().out
    assert f"Refitting {refitted.baseline}, {SELECTED}\n" in printed
    assert printed.count("epoch 1/1") == 1, "only the network of the backtest is trained"


def test_all_forecasts_are_printed(
    run_pipeline: Run, case: Case, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_pipeline("predict", data={"path": str(table)})
    shown = capsys.readouterr().out.split("Forecasts")[1]
    assert all(f"\n{year}  {year - 1979:>4}  " in shown for year in range(1980, 1992))
    assert "…" not in shown


def test_a_backtest_with_unknown_future_covariates_gives_the_reason_for_no_forecast(
    run_pipeline: Run, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "sales.csv"
    pd.DataFrame({"year": range(1900, 1900 + ROWS), "x": wave(ROWS), "price": wave(ROWS, 1)}).to_csv(path, index=False)
    given = settings(path, refit="dense")
    given["data"] |= {"future_covariates": "price"}
    run_pipeline("dense", **given)
    reason = (
        "There is no forecast of the rows after the end of sales.csv. Future covariate price of sales.csv must have "
        "values in the last 4 rows and in the 3 rows after them. Received: 3 rows without a value. Add them."
    )
    printed = capsys.readouterr().out
    assert reason in printed.splitlines()
    assert "Forecast chart:" not in printed
    reporting = project / "data" / "08_reporting" / "dense"
    assert reason in (reporting / "report.html").read_text()
    assert (reporting / "future.png").exists()
    future = pd.read_csv(project / "data" / "07_model_output" / "dense" / "future.csv")
    assert (list(future.columns), len(future)) == (COLUMNS, 0)


def test_a_wide_table_is_read_unchanged(run_pipeline: Run, project: Path, tmp_path: Path) -> None:
    elnino = pd.read_csv(ROOT / "data" / "01_raw" / "elnino.csv")
    columns = {"wide_columns": elnino.columns[1:].tolist(), "time_column": "YEAR", "target": "temperature"}
    make_case(elnino, tmp_path, 24, 12, hide=48, **columns).forecaster("dense").save(project / SAVED)
    run_pipeline("predict", env="elnino")
    written = pd.read_csv(project / FORECASTS)
    assert written["YEAR"].tolist() == [f"2011-{month:02}-01" for month in range(1, 13)]


def test_missing_values_may_be_imputed(run_pipeline: Run, case: Case, project: Path, table: Path) -> None:
    rows = pd.read_csv(table)
    rows.assign(x=rows["x"].where(rows.index != ROWS - 2)).to_csv(table, index=False)
    run_pipeline("predict", data={"path": str(table), "missing": "ffill"})
    filled = rows.assign(x=rows["x"].where(rows.index != ROWS - 2).ffill())
    expected = case.forecaster("dense").forecast(filled)
    np.testing.assert_allclose(pd.read_csv(project / FORECASTS)["x"], expected["x"], rtol=1e-5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("year,y\n1900,1\n1901,2\n", "new.csv has no column x. Columns: year, y."),
        ("x\n1\n2\n", "new.csv has no column year. Columns: x."),
        (
            "year,x\n1900,1\n1901,2\n",
            "A forecast needs the last 4 rows, without gaps and with a value in each column.",
        ),
        ("year,x\n1900,1\n1901,two\n", "Column x of new.csv must hold numbers. Received: 'two' in row 2"),
        (
            "year,x\n1900,1\n1901,\n1902,2\n",
            "Column x of new.csv must hold finite numbers. Received: missing values in 1 of 3 rows, the first in row 2",
        ),
        ("year,x\n1900,1\n1901,2\n1902,\n", "A forecast needs the last 4 rows"),
        ("year,x\n1900,1\n1901,2\n1901,3\n", "Column year of new.csv must have no duplicate times."),
        ("year,x,x\n1900,1,1\n1901,2,2\n", "Column names must be unique. Received: new.csv with 2 columns x."),
        ("year,x\n", "A table needs at least one row. Received: new.csv with none."),
        ("", "A table needs a header and at least one row. Received an empty file"),
        (None, "`data.path` must name a file that exists. Received: "),
    ],
)
def test_an_invalid_table_is_a_one_line_error(
    run_pipeline: Run, case: Case, project: Path, tmp_path: Path, text: str | None, message: str
) -> None:
    if text is not None:
        (tmp_path / "new.csv").write_text(text)
    with pytest.raises(UserError) as refused:
        run_pipeline("predict", data={"path": str(tmp_path / "new.csv")})
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (project / FORECASTS).exists()


def test_a_missing_forecaster_is_a_one_line_error(run_pipeline: Run, project: Path, table: Path) -> None:
    with pytest.raises(UserError) as refused:
        run_pipeline("predict", data={"path": str(table)})
    assert str(refused.value) == (
        f"A forecast needs a saved model. Received: none in {project / SAVED}. "
        f"Train and save one: kedro run --pipeline=compare --params data.path={table}"
    )


def test_a_missing_table_is_a_one_line_error(kedro: Any, project: Path) -> None:
    result = kedro("run", "--pipeline=predict")
    assert result.returncode == 1
    message = (
        "Error: A forecast needs a table with the newest rows. Received: no `data.path`. Run: kedro run --pipeline"
    )
    assert result.stderr.startswith(message)
    assert len(result.stderr.splitlines()) == 1
    assert not (project / "mlflow.db").exists()


@pytest.mark.slow
def test_the_command_in_other_folders(kedro: Any, case: Case, project: Path, table: Path) -> None:
    expected = case.forecaster("dense").forecast(pd.read_csv(table))
    (project / "src" / "new.csv").write_bytes(table.read_bytes())
    for folder, name in ((project / "src", "new.csv"), (project / "conf", str(table))):
        (project / FORECASTS).unlink(missing_ok=True)
        result = kedro("run", "--pipeline=predict", f"--params=data.path={name}", cwd=folder)
        assert result.returncode == 0, result.stderr
        assert result.stderr == ""
        np.testing.assert_allclose(pd.read_csv(project / FORECASTS)["x"], expected["x"], rtol=1e-5)
