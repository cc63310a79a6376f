from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import a_problem
from seqframe.data.splits import find_segments
from seqframe.data.table_seasons import find_table_seasons

WEEK = np.array([0.0, 0.2, 0.1, 0.0, 0.3, 1.0, 1.2])


def a_table(years: list[int], weekly: list[bool], rows: int = 200) -> pd.DataFrame:
    """Daily series that start in different years; a random walk where there is no weekly season."""
    draw = np.random.default_rng(0)
    parts = []
    for number, (year, season) in enumerate(zip(years, weekly, strict=True)):
        days = pd.date_range(f"{year}-01-01", periods=rows)
        index = pd.MultiIndex.from_product([[f"s{number}"], days], names=["sequence", "day"])
        noise = draw.normal(size=rows)
        parts.append(pd.DataFrame({"x": 5 * WEEK[np.arange(rows) % 7] + noise if season else noise.cumsum()}, index))
    return pd.concat(parts)


def seasons(df: pd.DataFrame, **settings: Any) -> list[int]:
    return [each.period for each in find_table_seasons(df, find_segments(df).ranges, a_problem(**settings))]


def test_most_series_decide_also_if_they_are_of_different_years() -> None:
    columns = {"id_column": "id", "time_column": "day"}
    assert seasons(a_table([2001, 2010, 2020], [False, True, True]), **columns) == [7]
    assert seasons(a_table([2001, 2010, 2020], [False, False, True]), **columns) == []


def test_a_season_continues_after_a_gap() -> None:
    days = pd.date_range("2001-01-01", periods=300, name="day")
    values = 5 * WEEK[np.arange(300) % 7] + np.random.default_rng(0).normal(size=300)
    present = np.arange(300) % 12 > 0  # segments of 11 days, with 3 Mondays in a row at most
    df = pd.DataFrame({"x": values[present]}, days[present])
    assert max(map(len, find_segments(df).ranges)) == 11
    assert seasons(df, time_column="day", missing="drop") == [7]


def test_after_long_gaps_the_longest_segment_is_inspected() -> None:
    days = pd.date_range("2001-01-01", periods=5000, name="day")
    present = (np.arange(5000) < 30) | (np.arange(5000) >= 4800)
    values = np.where(np.arange(5000) < 30, 1e6, WEEK[np.arange(5000) % 7])
    df = pd.DataFrame({"x": values[present]}, days[present])
    assert seasons(df, time_column="day", missing="drop") == [7]


@pytest.mark.parametrize(("setting", "expected"), [(9, [9]), ([14, 7], [7, 14]), (1, []), ([], [])])
def test_the_setting_overrules(setting: Any, expected: list[int]) -> None:
    df = a_table([2001, 2010], [True, True])
    assert seasons(df, id_column="id", time_column="day", season=setting) == expected


def test_only_the_given_rows_are_read() -> None:
    df = pd.DataFrame({"x": WEEK[np.arange(200) % 7]}, pd.date_range("2001-01-01", periods=200, name="day"))
    df.iloc[100:] = np.nan
    found = find_table_seasons(df, [range(100)], a_problem(time_column="day"))
    df.iloc[100:] = np.arange(100)[:, None] ** 2
    assert found == find_table_seasons(df, [range(100)], a_problem(time_column="day"))
    assert find_table_seasons(df, [], a_problem(time_column="day")) == ()
