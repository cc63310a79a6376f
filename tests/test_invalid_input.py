"""Bad tables and settings: each is reported in one line before any training."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from conftest import all_runs
from helpers.backtests import a_problem, a_task, a_walk
from helpers.tables import load_rows
from seqframe.config import BacktestSettings, DataSettings, TaskSettings
from seqframe.errors import UserError
from seqframe.evaluation.design import design_backtest
from seqframe.evaluation.folds import Folds, make_folds

DAYS = pd.date_range("2001-01-01", periods=120)
GOOD = pd.DataFrame({"day": DAYS, "x": a_walk(120), "y": a_walk(120, seed=1)})


def change(row: int, column: str, value: Any) -> pd.DataFrame:
    table = GOOD.astype({column: object}) if isinstance(value, str) else GOOD.copy()
    table.loc[row, column] = value
    return table


def two_series(second: int) -> pd.DataFrame:
    return pd.concat([GOOD.assign(id="a"), GOOD[-second:].assign(id="b")])


CASES: dict[str, tuple[Any, dict[str, Any], dict[str, Any], dict[str, Any], str]] = {
    "a time twice": (
        pd.concat([GOOD[:50], GOOD[49:].assign(x=GOOD["x"] + 1)]),
        {},
        {},
        {},
        "must have no duplicate times",
    ),
    "mixed frequencies": (
        pd.concat([GOOD[:12], GOOD[12:].iloc[::7]]),
        {},
        {},
        {},
        "must have one frequency. Received: steps of 7 days and of 1 day, the first change in row 14",
    ),
    "a gap in time": (GOOD.drop(index=[50, 51]), {}, {}, {}, "must have no gaps"),
    "no target": (GOOD, {"target": "z"}, {}, {}, "mine.csv has no column z"),
    "a misspelled target": (GOOD.rename(columns={"x": "demand"}), {"target": "demnd"}, {}, {}, "Did you mean demand?"),
    "a text among numbers": (
        change(6, "x", "n/k"),
        {},
        {},
        {},
        "Column x of mine.csv must hold numbers. Received: 'n/k' in row 7",
    ),
    "an empty cell": (change(6, "x", np.nan), {}, {}, {}, "missing values in 1 of 120 rows, the first in row 7"),
    "infinity": (change(6, "x", np.inf), {}, {}, {}, "infinite values in 1 of 120 rows, the first in row 7"),
    "a constant target without a scaler that is too large": (
        GOOD.assign(x=3e40),
        {"scaler": "none"},
        {},
        {},
        "needs values below 3.4e38, the largest number of a network. Received: 3e+40 in column x",
    ),
    "series of one row": (
        GOOD[:40].assign(id=range(40)),
        {"id_column": "id"},
        {},
        {},
        "A series needs at least two rows. Received: 40 series of one row in mine.csv.",
    ),
    "a code for missing values": (
        change(6, "x", -999),
        {},
        {},
        {},
        "holds -999 in 1 row, far outside the other values (",
    ),
    "a typing error": (
        change(6, "x", 1e15),
        {},
        {},
        {},
        "Received: 1e+15 in column x of mine.csv, row 7.",
    ),
    "a series shorter than a window": (GOOD[:5], {}, {}, {}, "Received: 5 rows, lookback=4"),
    "a horizon longer than the test part": (
        GOOD,
        {},
        {"horizon": 25},
        {"test_size": 20},
        "`backtest.test_size` must be at least `task.horizon` rows. Received: test_size=20, lookback=4",
    ),
    "a horizon longer than the table": (GOOD, {}, {"horizon": 500}, {}, "horizon=500"),
    "too many folds": (GOOD, {}, {}, {"n_folds": 40}, "lower backtest.n_folds"),
    "an embargo that leaves nothing": (GOOD, {}, {}, {"embargo": 60}, "lower backtest.embargo"),
    "only a header": (GOOD[:0], {}, {}, {}, "needs at least one row. Received: mine.csv with none"),
    "an empty file": ("", {}, {}, {}, "Received an empty file"),
    "no file": (None, {}, {}, {}, "`data.path` must name a file that exists"),
    "a folder": (Path, {}, {}, {}, "`data.path` must name a file. Received a folder"),
}


def write(table: Any, path: Path) -> None:
    if isinstance(table, pd.DataFrame):
        table.to_csv(path, index=False)
    elif isinstance(table, str):
        path.write_text(table)
    elif table is Path:
        path.mkdir()


def make_all_folds(data_settings: DataSettings, task: TaskSettings, backtest: BacktestSettings) -> Folds:
    rows = load_rows(data_settings)
    return make_folds(rows, design_backtest(rows, data_settings, task, backtest), data_settings)


@pytest.mark.parametrize("case", CASES)
def test_invalid_input_is_one_line(case: str, tmp_path: Path) -> None:
    table, data_settings, task, backtest, message = CASES[case]
    write(table, tmp_path / "mine.csv")
    settings = a_problem(**{"path": str(tmp_path / "mine.csv"), "target": "x", "time_column": "day", **data_settings})
    with pytest.raises(UserError) as caught:
        _ = make_all_folds(settings, a_task(**task), BacktestSettings(**backtest)).newest.scaled
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_short_constant_and_new_series_are_skipped_by_name(tmp_path: Path) -> None:
    table = pd.concat(
        [
            two_series(1),
            GOOD[-8:].assign(id="new"),
            GOOD.assign(id="flat", x=4.0),
            GOOD.assign(id="c"),
            GOOD[:30].assign(id="old"),
        ]
    )
    write(table, tmp_path / "mine.csv")
    settings = a_problem(
        path=str(tmp_path / "mine.csv"), target="x", time_column="day", id_column="id", scale_per_series=True
    )
    rows = load_rows(settings)
    design = design_backtest(rows, settings, a_task(), BacktestSettings())
    assert design.reasons[-4:] == (
        "Series b is not used: a window needs 6 rows in a row. Received: 1 row.",
        "Series new is new after the training split of the first fold.",
        "Series old is trained on, not scored: no row in a test split.",
        "Series flat is constant in x in the first training split, and forecast as the constant while it lasts.",
    )
    folds = make_folds(rows, design, settings)
    assert set(folds.origins["sequence"]) == {"a", "c", "flat", "new"}
    assert np.isfinite(folds.newest.scaled.features).all()


def test_valid_input_is_accepted(tmp_path: Path) -> None:
    write(GOOD, tmp_path / "mine.csv")
    data_settings = a_problem(path=str(tmp_path / "mine.csv"), target="x", time_column="day")
    assert len(make_all_folds(data_settings, a_task(), BacktestSettings()).datasets) == 3


@pytest.mark.parametrize(
    ("case", "params"),
    [
        ("a time twice", "data.target=x,data.time_column=day"),
        pytest.param(
            "a horizon longer than the table",
            "data.target=x,data.time_column=day,task.horizon=500",
            marks=pytest.mark.slow,
        ),
        ("a lookback of 0", "data.target=x,data.time_column=day,task.lookback=0"),
    ],
)
def test_the_command_prints_one_line_and_creates_no_run(
    case: str, params: str, project: Path, kedro: Callable[..., Any]
) -> None:
    no_table_error = (GOOD, {}, {}, {}, "`task.lookback` must be a whole number >= 1 or null. Received: 0.")
    table, *_, message = CASES.get(case, no_table_error)
    write(table, project / "mine.csv")
    result = kedro("run", "--pipeline=compare", f"--params=data.path=mine.csv,{params}")
    assert result.returncode != 0
    (line,) = [line for line in result.stderr.splitlines() if message in line]
    assert line.startswith("Error: ")
    assert "Traceback" not in result.stderr + result.stdout
    assert not (project / "mlflow.db").exists() or not _runs(project)


def _runs(project: Path) -> list[Any]:
    from mlflow import MlflowClient

    return all_runs(MlflowClient(f"sqlite:///{project}/mlflow.db"))
