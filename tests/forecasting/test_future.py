"""Forecasts of the rows after the end of a table, with the rows before them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.forecasters import Case, make_case, wave
from seqframe.config import TaskSettings
from seqframe.errors import UserError
from seqframe.forecasting.future import (
    MAX_PANELS,
    MAX_SERIES,
    MIN_HISTORY,
    FutureForecast,
    count_history_rows,
    forecast_future,
    newest_rows,
    no_forecast,
)

ENDS = ["forecast", "low", "high"]


def make_panel(series: int, rows: int = 60) -> pd.DataFrame:
    days = pd.date_range("2001-01-01", periods=rows, name="day")
    return pd.concat(
        pd.DataFrame({"id": f"s{number}", "day": days, "x": wave(rows, number), "y": 1 + wave(rows, number + 0.5)})
        for number in range(series)
    )


def panel_case(folder: Path, series: int, **settings: Any) -> Case:
    given = {"time_column": "day", "id_column": "id", "target": ["x", "y"]}
    return make_case(make_panel(series), folder, 4, 3, **given | settings)


def future_of(case: Case, table: pd.DataFrame | None = None) -> FutureForecast:
    return forecast_future(case.forecaster("dense", seeds=2), case.table if table is None else table, "table.csv")


def test_the_forecaster_makes_the_forecasts(tmp_path: Path) -> None:
    case = panel_case(tmp_path, 2)
    future = future_of(case)
    pd.testing.assert_frame_equal(future.forecasts, case.forecaster("dense", seeds=2).forecast(case.table))
    assert future.title == "Forecast of the next 3 rows by dense (ensemble of 2)"
    assert (future.n_series, future.reason) == (2, "")


def test_panels_are_the_targets_of_the_first_series_with_their_newest_rows(tmp_path: Path) -> None:
    case = panel_case(tmp_path, MAX_SERIES + 1)
    panels = future_of(case).panels()
    assert [(panel.series, panel.target) for panel in panels] == [
        (f"s{number}", target) for number in range(MAX_SERIES) for target in ("x", "y")
    ]
    assert len(panels) == MAX_PANELS
    last = panels[3]
    rows = case.table[case.table["id"] == "s1"].set_index("day")["y"]
    pd.testing.assert_series_equal(last.history, rows[-MIN_HISTORY:], check_freq=False)
    forecasts = future_of(case).forecasts
    expected = forecasts[forecasts["id"] == "s1"].set_index("day")[["y", "y_low", "y_high"]].set_axis(ENDS, axis=1)
    pd.testing.assert_frame_equal(last.forecast, expected)
    assert last.title == "y of s1"


def test_the_fan_starts_at_the_last_value(tmp_path: Path) -> None:
    (panel, _) = future_of(panel_case(tmp_path, 1, id_column=None)).panels()
    fan = panel.fan()
    assert fan.index.tolist() == [panel.history.index[-1], *panel.forecast.index]
    assert fan.iloc[0].tolist() == [panel.history.iloc[-1]] * 3
    assert isinstance(fan.index, pd.DatetimeIndex)


def test_rows_after_the_last_value_of_a_target_are_no_history(tmp_path: Path) -> None:
    table = pd.DataFrame({"year": range(1900, 1960), "x": wave(60), "price": wave(60, 1)})
    columns = {"time_column": "year", "target": "x", "future_covariates": "price"}
    case = make_case(table, tmp_path, 4, 3, **columns)
    (panel,) = future_of(case, table.assign(x=table["x"].where(table["year"] < 1957))).panels()
    assert panel.history.index[-1] == 1956
    assert panel.forecast.index.tolist() == [1957, 1958, 1959]
    with pytest.raises(UserError, match="Received: 3 rows without a value"):
        future_of(case)


def test_missing_values_stay_missing_in_the_history(tmp_path: Path) -> None:
    case = panel_case(tmp_path, 1, id_column=None, target="x", missing="interpolate")
    holes = case.table.assign(x=case.table["x"].where(np.arange(60) != 50)).drop(index=45)
    (panel,) = future_of(case, holes).panels()
    assert panel.history.index[panel.history.isna()].strftime("%d").tolist() == ["15", "20"], "in February"
    assert len(panel.history) == MIN_HISTORY


@pytest.mark.parametrize("table", [[], ["y"]])
def test_without_the_target_there_is_a_forecast_without_a_history(tmp_path: Path, table: list[str]) -> None:
    case = panel_case(tmp_path, 1, id_column=None, features="x", target="y")
    without = case.table.assign(y="unknown")[["day", "x", *table]]
    (panel,) = future_of(case, without).panels()
    assert panel.history.empty
    pd.testing.assert_frame_equal(panel.fan(), panel.forecast)


def test_a_wide_table_and_row_numbers(tmp_path: Path) -> None:
    wide = pd.DataFrame(wave(60).reshape(20, 3), columns=["a", "b", "c"]).assign(year=range(2001, 2021))
    case = make_case(wide, tmp_path, 4, 3, wide_columns=["a", "b", "c"], time_column="year", target="x")
    (panel,) = future_of(case).panels()
    np.testing.assert_array_equal(panel.history, wave(60)[-MIN_HISTORY:])
    numbered = make_case(pd.DataFrame({"x": wave(60)}), tmp_path, 4, 3, target="x")
    (panel,) = future_of(numbered).panels()
    assert panel.fan().index.tolist() == [59, 60, 61, 62]


def test_times_are_local(tmp_path: Path) -> None:
    times = pd.date_range("2001-01-01", periods=60, freq="h", tz="Asia/Tokyo")
    case = make_case(pd.DataFrame({"t": times.astype(str), "x": wave(60)}), tmp_path, 4, 3, time_column="t", target="x")
    fan = future_of(case).panels()[0].fan()
    assert fan.index[0] == pd.Timestamp("2001-01-03 11:00")


@pytest.mark.parametrize(
    ("lookback", "horizon", "rows"), [(1, 1, MIN_HISTORY), (10, 12, 48), (60, 12, 60), (500, 12, 96)]
)
def test_the_history_has_a_few_horizons(tmp_path: Path, lookback: int, horizon: int, rows: int) -> None:
    config = panel_case(tmp_path, 1).forecaster("dense").config
    task = TaskSettings(kind="forecast", lookback=lookback, horizon=horizon)
    assert count_history_rows(config.model_copy(update={"task": task})) == rows


@pytest.mark.parametrize(
    ("horizon", "gap", "rows"),
    [(1, 0, "the next row"), (3, 0, "the next 3 rows"), (3, 2, "rows 3 to 5 ahead"), (1, 2, "row 3 ahead")],
)
def test_the_description_of_the_forecast_rows(tmp_path: Path, horizon: int, gap: int, rows: str) -> None:
    config = panel_case(tmp_path, 1).forecaster("dense").config
    task = TaskSettings(kind="forecast", lookback=4, horizon=horizon, gap=gap)
    assert no_forecast(config.model_copy(update={"task": task}), "x.csv", "No.").rows == rows


def test_no_forecast_has_the_columns_of_a_forecast(tmp_path: Path) -> None:
    case = panel_case(tmp_path, 2)
    forecaster = case.forecaster("dense")
    empty = no_forecast(forecaster.config, "table.csv", "No.")
    assert list(empty.forecasts.columns) == list(forecaster.forecast(case.table).columns)
    assert (len(empty.forecasts), empty.reason) == (0, "No.")
    assert list(empty.history.columns) == list(newest_rows(case.table, forecaster.config, [], "x").columns)[:2]
