"""Roles of columns: what is found, what is refused, and what is printed."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqframe.config import DataSettings
from seqframe.data import raw_table
from seqframe.data.raw_table import make_raw_table
from seqframe.data.tables import LoadedTable, load_table, read_columns
from seqframe.errors import UserError

ROWS = 40
DAYS = pd.date_range("2021-01-01", periods=ROWS)
Y = np.sin(np.arange(ROWS)) + np.arange(ROWS) % 7


def load(columns: dict[str, Any], **settings: Any) -> LoadedTable:
    given = {"sequence_length": 5, "path": "t.csv", "covariates": "all"} | settings
    return load_table(make_raw_table(pd.DataFrame(columns)), DataSettings.model_validate(given), "t.csv")


def test_roles_are_found_and_printed() -> None:
    known = np.arange(ROWS) % 3
    table = load(
        {
            "when": DAYS,
            "load": np.where(np.arange(ROWS) < ROWS - 5, Y, np.nan),
            "wind": np.where(np.arange(ROWS) < ROWS - 5, Y**2, np.nan),
            "holiday": known,
            "sky": ["sun", "rain"] * (ROWS // 2),
            "comment": [f"note {n}" for n in range(ROWS)],
            "row": np.arange(ROWS),
            "unit": ["kWh"] * ROWS,
        },
        target="load",
    )
    assert table.notes == (
        "target: load · time: when (1 day) · past: wind · future: holiday, sky · categorical: sky · "
        "ignored: comment (text, 40 values), row (row number), unit (constant).",
        "5 rows after the last value of load are its future: they are not trained on.",
    )
    assert table.df.columns.tolist() == ["load", "wind", "holiday", "sky=rain", "sky=sun"]
    assert len(table.df) == ROWS - 5


def test_the_future_comes_first_in_a_table_with_the_newest_row_first() -> None:
    columns = {"when": DAYS, "load": np.where(np.arange(ROWS) < ROWS - 5, Y, np.nan), "holiday": np.arange(ROWS) % 3}
    table = load(pd.DataFrame(columns)[::-1].reset_index(drop=True).to_dict("series"), target="load")
    assert table.settings.future_covariates == ["holiday"]
    assert len(table.df) == ROWS - 5


def test_only_columns_without_missing_values_are_found() -> None:
    wind = np.where(np.arange(ROWS) == 7, np.nan, Y)
    columns = {"when": DAYS, "load": Y, "wind": wind}
    assert "ignored: wind (1 missing value)" in load(columns, target="load").notes[0]
    assert load(columns, target="load", missing="ffill").settings.past_covariates == ["wind"]


def test_a_month_and_a_day_without_a_year_are_one_series_or_several() -> None:
    days = pd.date_range("2021-05-01", "2021-09-30")
    columns = {"temp": np.sin(np.arange(len(days))), "Month": days.month, "Day": days.day}
    with pytest.raises(UserError, match="must have a year. Received: columns Month and Day of t.csv.*=none.*=Month."):
        load(columns, target="temp")
    one = load(columns, target="temp", time_column="none")
    assert one.df.index.nlevels == 1
    assert len(one.df) == len(days)
    several = load(columns, target="temp", id_column="Month")
    assert several.settings.time_column == "Day"
    assert several.df.index.get_level_values(0).nunique() == 5
    dated = load(columns | {"Year": days.year}, target="temp")
    assert isinstance(dated.df.index, pd.DatetimeIndex)


def test_text_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []
    parse = raw_table.parse_cells
    monkeypatch.setattr(
        raw_table, "parse_cells", lambda column, *rest: parsed.append(column.name) or parse(column, *rest)
    )
    table = load(
        {"when": DAYS, "load": [f"{y:.3f} MW" for y in Y], "sky": ["sun", "rain"] * (ROWS // 2)}, target="load"
    )
    assert table.df["load"].to_numpy() == pytest.approx(Y, abs=1e-3)
    assert parsed.count("load") == parsed.count("sky") == 1


def test_covariates_are_not_used_without_the_setting() -> None:
    table = load({"when": DAYS, "load": Y, "wind": Y**2}, target="load", covariates="none")
    assert table.df.columns.tolist() == ["load"]
    assert "ignored: wind (data.covariates=none)" in table.notes[0]


def test_given_features_are_the_only_ones() -> None:
    table = load({"when": DAYS, "load": Y, "wind": Y**2, "sun": Y + 1}, target="load", features=["load", "sun"])
    assert table.df.columns.tolist() == ["load", "sun"]
    assert table.settings.past_covariates is None


def test_static_columns_are_constant_in_each_series() -> None:
    table = load(
        {"id": ["a"] * ROWS + ["b"] * ROWS, "when": [*DAYS, *DAYS], "y": [*Y, *Y], "size": [1] * ROWS + [2] * ROWS},
        target="y",
        id_column="id",
    )
    assert table.settings.static_covariates == ["size"]
    assert "static: size" in table.notes[0]


def test_several_id_columns_are_one_id() -> None:
    shops = [shop for shop in (1, 2) for _ in range(2 * ROWS)]
    items = [item for _ in range(2) for item in "pq" for _ in range(ROWS)]
    columns = {"shop": shops, "item": items, "when": [*DAYS] * 4, "y": [*Y] * 4}
    with pytest.raises(UserError, match=r"shop and item would make 4 series. Set data.id_column=\[shop,item\]"):
        load(columns)
    table = load(columns, id_column=["shop", "item"])
    assert table.df.index.get_level_values(0).unique().tolist() == ["1/p", "1/q", "2/p", "2/q"]


@pytest.mark.parametrize("time", [None, "when"])
def test_series_below_each_other_need_an_id(time: str | None) -> None:
    columns = {"when": [*DAYS] * 3, "shop": ["a"] * ROWS + ["b"] * ROWS + ["c"] * ROWS, "y": [*Y] * 3}
    if time is None:
        del columns["when"]
    with pytest.raises(UserError, match="shop would make 3 series. Set data.id_column=shop, or none for one series"):
        load(columns)
    assert len(load(columns, id_column="shop").df) == 3 * ROWS


def test_none_means_no_column() -> None:
    table = load({"when": DAYS, "y": Y}, time_column="none")
    assert (table.df.index.name, table.settings.time_column) == ("row", None)


def test_several_times_are_refused_unless_a_name_decides() -> None:
    columns = {"ordered": DAYS, "shipped": DAYS + pd.Timedelta(days=1), "y": Y}
    with pytest.raises(UserError, match="several columns with times, ordered, shipped. Set data.time_column=ordered"):
        load(columns)
    assert load(columns | {"date": DAYS}).settings.time_column == "date"


def test_categories_of_the_training_table_are_remembered() -> None:
    columns = {"when": DAYS, "y": Y, "sky": ["sun", "rain"] * (ROWS // 2)}
    settings = load(columns, target="y").settings
    again = read_columns(pd.DataFrame(columns)[:10], settings, "new.csv")
    assert again.columns.tolist() == ["y", "sky=rain", "sky=sun"]
    with pytest.raises(
        UserError, match="must hold a category of the training table: rain, sun. Received: 'fog' in row 1"
    ):
        read_columns(pd.DataFrame(columns).replace({"sky": {"sun": "fog"}})[:10], settings, "new.csv")


def test_the_order_of_day_and_month_is_remembered() -> None:
    columns = {"when": DAYS.strftime("%d/%m/%Y"), "y": Y}
    settings = load(columns).settings
    assert settings.date_format == "dayfirst"
    short = read_columns(pd.DataFrame(columns)[:5], settings, "new.csv")
    assert short.index.equals(DAYS[:5].rename("when").as_unit(short.index.unit))


def test_all_numbers_are_targets_without_a_target() -> None:
    table = load({"when": DAYS, "a": Y, "b": -Y, "n": range(ROWS), "c": 1.0})
    assert table.settings.target == ["a", "b"]
    assert "target: a, b (all numbers, data.target chooses)" in table.notes[0]
    assert "ignored: c (constant), n (row number)" in table.notes[0]


@pytest.mark.parametrize(
    ("name", "cells", "message"),
    [
        ("date", [f"{day.day}. {'Januar' if day.month == 1 else 'Februar'}" for day in DAYS], "'1. Januar' in row 1"),
        ("Start date", [f"{day:%d %m} of {day:%Y}" for day in DAYS], "Received: '01 01 of 2021' in row 1"),
        ("date", [day.strftime("%d%m%Y") for day in DAYS], "must be clear. Received: '01012021' in column date"),
    ],
)
def test_unread_times_are_refused(name: str, cells: list[str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        load({name: cells, "y": Y}, target="y", covariates="none")
    assert message in str(caught.value)
    assert "data.time_column=none" in str(caught.value)
    assert len(load({name: cells, "y": Y}, target="y", covariates="none", time_column="none").df) == ROWS


def test_a_date_format_makes_a_column_the_time() -> None:
    cells = [day.strftime("%d|%m|%Y") for day in DAYS]
    assert load({"date": cells, "y": Y}, date_format="%d|%m|%Y").settings.time_column == "date"


def test_objects_that_cannot_be_compared_are_text() -> None:
    assert "ignored: pair (constant)" in load({"when": DAYS, "y": Y, "pair": [[1, 2]] * ROWS}).notes[0]
    with pytest.raises(UserError, match="Column y of t.csv must hold numbers. Received: \"{'a': 1}\" in row 1"):
        load({"when": DAYS, "y": [{"a": 1}] * ROWS})


@pytest.mark.parametrize("times", [pd.period_range("2001-01", periods=ROWS, freq="M"), DAYS.tz_localize("UTC")])
def test_periods_and_instants_are_one_series(times: pd.Index) -> None:
    assert len(load({"when": times, "y": Y}).df) == ROWS


def test_an_index_without_names_has_the_series_and_the_times() -> None:
    index = pd.MultiIndex.from_product([["a", "b"], DAYS[: ROWS // 2]])
    with pytest.raises(UserError, match="Set data.id_column=level_0"):
        load_table(
            make_raw_table(pd.DataFrame({"y": Y}, index)), DataSettings(sequence_length=5, path="t.csv"), "t.csv"
        )


def test_times_as_names_of_columns_are_refused() -> None:
    dates = {str(day.date()): [1.5, 2.5] for day in DAYS}
    years = {str(year): [1.5, 2.5] for year in range(1960, 1980)}
    for columns, first in ((dates, "2021-01-01"), (years, "1960")):
        with pytest.raises(UserError, match=f"whose columns are times, {first} to .*Transpose it"):
            load({"name": ["a", "b"], **columns})
        assert len(load({"name": ["a", "b"], **columns}, time_column="none").df) == 2
    sensors = {"when": DAYS, **{str(number): Y + number for number in range(1001, 1007)}}
    assert len(load(sensors).settings.target or []) == 6


def test_months_as_names_of_columns_are_refused() -> None:
    months = {
        month: Y[:20] + n for n, month in enumerate(pd.date_range("2001-01", periods=12, freq="MS").strftime("%b"))
    }
    numbers = {f"{n:02}": Y[:20] + n for n in range(1, 13)}
    with pytest.raises(UserError, match=r"Set data.wide_columns=.*01.*12.* to read"):
        load({"Year": range(1990, 2010), **numbers})
    assert len(load({"when": DAYS[:20], **numbers}).settings.target or []) == 12
    with pytest.raises(UserError, match=r"Set data.wide_columns=\[Jan,Feb,.*,Dec\] to read"):
        load({"Year": range(1990, 2010), **months})
    assert load({"Year": range(1990, 2010), **months}, target="Jan").df.columns[0] == "Jan"
