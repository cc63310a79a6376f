"""A model is kept at the end of a backtest, and asked by another command."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from conftest import ROOT, all_runs
from helpers.forecasters import Case, make_case, wave
from seqframe.errors import UserError
from seqframe.evaluation.conclusions import Conclusion
from seqframe.forecasting import load_forecaster
from seqframe.pipelines.backtest.nodes import refit_message
from seqframe.tracking.mlflow_writer import REGISTERED

ROWS = 80
KEPT = Path("data") / "06_models" / "forecaster"
FORECASTS = Path("data") / "07_model_output" / "forecasts.csv"
ANSWERS = ["year", "horizon_step", "x", "x_low", "x_high"]

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    pd.DataFrame({"year": range(1900, 1900 + ROWS), "x": wave(ROWS)}).to_csv(path, index=False)
    return path


@pytest.fixture
def case(project: Path, tmp_path: Path, table: Path) -> Case:
    """Whose untrained forecaster is what the project has kept."""
    case = make_case(pd.read_csv(table), tmp_path, 4, 12, hide=16, time_column="year", target="x")
    case.forecaster("dense").save(project / KEPT)
    return case


def tried(table: Path, **others: Any) -> dict[str, dict[str, Any]]:
    return {
        "data": {"path": str(table), "time_column": "year", "target": "x"},
        "task": {"lookback": 4, "horizon": 3},
        "model": {"units": 3},
        "training": {"epochs": 2, "n_seeds": 2},
        "backtest": {"n_folds": 1} | others,
    }


def test_what_a_backtest_keeps_is_asked_from_the_disk_and_from_mlflow(
    run_pipeline: Run, store: Any, project: Path, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import mlflow

    run_pipeline("dense", **tried(table, keep="many_to_one"))
    assert "Keeping many_to_one, though no framing has skill over the naive forecast" in capsys.readouterr().out
    kept = load_forecaster(project / KEPT)
    assert (kept.config.framing, kept.config.seeds, kept.config.rows) == ("many_to_one", 2, ROWS)
    assert [path.name for path in (project / KEPT).parent.iterdir() if path.name.startswith("forecaster")] == [
        KEPT.name
    ]

    run_pipeline("predict", data={"path": str(table)})
    written = pd.read_csv(project / FORECASTS)
    assert written.columns.tolist() == ANSWERS
    assert written["year"].tolist() == [1980, 1981, 1982], "up to the newest row"
    assert (written["x_low"] < written["x"]).all()
    assert (written["x"] < written["x_high"]).all()
    said = capsys.readouterr().out
    assert f"Seqframe · predict · {table.name}\nModel: {kept.config.about}.\n" in said
    assert "1982     3  " in said
    assert "All forecasts:  data/07_model_output/forecasts.csv" in said

    by_mlflow = mlflow.pyfunc.load_model(f"models:/{REGISTERED}/1").predict(pd.read_csv(table))
    pd.testing.assert_frame_equal(by_mlflow, written, check_dtype=False)
    (run,) = all_runs(store)
    assert run.data.tags["refitted"] == "many_to_one", "and a forecast is no run"
    assert store.get_model_version(REGISTERED, "1").run_id == run.info.run_id


@pytest.mark.parametrize(
    ("name", "beats_baseline", "said"),
    [
        ("dense", True, "Keeping dense, the best."),
        ("pyramid", True, "Keeping pyramid, as backtest.refit says; the best is dense."),
        ("pyramid", False, "Keeping pyramid, though no framing has skill over the naive forecast: use it with care."),
    ],
)
def test_what_is_kept_is_said(name: str, beats_baseline: bool, said: str) -> None:
    assert refit_message(name, Conclusion("dense", "dense (ensemble of 2)", beats_baseline, ())) == said


def test_only_the_first_forecasts_are_shown(
    run_pipeline: Run, case: Case, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_pipeline("predict", data={"path": str(table)})
    shown = capsys.readouterr().out
    assert "1989    10  " in shown
    assert "1990" not in shown.split("Forecasts")[1]
    assert "…" in shown


def test_the_wide_file_is_taken_as_it_is(run_pipeline: Run, project: Path, tmp_path: Path) -> None:
    elnino = pd.read_csv(ROOT / "data" / "01_raw" / "elnino.csv")
    asked = {"wide_columns": elnino.columns[1:].tolist(), "time_column": "YEAR", "target": "temperature"}
    make_case(elnino, tmp_path, 24, 12, hide=48, **asked).forecaster("dense").save(project / KEPT)
    run_pipeline("predict", env="elnino")
    written = pd.read_csv(project / FORECASTS)
    assert written["YEAR"].tolist() == [f"2011-{month:02}-01" for month in range(1, 13)]


def test_missing_values_may_be_filled_in_where_that_is_said(
    run_pipeline: Run, case: Case, project: Path, table: Path
) -> None:
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
        ("year,x\n1900,1\n1901,\n", "Column x of new.csv must hold finite numbers. Received: missing values in 1 of 2"),
        (
            "year,x\n1900,1\n\n1901,2\n",
            "Received: missing values in 1 of 3 rows, the first in row 2.",
        ),
        ("year,x\n1900,1\n1901,2\n1901,3\n", "Column year of new.csv must have no duplicate times."),
        ("year,x,x\n1900,1,1\n1901,2,2\n", "Column names must be unique. Received: new.csv with 2 columns x."),
        ("year,x\n", "A table needs at least one row. Received: new.csv with none."),
        ("", "A table needs a header and at least one row. Received an empty file"),
        (None, "`data.path` must name a file that exists. Received: "),
    ],
)
def test_a_table_that_it_cannot_go_on_from_is_one_line(
    run_pipeline: Run, case: Case, project: Path, tmp_path: Path, text: str | None, message: str
) -> None:
    if text is not None:
        (tmp_path / "new.csv").write_text(text)
    with pytest.raises(UserError) as refused:
        run_pipeline("predict", data={"path": str(tmp_path / "new.csv")})
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (project / FORECASTS).exists()


def test_without_a_model_is_one_line(run_pipeline: Run, project: Path, table: Path) -> None:
    with pytest.raises(UserError) as refused:
        run_pipeline("predict", data={"path": str(table)})
    said = f"A forecast needs a saved model. Received: none in {project / KEPT}. Train and save one: kedro run --pipeline=c"
    assert str(refused.value).startswith(said)


def test_the_command_without_a_table_is_one_line(kedro: Any, project: Path) -> None:
    answer = kedro("run", "--pipeline=predict")
    assert answer.returncode == 1
    said = (
        "Error: A forecast goes on where a table ends. Received: no table. Type: kedro run --pipeline=predict --params"
    )
    assert answer.stderr.startswith(said)
    assert len(answer.stderr.splitlines()) == 1
    assert not (project / "mlflow.db").exists()


@pytest.mark.slow
def test_the_command_twice_from_other_folders(kedro: Any, case: Case, project: Path, table: Path) -> None:
    expected = case.forecaster("dense").forecast(pd.read_csv(table))
    (project / "src" / "new.csv").write_bytes(table.read_bytes())
    for folder, name in ((project / "src", "new.csv"), (project / "conf", str(table))):
        (project / FORECASTS).unlink(missing_ok=True)
        answer = kedro("run", "--pipeline=predict", f"--params=data.path={name}", cwd=folder)
        assert answer.returncode == 0, answer.stderr
        assert answer.stderr == ""
        np.testing.assert_allclose(pd.read_csv(project / FORECASTS)["x"], expected["x"], rtol=1e-5)
