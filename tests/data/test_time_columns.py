"""Columns that hold times, and times in several columns."""

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqframe.data.time_columns import are_days, combine_time_columns, is_time_column, is_time_of_day, time_parts
from seqframe.data.timestamps import parse_timestamps
from seqframe.errors import UserError

HOURS = pd.date_range("2021-01-30", periods=60, freq="h")


def columns(**cells: Any) -> list[pd.Series]:
    return [pd.Series(list(values), name=name.replace("_", " ")) for name, values in cells.items()]


@pytest.mark.parametrize(
    ("cells", "name", "expected"),
    [
        (HOURS, "x", True),
        (HOURS.strftime("%d/%m/%Y"), "x", True),
        (["01/02/2021", "02/02/2021"], "x", True),
        (["2020-Q1", "2020-Q2"], "x", True),
        ([*HOURS.strftime("%Y-%m-%d %H:%M"), "Total"], "x", True),
        (HOURS.strftime("%Y%m%d").astype(int), "x", True),
        (HOURS.as_unit("ms").asi8, "x", True),
        (range(1900, 1950), "Year", True),
        (range(1900, 1950), "x", False),
        ([3, 1, 2], "date", False),
        ([44197, 44198], "x", False),
        ([12.5, 13.25], "x", False),
        (["12,5", "13,0"], "x", False),
        (["a", "b"], "date", False),
        (["a1", "a2"], "id", False),
        (["09:00", "10:00"], "time", False),
        ([True, False], "x", False),
        ([None, None], "x", False),
    ],
)
def test_a_time_column(cells: Any, name: str, expected: bool) -> None:
    assert is_time_column(pd.Series(list(cells), name=name)) is expected


def test_a_time_of_day() -> None:
    for cells in (["09:00", "23:59:59"], ["9:30 PM"], [datetime.time(9)], ["24:00"]):
        assert is_time_of_day(pd.Series(cells))
    assert is_time_of_day(pd.Series([1, 24], name="Hour"))
    assert not is_time_of_day(pd.Series([1, 25], name="hour"))
    for cells in ([0, 930, 2300], [0, 93000], ["0930", "2300"], ["093000", "230000"]):
        assert is_time_of_day(pd.Series(cells, name="Time"))
    for cells in (["0930", "2300"], [0, 930]):
        assert not is_time_of_day(pd.Series(cells, name="store"))
    assert not is_time_of_day(pd.Series([0, 970], name="time"))
    for other in (["2021-01-01 09:00"], [9, 10], ["a"], []):
        assert not is_time_of_day(pd.Series(other))


def test_days_have_no_time_of_day() -> None:
    assert are_days(pd.Series(HOURS.strftime("%d/%m/%Y")))
    assert not are_days(pd.Series(HOURS.strftime("%d/%m/%Y %H:%M")))
    assert not are_days(pd.Series([2001, 2002], name="year"))


@pytest.mark.parametrize(
    "parts",
    [
        {"Date": HOURS.strftime("%Y-%m-%d"), "Time": HOURS.strftime("%H:%M:%S")},
        {"Time": HOURS.strftime("%I:%M %p"), "Date": HOURS.strftime("%d.%m.%Y")},
        {"Date": HOURS.normalize(), "Time": HOURS.time},
        {"Date": HOURS.strftime("%Y-%m-%d"), "Hour": HOURS.hour},
        {"Date": HOURS.strftime("%Y-%m-%d"), "HourMinute": HOURS.hour * 100},
        {"Date": HOURS.strftime("%Y%m%d"), "Time": HOURS.strftime("%H%M%S")},
        {"Date": HOURS.strftime("%Y-%m-%d"), "Time": HOURS.hour * 10_000},
        {"Year": HOURS.year, "month": HOURS.month, "DAY": HOURS.day, "hour": HOURS.hour},
        {"hour": HOURS.hour, "day": HOURS.day, "month": HOURS.strftime("%b"), "year": HOURS.year},
        {"year": HOURS.year, "month": HOURS.month, "day": HOURS.day, "hour": HOURS.hour, "minute": HOURS.minute},
    ],
)
def test_times_are_joined(parts: dict[str, Any]) -> None:
    notes: list[str] = []
    joined = combine_time_columns(columns(**parts), "t.csv", notes)
    assert parse_timestamps(joined, "t.csv").as_unit("us").equals(HOURS.rename(" ".join(parts)).as_unit("us"))
    assert len(notes) == 1


def test_months_and_hour_24_are_joined() -> None:
    year, month = [2020] * 12 + [2021] * 12, list(range(1, 13)) * 2
    joined = combine_time_columns(columns(year=year, month=month), "t.csv", [])
    assert parse_timestamps(joined, "t.csv").tolist() == pd.date_range("2020-01-01", periods=24, freq="MS").tolist()
    date, hour = np.repeat(["2021-01-01", "2021-01-02"], 24), list(range(1, 25)) * 2
    joined = combine_time_columns(columns(date=date, hour=hour), "t.csv", [])
    expected = pd.date_range("2021-01-01 01:00", periods=48, freq="h")
    assert parse_timestamps(joined, "t.csv").tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("name", "parts", "frequency"),
    [
        ("quarter", [1, 2, 3, 4], "QS"),
        ("qtr", ["Q1", "Q2", "Q3", "Q4"], "QS"),
        ("week", range(1, 53), "W-MON"),
        ("doy", range(1, 366), "D"),
    ],
)
def test_parts_of_a_year_are_joined(name: str, parts: Any, frequency: str) -> None:
    joined = combine_time_columns(columns(year=[2018] * len(parts), **{name: parts}), "t.csv", [])
    assert (
        parse_timestamps(joined, "t.csv").tolist()
        == pd.date_range("2018-01-01", periods=len(parts), freq=frequency).tolist()
    )


def test_parts_are_found_by_name() -> None:
    assert time_parts(["y", "MONTH", "Day", "Year", "Hour"]) == ["Year", "MONTH", "Day", "Hour"]
    assert time_parts(["yr", "mo", "dy", "hr_end"]) == ["yr", "mo", "dy", "hr_end"]
    assert time_parts(["year", "month", "hour"]) == ["year", "month"]
    assert time_parts(["year", "day"]) is None
    assert time_parts(["y", "Qtr", "Year"]) == ["Year", "Qtr"]
    assert time_parts(["year", "month", "week"]) == ["year", "month"]
    assert time_parts(["year", "week", "quarter"]) == ["year", "quarter"]
    assert time_parts(["month", "day"]) is None
    assert time_parts(["year", "Year", "month"]) is None


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"a": ["x"], "b": ["y"], "c": ["z"]}, "must be a date and a time of day, or a year"),
        ({"year": [2021, 2021], "month": ["May", "?"]}, "Received: '?' in row 2 (1 such rows)"),
        ({"year": [2021, 2021], "month": [1, 1.5]}, "Column month of t.csv must hold whole numbers"),
    ],
)
def test_other_columns_are_refused(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        combine_time_columns(columns(**parts), "t.csv", [])
    assert message in str(caught.value)
