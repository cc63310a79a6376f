"""A saved baseline forecasts the same values as the backtest does for the same origins."""

import json
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecasting.test_forecaster import HORIZON, LOOKBACK, ROWS, check, series_table, yearly
from helpers.forecasters import Case, make_case, wave
from seqframe.errors import UserError
from seqframe.forecasting import load_forecaster
from seqframe.forecasting.baselines import BACKTEST, BASELINES
from seqframe.forecasting.context import input_example
from seqframe.forecasting.saved_model import CONFIG_FILE, FITTED_FILE

NAMES = [each.name for each in BASELINES if BACKTEST in each.used_in]
SEASON = 6
each_baseline = pytest.mark.parametrize("name", NAMES)


def saved(case: Case, name: str, folder: Path, season: int = SEASON) -> Any:
    case.baseline(name, season).save(folder / "saved")
    return load_forecaster(folder / "saved")


@each_baseline
def test_forecasts_equal_the_backtest_and_survive_saving(name: str, tmp_path: Path) -> None:
    case = yearly(tmp_path)
    forecaster = saved(case, name, tmp_path)
    history = case.table.iloc[:-HORIZON]
    check(case, forecaster, forecaster.forecast(history))
    pd.testing.assert_frame_equal(forecaster.forecast(history), case.baseline(name, SEASON).forecast(history))
    assert sorted(path.name for path in (tmp_path / "saved").iterdir()) == [FITTED_FILE, CONFIG_FILE]


@pytest.mark.parametrize(
    ("name", "time"),
    [
        pytest.param(name, time, marks=pytest.mark.slow if name == "AutoARIMA" else [])
        for name, time in product(NAMES, ["year", None])  # AutoARIMA takes seconds to fit
    ],
)
def test_several_series(name: str, time: str | None, tmp_path: Path) -> None:
    table = series_table(("b", "c", "a"))
    case = make_case(table, tmp_path, LOOKBACK, HORIZON, 1, time_column=time, id_column="id", target="x")
    forecaster = saved(case, name, tmp_path)
    history = table[table["year"] < 1900 + ROWS - HORIZON - 1]
    forecasts = forecaster.forecast(history)
    check(case, forecaster, forecasts)
    some = pd.concat([history[history["id"] == series] for series in ("a", "b")])
    expected = pd.concat([forecasts[forecasts["id"] == series] for series in ("a", "b")])
    pd.testing.assert_frame_equal(forecaster.forecast(some), expected.reset_index(drop=True))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "ridge"])
def test_gaps_in_time(name: str, tmp_path: Path) -> None:
    table = pd.DataFrame({"year": np.arange(1900, 1900 + ROWS), "x": wave(ROWS)}).drop(index=[20, 21, 22, 23, 30])
    case = make_case(table, tmp_path, LOOKBACK, HORIZON, time_column="year", target="x", missing="drop", hide=10)
    forecaster = saved(case, name, tmp_path)
    check(case, forecaster, forecaster.forecast(table.iloc[:-HORIZON]))


@each_baseline
@pytest.mark.parametrize("time", ["month", None])
def test_the_shortest_input(name: str, time: str | None, tmp_path: Path) -> None:
    """Its phase is known by its times, and without them by its values."""
    months = pd.date_range("1950-01-31", periods=ROWS, freq="ME")
    table = pd.DataFrame({"month": months, "x": np.array([1.0, 4, 2, 8, 5, 7])[np.arange(ROWS) % SEASON], "y": 0.0})
    case = make_case(table, tmp_path, LOOKBACK, HORIZON, time_column=time, features=["x"], target="x")
    forecaster = saved(case, name, tmp_path)
    example = input_example(case.dataset.df, forecaster.config)
    assert len(example) == forecaster.config.history >= LOOKBACK
    assert example.columns.tolist() == ([time] if time else []) + ["x"]
    forecasts = forecaster.forecast(example)
    if name in ("seasonal naive", "seasonal mean"):
        assert forecasts["x"].tolist() == pytest.approx([1, 4, 2]), "60 rows are ten seasons"
    with pytest.raises(
        UserError, match=f"A forecast needs the last {len(example)} rows, .* Received: {len(example) - 1}"
    ):
        forecaster.forecast(example.iloc[1:])


@each_baseline
def test_only_the_columns_that_are_read_are_needed(name: str, tmp_path: Path) -> None:
    columns = {each: wave(ROWS, phase) for phase, each in enumerate(["a", "b", "c"])}
    case = make_case(pd.DataFrame(columns), tmp_path, LOOKBACK, 3, features=["a", "b"], target=["c", "a"])
    forecaster = saved(case, name, tmp_path)
    needed = ["a", "b"] if name == "ridge" else ["a", "c"]
    history = case.table.iloc[:-3]
    check(case, forecaster, forecaster.forecast(history[needed]))
    with pytest.raises(UserError, match=f"history has no column {needed[1]}."):
        forecaster.forecast(history[needed[:1]])


@each_baseline
def test_future_covariates_are_read_by_ridge_only(name: str, tmp_path: Path) -> None:
    table = pd.DataFrame({"year": np.arange(1900, 1900 + ROWS), "x": wave(ROWS), "price": wave(ROWS, 3) ** 2})
    case = make_case(
        table, tmp_path, LOOKBACK, HORIZON, 0, 14, time_column="year", features=["x"], target="x",
        future_covariates="price",
    )  # fmt: skip
    forecaster = saved(case, name, tmp_path)
    history = table.assign(x=table["x"].mask(table["year"] >= 1900 + ROWS - HORIZON))
    forecasts = forecaster.forecast(history)
    check(case, forecaster, forecasts)
    other = forecaster.forecast(history.assign(price=table["price"].mask(history["x"].isna(), 0)))
    assert (other["x"] - forecasts["x"]).abs().max() > 1e-3 if name == "ridge" else other.equals(forecasts)


def test_model_card(tmp_path: Path) -> None:
    config = yearly(tmp_path).baseline("seasonal naive", 12).config
    assert config.about.startswith("seasonal naive, trained 2")
    card = {"baseline": "seasonal naive", "history": "at least 12 rows; all rows given are used", "lookback": "4"}
    assert card.items() <= config.card.items()
    assert not {"framing", "networks"} & set(config.card)
    assert yearly(tmp_path).baseline("ridge").config.card["history"] == "at least 4 rows"


def test_a_damaged_baseline_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    saved(yearly(tmp_path), "ridge", tmp_path)
    arrays = (folder / FITTED_FILE).read_bytes()
    for content in (arrays[:-30], b"", b"no archive"):
        (folder / FITTED_FILE).write_bytes(content)
        with pytest.raises(UserError, match="must be saved by this version of Seqframe") as caught:
            load_forecaster(folder)
        assert "\n" not in str(caught.value)
    (folder / FITTED_FILE).write_bytes(arrays)
    config = json.loads((folder / CONFIG_FILE).read_text())
    (folder / CONFIG_FILE).write_text(json.dumps(config | {"baseline": "best"}))
    with pytest.raises(UserError, match="must be saved by this version of Seqframe"):
        load_forecaster(folder)


def test_a_baseline_is_served_without_tensorflow(tmp_path: Path) -> None:
    case = yearly(tmp_path)
    expected = saved(case, "ridge", tmp_path).forecast(case.table)
    code = (
        "import sys, pandas as pd; from seqframe.forecasting import load_forecaster;"
        "print(load_forecaster(sys.argv[1]).forecast(pd.read_csv(sys.argv[2]))['x'].tolist());"
        "print([name for name in ('tensorflow', 'keras', 'mlflow') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "saved"), str(tmp_path / "table.csv")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    np.testing.assert_allclose(json.loads(printed[0]), expected["x"])
    assert printed[1] == "[]"
