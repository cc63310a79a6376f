"""Tables that a forecaster accepts, and one-line messages for those that it does not."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from conftest import ROOT
from forecasting.test_forecaster import DIRECT, HORIZON, LOOKBACK, ROWS, check, series_table, yearly
from helpers.forecasters import Case, make_case, wave
from seqframe.errors import UserError
from seqframe.forecasting.context import input_example
from seqframe.training.events import subscribe, unsubscribe

ELNINO = pd.read_csv(ROOT / "data" / "01_raw" / "elnino.csv")
MONTHS = list(ELNINO.columns[1:])


@pytest.mark.parametrize("policy", ["ffill", "interpolate", "drop"])
def test_missing_values_are_handled_as_in_training(policy: str, tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"t": pd.date_range("1999-12-04", periods=ROWS, freq="7D"), "x": wave(ROWS), "y": wave(ROWS, 2)}
    )
    cut = ROWS - HORIZON
    table.loc[[10, 20, 21, cut - LOOKBACK - 2, *([] if policy == "drop" else [cut - 2])], "x"] = np.nan
    table = table.drop(index=[30, cut - LOOKBACK - 3])  # gaps
    case = make_case(table, tmp_path, LOOKBACK, HORIZON, time_column="t", missing=policy, hide=16)
    forecaster = case.forecaster(DIRECT)
    history = table.loc[: cut - 1]
    check(case, forecaster, forecaster.forecast(history))
    assert forecaster.forecast(history).columns.tolist().count("y_low") == 1


def test_trailing_missing_values_are_dropped(tmp_path: Path) -> None:
    table = pd.DataFrame({"t": pd.date_range("1999-12-04", periods=ROWS, freq="7D"), "x": wave(ROWS)})
    forecaster = make_case(table, tmp_path, LOOKBACK, HORIZON, time_column="t", missing="interpolate").forecaster(
        DIRECT
    )
    empty = table.assign(x=table["x"].where(table.index < ROWS - HORIZON))
    pd.testing.assert_frame_equal(forecaster.forecast(empty), forecaster.forecast(table.iloc[:-HORIZON]))


def wide_case(folder: Path, **data_settings: Any) -> tuple[Case, pd.DataFrame]:
    table = ELNINO.tail(12)
    settings = {"wide_columns": MONTHS, "time_column": "YEAR", "target": "temperature"} | data_settings
    return make_case(table, folder, 18, 12, hide=36, **settings), table.iloc[:-1]


def test_a_wide_table(tmp_path: Path) -> None:
    case, history = wide_case(tmp_path)
    forecaster = case.forecaster(DIRECT)
    forecasts = forecaster.forecast(history)
    check(case, forecaster, forecasts)
    assert str(forecasts["YEAR"].iloc[0]) == "2010-01-01 00:00:00"
    pd.testing.assert_frame_equal(forecaster.forecast(history.tail(2)), forecasts)


def test_a_wide_table_with_an_incomplete_last_line(tmp_path: Path) -> None:
    case, _ = wide_case(tmp_path, missing="drop")
    incomplete = case.table.copy()
    incomplete.loc[incomplete.index[-1], MONTHS[5:]] = np.nan
    forecasts = case.forecaster(DIRECT).forecast(incomplete)
    assert str(forecasts["YEAR"].iloc[0]) == "2010-06-01 00:00:00"


@pytest.mark.parametrize("time", ["year", None])
def test_a_wide_table_of_quarters(time: str | None, tmp_path: Path) -> None:
    cells = wave(20 * 4).reshape(20, 4)
    table = pd.DataFrame(cells, columns=["Q1", "Q2", "Q3", "Q4"]).assign(year=range(1980, 2000))
    case = make_case(table, tmp_path, 6, 4, wide_columns=["Q1", "Q2", "Q3", "Q4"], time_column=time, target="x")
    forecaster = case.forecaster(DIRECT)
    forecasts = forecaster.forecast(table.iloc[:-1])
    expected = case.expected(forecaster)[0, :, 0]
    np.testing.assert_allclose(forecasts["x"], expected, rtol=1e-5)
    names = [f"1998.Q4+{step}" for step in range(1, 5)] if time else [76, 77, 78, 79]
    assert forecasts[time or "row"].tolist() == names


CASES: dict[str, dict[str, Any]] = {
    "numbers": {"time_column": "year"},
    "no time": {"time_column": None, "features": "x"},
    "series": {"time_column": "year", "id_column": "id"},
    "series without time": {"id_column": "id", "features": "x"},
    "future covariates": {"time_column": "year", "features": "x", "future_covariates": "price"},
    "future covariates, series": {"time_column": None, "id_column": "id", "future_covariates": "price"},
}


@pytest.mark.parametrize("kind", CASES)
def test_input_example_has_the_columns_of_the_table(kind: str, tmp_path: Path) -> None:
    table = series_table(("b", "c") if "series" in kind else ("b",)).assign(
        price=1.0 * np.arange(ROWS * (1 + ("series" in kind)))
    )
    case = make_case(table, tmp_path, LOOKBACK, HORIZON, **({"target": "x"} | CASES[kind]))
    forecaster = case.forecaster(DIRECT)
    example = input_example(case.dataset.df, forecaster.config)
    forecasts = forecaster.forecast(example)
    keys = [
        name
        for name in (forecaster.config.data_settings.id_column, forecaster.config.data_settings.time_column)
        if name
    ]
    assert example.columns.tolist() == [*keys, *forecaster.config.features]
    if "future covariates" in kind:
        check(case, forecaster, forecasts) if "series" not in kind else None
        assert example["x"].isna().tolist() == [False] * LOOKBACK + [True] * HORIZON
        assert example["price"].notna().all()
    else:
        newest = table[table["id"] == "b"]
        pd.testing.assert_series_equal(forecasts["x"], forecaster.forecast(newest)["x"], rtol=1e-6, check_names=False)


@pytest.mark.parametrize(
    ("data_settings", "columns"), [({}, MONTHS), ({"time_column": None}, MONTHS), ({"missing": "drop"}, MONTHS)]
)
def test_input_example_of_a_wide_table_has_whole_lines(
    data_settings: dict[str, Any], columns: list[str], tmp_path: Path
) -> None:
    case, _ = wide_case(tmp_path, **data_settings)
    config = case.forecaster(DIRECT).config
    example = input_example(case.dataset.df, config)
    expected = case.table.tail(2)[[*([] if "time_column" in data_settings else ["YEAR"]), *columns]].reset_index(
        drop=True
    )
    pd.testing.assert_frame_equal(example, expected, check_dtype=False)


def test_input_example_has_the_newest_rows_without_a_gap(tmp_path: Path) -> None:
    table = pd.DataFrame({"year": np.arange(1900, 1900 + ROWS), "x": wave(ROWS)}).drop(index=[20, ROWS - 9, ROWS - 2])
    case = make_case(table, tmp_path, LOOKBACK, HORIZON, time_column="year", missing="drop", hide=16)
    example = input_example(case.dataset.df, case.forecaster(DIRECT).config)
    assert example["year"].tolist() == [1900 + ROWS - 3 - LOOKBACK + place for place in range(1, LOOKBACK + 1)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.drop(columns="x"), "history has no column x. Columns: year."),
        (lambda rows: rows.drop(columns="year"), "history has no column year."),
        (lambda rows: rows.rename(columns={"x": "X"}), "history has no column x."),
        (lambda rows: rows.tail(LOOKBACK - 1), "needs the last 4 rows, without gaps and with a value in each col"),
        (lambda rows: rows.tail(LOOKBACK - 1), "Received: 3 such rows, of 3 in history. Give more history."),
        (lambda rows: rows.head(0), "A table needs at least one row. Received: history with none."),
        (lambda rows: rows.assign(x=["1"] * 59 + ["many"]), "x of history must hold numbers. Received: 'many' in"),
        (lambda rows: rows.assign(x=np.inf), "Received: infinite values in 60 of 60 rows"),
        (lambda rows: rows.assign(x=rows["x"].mask(rows.index == 7)), "Received: missing values in 1 of 60 rows, th"),
        (lambda rows: pd.concat([rows, rows.tail(1) * [1, 2]]), "Column year of history must have no duplicate times."),
        (lambda rows: rows.drop(index=30), "Column year of history must have no gaps."),
        (lambda rows: rows.assign(year=rows["year"] * 2), "must have the frequency of the training table,"),
        (lambda rows: rows.assign(year=rows["year"] * 2), "steps of 1. Received: steps of 2."),
        (lambda rows: rows.assign(year=pd.date_range("1900", periods=60, freq="YS")), "of 1. Received: dates."),
        (lambda rows: pd.concat([rows, rows["x"]], axis=1), "Received: history with 2 columns x."),
    ],
)  # fmt: skip
def test_bad_context_is_one_line(change: Any, message: str, tmp_path: Path) -> None:
    case = yearly(tmp_path)
    with pytest.raises(UserError) as caught:
        case.forecaster(DIRECT).forecast(change(case.table))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_frequency_raises(tmp_path: Path) -> None:
    table = pd.DataFrame({"t": pd.date_range("1950-01-01", periods=ROWS, freq="MS"), "x": wave(ROWS)})
    forecaster = make_case(table, tmp_path, LOOKBACK, HORIZON, time_column="t").forecaster(DIRECT)
    for times, received in (
        (pd.date_range("1950-01-01", periods=ROWS), "steps of 1 day"),
        (pd.date_range("1950-01-01", periods=ROWS, freq="YS"), "steps of 1 year"),
        (range(1900, 1900 + ROWS), "numbers"),
    ):
        with pytest.raises(UserError, match=f"steps of 1 month between dates. Received: {received}."):
            forecaster.forecast(table.assign(t=times))


def test_values_may_be_integers_or_text(tmp_path: Path) -> None:
    case = yearly(tmp_path)
    forecaster, whole = case.forecaster(DIRECT), case.table.round()
    expected = forecaster.forecast(whole)
    for kind in (int, str):
        pd.testing.assert_frame_equal(
            forecaster.forecast(whole.assign(x=whole["x"].astype(int).astype(kind))), expected
        )


def test_a_short_series_is_skipped_by_name(tmp_path: Path) -> None:
    table = series_table(("b", "c"))
    case = make_case(table, tmp_path, LOOKBACK, HORIZON, time_column="year", id_column="id", target="x")
    forecaster, messages = case.forecaster(DIRECT), []

    def receive(event: Any) -> None:
        messages.append(event.text)

    subscribe(receive)
    try:
        forecasts = forecaster.forecast(table.iloc[: ROWS + 3], "new.csv")
    finally:
        unsubscribe(receive)
    assert forecasts["id"].unique().tolist() == ["b"]
    pd.testing.assert_frame_equal(forecasts, forecaster.forecast(table.iloc[:ROWS]))
    (message,) = messages
    assert message.startswith("Series c is not forecast. A forecast needs the last 4 rows, without gaps")
    assert message.endswith("Received: 3 such rows of series c, of 3 in new.csv. Give more history.")
    with pytest.raises(UserError, match="Received: 3 such rows of series b, of 3 in new.csv."):
        forecaster.forecast(table.groupby("id").head(3), "new.csv")


OFFICE = pd.DatetimeIndex(
    [
        day + pd.Timedelta(hours=9 + hour)
        for day in pd.date_range("2021-01-04", periods=10, freq="B")
        for hour in range(8)
    ]
)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (pd.date_range("2021-01-04", periods=80, freq="B"), ["2021-04-26", "2021-04-27"]),
        (OFFICE, ["2021-01-18 09:00:00", "2021-01-18 10:00:00"]),
        (pd.date_range("2018-01-01", periods=80, freq="SMS"), ["2021-05-01", "2021-05-15"]),
        (pd.date_range("2014-01-01", periods=80, freq="BME"), ["2020-09-30", "2020-10-30"]),
    ],
)
def test_times_go_on_by_the_calendar_after_a_short_history(
    times: pd.DatetimeIndex, expected: list[str], tmp_path: Path
) -> None:
    table = pd.DataFrame({"t": times, "x": wave(80)})
    case = make_case(table, tmp_path, LOOKBACK, HORIZON, time_column="t")
    for forecaster in (case.forecaster(DIRECT), case.baseline("seasonal naive", 5)):
        forecast = forecaster.forecast(table)
        assert forecast["t"].astype(str).tolist()[:2] == expected
        pd.testing.assert_frame_equal(forecaster.forecast(table.tail(6)), forecast)
        pd.testing.assert_frame_equal(forecaster.forecast(table.tail(20)[::-1]), forecast)


def test_a_holiday_in_a_short_history_repeats_the_day_before(tmp_path: Path) -> None:
    table = pd.DataFrame({"t": pd.date_range("2021-01-04", periods=80, freq="B"), "x": wave(80)})
    forecaster = make_case(table, tmp_path, LOOKBACK, HORIZON, time_column="t").forecaster(DIRECT)
    filled = table.assign(x=table["x"].where(table.index != 77).ffill())
    pd.testing.assert_frame_equal(forecaster.forecast(table.drop(77).tail(8)), forecaster.forecast(filled.tail(9)))


def test_a_row_outside_the_calendar_is_refused(tmp_path: Path) -> None:
    table = pd.DataFrame({"t": pd.date_range("2021-01-04", periods=80, freq="B"), "x": wave(80)})
    forecaster = make_case(table, tmp_path, LOOKBACK, HORIZON, time_column="t").forecaster(DIRECT)
    for times in (pd.date_range("2021-01-04", periods=80), pd.date_range("2021-01-04", periods=80, freq="W-MON")):
        with pytest.raises(UserError, match="steps of 1 business day between dates. Received: steps of"):
            forecaster.forecast(table.assign(t=times))


def test_local_times_of_the_history_are_read_in_the_time_zone(tmp_path: Path) -> None:
    hours = pd.date_range("2021-03-26", periods=80, freq="h", tz="Europe/Berlin")
    table = pd.DataFrame({"t": hours.strftime("%Y-%m-%d %H:%M"), "x": wave(80)})
    forecaster = make_case(table, tmp_path, LOOKBACK, HORIZON, time_column="t", timezone="Europe/Berlin").forecaster(
        DIRECT
    )
    assert forecaster.forecast(table)["t"].iloc[0] == hours[-1] + pd.Timedelta(hours=1)
    across = forecaster.forecast(table.iloc[:50])["t"]
    assert across.iloc[0] == pd.Timestamp("2021-03-28 03:00", tz="Europe/Berlin")
