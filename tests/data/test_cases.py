"""Small tables as people have them, and what is right for each: the values that a careful person would type in."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from seqframe.config import DataSettings
from seqframe.data.tables import LoadedTable, read_table
from seqframe.data.time_index import infer_frequency
from seqframe.errors import UserError

CASES = Path(__file__).parent / "cases"
DAY, HOUR, MONTH = "1 day", "1 hour", "1 month"
FIRST = 52.58


def read(name: str, **settings: Any) -> LoadedTable:
    return read_table(DataSettings(sequence_length=5, path=str(CASES / name), covariates="all", **settings))


def frequency(table: LoadedTable) -> str:
    return str(infer_frequency(table.df.index))


@pytest.mark.parametrize(
    ("name", "rows", "step", "first", "note"),
    [
        ("semicolon_comma.csv", 160, DAY, FIRST, "';' separated, decimal comma, 160 rows"),
        ("semicolon_point.csv", 160, DAY, FIRST, "';' separated, 160 rows"),
        ("tab.csv", 160, DAY, FIRST, "tab separated"),
        ("comma.txt", 160, DAY, FIRST, "160 rows"),
        ("decimal_comma_quoted.csv", 160, DAY, FIRST, "decimal comma"),
        ("thousands_point.csv", 160, DAY, 5258, "decimal comma, '.' between thousands"),
        ("thousands_quoted.csv", 160, DAY, 5258, "',' between thousands"),
        ("latin1.csv", 160, DAY, FIRST, "cp1252"),
        ("gz.csv.gz", 160, DAY, FIRST, "gzip compressed"),
        ("gz_named.csv", 160, DAY, FIRST, "gzip compressed"),
        ("bom_quoted.csv", 160, DAY, FIRST, "target: y"),
        ("lead_comment.csv", 160, DAY, FIRST, "2 lines above the header skipped ('# exported by the meter portal')"),
        ("footer_total.csv", 160, DAY, FIRST, "1 line at the end skipped ('Total,8017.82')"),
        ("units_row.csv", 160, DAY, FIRST, "units row skipped (',kWh')"),
        ("blank_lines.csv", 160, DAY, FIRST, "blank lines skipped"),
        ("trailing_comma_rows.csv", 160, DAY, FIRST, "target: y · time: date (1 day)."),
        ("header_spaces.csv", 160, DAY, FIRST, "target: y · time: date"),
        ("currency.csv", 160, DAY, FIRST, "Column y: $ removed from the cells."),
        ("boolean.csv", 160, DAY, 0, "Column y: true and false read as 1 and 0."),
        ("dayfirst_slash.csv", 160, DAY, FIRST, "target: y"),
        ("monthfirst_slash.csv", 160, DAY, FIRST, "target: y"),
        ("ampm.csv", 160, HOUR, FIRST, "target: y"),
        ("month_names.csv", 160, DAY, FIRST, "target: y"),
        ("month_slash.csv", 150, MONTH, 50.08, "target: y"),
        ("quarter_dash.csv", 120, "3 months", 47.64, "target: y"),
        ("month_number.csv", 150, MONTH, 50.08, "target: y"),
        ("year_decimal.csv", 150, MONTH, 50.08, "target: y"),
        ("epoch_ms.csv", 160, DAY, FIRST, "target: y"),
        ("hour_24.csv", 160, HOUR, FIRST, "target: y"),
        ("date_time_columns.csv", 160, HOUR, FIRST, "time: Date + Time (1 hour)"),
        ("business_days.csv", 164, "1 business day", FIRST, "target: y"),
        ("business_days_holidays.csv", 164, "1 business day", FIRST, "4"),
        ("office_hours.csv", 224, "1 office hour (9 to 16 h, Monday to Friday)", FIRST, "target: y"),
        ("month_30.csv", 150, MONTH, 50.08, "target: y"),
        ("month_end_business.csv", 150, "1 month (last business day)", 50.08, "target: y"),
        ("semi_monthly.csv", 144, "1 half month (days 1 and 15)", FIRST, "target: y"),
        ("dst_daily_offsets.csv", 80, DAY, FIRST, "target: y"),
        ("jitter_seconds.csv", 160, HOUR, FIRST, "second"),
        ("third_hertz.csv", 160, "33.3333 milliseconds", FIRST, "target: y"),
        ("one_bad_minute.csv", 160, HOUR, FIRST, "minute"),
        ("descending.csv", 160, DAY, FIRST, "sorted"),
        ("duplicate_exact.csv", 160, DAY, FIRST, "1"),
        ("parquet_index.parquet", 240, HOUR, 49.2, "time: index (1 hour)"),
        ("parquet_decimal.parquet", 240, HOUR, 49.2, "target: y"),
        ("constant.csv", 160, DAY, 5, "target: y"),
        ("huge_300.csv", 160, DAY, 5.258e299, "target: y"),
        ("offset_1e15.csv", 160, DAY, 1e15 + 53, "target: y"),
        ("index_column.csv", 160, DAY, FIRST, "ignored: Unnamed: 0 (row number)"),
        ("unicode_header.csv", 160, DAY, FIRST, "target: Größe °C · time: 日付 (1 day)"),
    ],
)
def test_tables_with_one_series(name: str, rows: int, step: str, first: float, note: str) -> None:
    table = read(name)
    assert (len(table.df), frequency(table)) == (rows, step)
    assert table.df.iloc[0, 0] == first
    assert note in " ".join(table.notes)
    assert table.df.index.is_monotonic_increasing


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("extra_cell_one_row.csv", "must have 2 cells. Received: 3 cells in row 41, '2021-02-10,44.21,7'."),
        ("nul_byte.csv", "with a NUL byte in line 21."),
        ("typo_year.csv", "row 51"),
        (
            "missing_dash.csv",
            "missing values in 3 of 160 rows, the first in row 31. Set data.missing to drop, interpolate or ffill",
        ),
        ("missing_div0.csv", "missing values in 3 of 160 rows, the first in row 31."),
        ("missing_space.csv", "missing values in 3 of 160 rows, the first in row 31."),
        ("missing_point.csv", "missing values in 3 of 160 rows, the first in row 31."),
        ("parquet_nullable.parquet", "missing values in 1 of 240 rows, the first in row 31."),
        ("missing_minus999.csv", "data.csv.na_values=-999"),
        ("outlier_1e20.csv", "1e+20"),
        ("ambiguous_slash.csv", "'01/02/2021' in row 2, which is 2021-02-01 (day first) or 2021-01-02 (month first)."),
        ("dst_spring_naive.csv", "data.timezone"),
        ("duplicate_differs.csv", "data.duplicates"),
        ("irregular.csv", "data.resample"),
        ("frequency_change.csv", "data.resample"),
        ("series_interleaved.csv", "id would make 4 series. Set data.id_column=id"),
        ("series_two_keys.csv", "store and item would make 4 series. Set data.id_column=[store,item]"),
        ("parquet_multiindex.parquet", "id would make 2 series. Set data.id_column=id"),
        ("empty.csv", "Received an empty file"),
        ("html.csv", "Received: a web page"),
    ],
)
def test_tables_that_are_refused(name: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read(name)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) <= 300


@pytest.mark.parametrize("name", ["missing_dash.csv", "missing_div0.csv", "missing_space.csv", "missing_point.csv"])
def test_codes_for_missing_values_are_missing(name: str) -> None:
    table = read(name, missing="interpolate")
    assert (len(table.df), int(table.df["y"].isna().sum())) == (160, 3)


def test_a_numeric_code_is_missing_with_a_setting() -> None:
    table = read("missing_minus999.csv", missing="interpolate", csv={"na_values": -999})
    assert table.df["y"].min() > -999
    assert table.df["y"].isna().sum() > 0


@pytest.mark.parametrize(("zone", "hours"), [("Europe/Berlin", 239)])
def test_a_time_zone_mends_local_times(zone: str, hours: int) -> None:
    table = read("dst_spring_naive.csv", timezone=zone)
    assert (len(table.df), frequency(table)) == (hours, HOUR)


@pytest.mark.parametrize("rule", ["first", "last", "mean"])
def test_differing_duplicates_with_a_setting(rule: str) -> None:
    both = pd.read_csv(CASES / "duplicate_differs.csv").set_index("date")["y"]
    pair = both[both.index.duplicated(keep=False)]
    expected = {"first": pair.iloc[0], "last": pair.iloc[1], "mean": pair.mean()}[rule]
    assert read("duplicate_differs.csv", duplicates=rule).df.loc[pair.index[0], "y"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "ids", "series"),
    [
        ("series_interleaved.csv", "id", ["a", "b", "c", "d"]),
        ("series_two_keys.csv", ["store", "item"], ["1/p", "1/q", "2/p", "2/q"]),
        ("series_leading_zeros.csv", "id", ["001", "002", "010"]),
        ("series_unequal.csv", "id", ["a", "b", "c", "d"]),
        ("series_disjoint.csv", "id", ["a", "b"]),
        ("series_one_constant.csv", "id", ["a", "b", "c"]),
        ("parquet_category_id.parquet", "id", ["b", "a"]),
        ("parquet_multiindex.parquet", "id", ["a", "b"]),
        ("series_null_id.csv", "id", ["a"]),
    ],
)
def test_panels(name: str, ids: str | list[str], series: list[str]) -> None:
    found = read(name, id_column=ids).df.index.get_level_values(0).unique().tolist()
    assert sorted(found) == sorted(series)


def test_roles_of_other_columns() -> None:
    known = read("known_future_rows.csv", target="y")
    assert (known.settings.future_covariates, known.settings.features) == (
        ["promo", "holiday"],
        ["y", "promo", "holiday"],
    )
    assert len(known.df) == 186
    assert "14 rows after the last value of y are its future" in " ".join(known.notes)
    weather = read("string_column.csv", target="y")
    assert weather.settings.categories == {"weather": ["rain", "sunny"]}
    assert weather.df.columns.tolist() == ["y", "weather=rain", "weather=sunny"]
    static = read("static_column.csv", target="y", id_column="id")
    assert static.settings.static_covariates == ["size"]
    assert read("bool_column.csv", target="y").df["open"].isin([0, 1]).all()


@pytest.mark.parametrize("name", ["pm2.5", "Sales, EUR", "a=b", "x[1]", "km/h", "y: z", "per%", "it's"])
def test_odd_names_are_targets(name: str) -> None:
    table = read("odd_names.csv", target=name, features=name)
    assert table.df.columns.tolist() == [name]
    assert table.df[name].iloc[0] == FIRST
