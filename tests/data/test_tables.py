from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.tables import load_rows
from seqframe.config import DataSettings
from seqframe.data.columns import feature_columns, future_covariate_columns, target_columns
from seqframe.data.sources import fingerprint, load_data
from seqframe.data.time_index import Frequency, count_steps
from seqframe.data.value_checks import CHUNK
from seqframe.errors import UserError

DAYS = ["2001-12-30", "2001-12-31", "2002-01-01"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    pd.DataFrame({"when": DAYS, "x": [1, 2, 4], "y": [0.1, 0.2, 0.3]}).to_csv(path, index=False)
    return path


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_columns_are_read_in_the_order_of_the_settings(table: Path) -> None:
    data_settings = DataSettings(sequence_length=5, path=str(table), features=["y", "x"], time_column="when")
    rows = load_rows(data_settings)
    assert rows.columns.tolist() == ["y", "x"]
    assert rows.index.equals(pd.DatetimeIndex(DAYS))
    assert rows.index.name == "when"
    assert rows.to_numpy().dtype == np.float64
    assert rows["y"].tolist() == [0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("features", "target", "expected"),
    [
        (None, None, (["x", "y"], ["x", "y"])),
        ("x", None, (["x"], ["x"])),
        (None, "y", (["y"], ["y"])),
        ("x", "y", (["x"], ["y"])),
    ],
)
def test_features_and_targets(
    table: Path, features: str | None, target: str | None, expected: tuple[list[str], list[str]]
) -> None:
    data_settings = DataSettings(
        sequence_length=5, path=str(table), features=features, target=target, time_column="when"
    )
    available = ["when", "x", "y"]
    assert (feature_columns(data_settings, available), target_columns(data_settings, available)) == expected
    assert set(load_rows(data_settings).columns) == set(expected[0] + expected[1])


def test_parquet_and_csv_give_the_same_rows(table: Path) -> None:
    parquet = table.with_suffix(".parquet")
    pd.read_csv(table).assign(z=["7", "8", "9"]).to_parquet(parquet)  # z: numbers in text
    pd.read_parquet(parquet).to_csv(table, index=False)
    rows = [load_rows(DataSettings(sequence_length=5, path=str(path), time_column="when")) for path in (table, parquet)]
    pd.testing.assert_frame_equal(*rows)


def test_a_relative_path_is_looked_up_in_the_working_directory_first(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(table.parent)
    assert len(load_rows(DataSettings(sequence_length=5, path="table.csv", time_column="when"))) == 3
    assert len(load_rows(DataSettings(sequence_length=5, path="data/01_raw/sunspots.csv", time_column="YEAR"))) == 309


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Received an empty file"),
        ("x\n", "at least one row. Received: bad.csv with none."),
        ("x\n1\ntwo\n", "Column x of bad.csv must hold numbers. Received: 'two' in row 2 (1 such rows)."),
        ("x,z\n1,1\n,4\n,3\n5,5\n", "finite numbers. Received: missing values in 2 of 4 rows, the first in row 2."),
        ("x\n1\ninf\n", "finite numbers. Received: infinite values in 1 of 2 rows, the first in row 2."),
        (
            "x\n1\n\n3\n\n",
            "missing values in 1 of 3 rows, the first in row 2. Set data.missing to drop, interpolate",
        ),
        ("x,x\n1,2\n", "Column names must be unique. Received: bad.csv with 2 columns x."),
        ("x\n1,5\n2,5\n", "rows such as 1,5, which are two cells, or a number with a decimal comma"),
        ("x,y\n1,5\n2\n", "Every row of bad.csv must have 2 cells. Received: 1 cell in row 2, '2'."),
        ('x\n"1\n2\n', "A quote in a cell must be closed. Received: bad.csv, where one is not, in line 2 or before."),
    ],
)
def test_a_bad_table_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    data_settings = DataSettings(sequence_length=5, path=write(tmp_path / "bad.csv", text))
    with pytest.raises(UserError) as caught:
        load_rows(data_settings)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"path": "nowhere.csv"}, "must name a file that exists. Received: nowhere.csv. Searched: "),
        ({"path": "."}, "must name a file. Received a folder"),
        (
            {"path": "table.csv", "features": "temperature"},
            "table.csv has no column temperature. Columns: when, x, y.",
        ),
        ({"path": "table.csv", "features": "whem"}, "table.csv has no column whem. Did you mean when?"),
        ({"path": "table.csv", "time_column": "date"}, "table.csv has no column date."),
        ({"path": "table.csv", "id_column": "wher"}, "table.csv has no column wher. Did you mean when?"),
        ({"path": "table.csv", "wide_columns": ["x", "z"]}, "table.csv has no column z."),
        (
            {"path": "table.csv", "wide_columns": ["x", "y"], "features": "x"},
            "in long form, has no column x. Columns: value.",
        ),
        (
            {"path": "table.csv", "time_column": "x", "target": "x"},
            "both `data.time_column` and `data.target`. Received: x.",
        ),
        (
            {"path": "table.csv", "id_column": "x", "future_covariates": "x"},
            "both `data.id_column` and `data.future_covariates`",
        ),
        (
            {"path": "table.csv", "target": ["x", "y"], "future_covariates": "y"},
            "both `data.target` and `data.future_covariates`",
        ),
        ({"path": "table.csv", "features": ["x", "x"]}, "`data.features` must name a column once. Received: x, 2 "),
        ({"path": "table.csv", "time_column": "row"}, "cannot be a column named row. Received: table.csv with it."),
        ({"path": "table.csv", "features": []}, "needs a column besides `data.time_column` and `data.id_column`"),
        (
            {"path": "table.csv", "features": [], "target": "x"},
            "A network needs at least one input column. Received: an empty list as `data.features`.",
        ),
        ({"path": "when.parquet"}, "needs a column besides `data.time_column` and `data.id_column`"),
        (
            {"path": "when.parquet", "target": "when"},
            "Column when of when.parquet must hold numbers. Received: '2001-12-30 00:00:00'",
        ),
        ({"path": "broken.parquet"}, "broken.parquet cannot be read as PARQUET"),
    ],
)
def test_bad_paths_and_columns_are_one_line(
    table: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], message: str
) -> None:
    monkeypatch.chdir(table.parent)
    write(table.with_suffix(".txt"), "x\n1\n")
    write(table.with_name("broken.parquet"), "not parquet")
    pd.DataFrame({"when": pd.DatetimeIndex(DAYS)}).to_parquet(table.with_name("when.parquet"))
    with pytest.raises(UserError) as caught:
        load_rows(DataSettings(sequence_length=5, **settings))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "received"),
    [
        ({"time_column": "horizon_step", "target": "x"}, "horizon_step for the forecast step"),
        ({"target": ["x", "x_low"]}, "x_low for the low end of the interval of x"),
    ],
)
def test_columns_of_forecasts_have_different_names(tmp_path: Path, settings: dict[str, Any], received: str) -> None:
    path = write(tmp_path / "t.csv", "horizon_step,x,x_low\n1,5,4\n2,6,5\n")
    with pytest.raises(UserError, match=f"A table of forecasts has a column {received}. Received: a table with a"):
        load_rows(DataSettings(sequence_length=5, path=str(path), **settings))


def test_future_covariates_come_last_and_are_no_targets(table: Path) -> None:
    def columns(**settings: Any) -> tuple[list[str], list[str]]:
        data_settings = DataSettings(sequence_length=5, path=str(table), time_column="when", **settings)
        available = ["when", "x", "y"]
        return feature_columns(data_settings, available), target_columns(data_settings, available)

    assert columns(future_covariates="x") == (["y", "x"], ["y"])
    assert columns(future_covariates="x", target="y") == (["y", "x"], ["y"])
    assert columns(future_covariates=["x"], features=["x", "y"]) == (["y", "x"], ["y"])
    assert future_covariate_columns(DataSettings(sequence_length=5)) == []
    data_settings = DataSettings(sequence_length=5, path=str(table), target="y", future_covariates="x")
    assert load_rows(data_settings).columns.tolist() == ["y", "x"]


SERIES = "when,id,x\n1,b,1\n1,a,10\n2,b,2\n2,a,20\n3,a,30\n3,b,3\n4,b,4\n"


def test_interleaved_series_are_grouped_in_order_of_appearance(tmp_path: Path) -> None:
    path = write(tmp_path / "series.csv", SERIES)
    rows = load_rows(DataSettings(sequence_length=5, path=path, time_column="when", id_column="id"))
    assert rows.index.names == ["sequence", "when"]
    assert rows.index.tolist() == [("b", 1), ("b", 2), ("b", 3), ("b", 4), ("a", 1), ("a", 2), ("a", 3)]
    assert rows["x"].tolist() == [1, 2, 3, 4, 10, 20, 30]
    rows = load_rows(DataSettings(sequence_length=5, path=path, features="x", id_column="id"))
    assert rows.index.names == ["sequence", "row"]
    assert rows.index.tolist() == [("b", 0), ("b", 1), ("b", 2), ("b", 3), ("a", 0), ("a", 1), ("a", 2)]


def test_ids_have_the_type_of_the_file(tmp_path: Path) -> None:
    for ids in ([20, 20, 3, 3], pd.Categorical(["v", "v", "u", "u"], ["u", "v"])):
        path = tmp_path / "ids.parquet"
        pd.DataFrame({"id": ids, "x": [1.5, 2, 3, 4]}).to_parquet(path)
        index = load_rows(DataSettings(sequence_length=5, path=str(path), id_column="id")).index
        assert index.get_level_values(0).tolist() == list(ids)
        assert not isinstance(index.levels[0].dtype, pd.CategoricalDtype)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,x\nb,1\na,2\nc,4\n", "Received: 3 series of one row in bad.csv. Name the column in data.id_column"),
        ("id,x\n,1\n,2\n", "Column id of bad.csv must name a series in every row. Received: empty cells only."),
    ],
)
def test_bad_series_are_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        load_rows(DataSettings(sequence_length=5, path=write(tmp_path / "bad.csv", text), id_column="id"))
    assert message in str(caught.value)


def test_rows_without_an_id_are_skipped_with_a_note(tmp_path: Path) -> None:
    path = write(tmp_path / "some.csv", "id,x\nb,1\n,2\na,3\nb,4\n,5\n")
    table = load_data(DataSettings(sequence_length=5, path=path, id_column="id"))
    rows = table.df
    assert rows.index.tolist() == [("b", 0), ("b", 1), ("a", 0)]
    assert rows["x"].tolist() == [1, 4, 3]
    assert table.notes[2:] == ("Column id is empty in 2 of 5 rows, first in row 2: these rows are not used.",)


def test_rows_are_numbered_as_in_the_file_where_some_are_skipped(tmp_path: Path) -> None:
    text = "id,x\n,1\nb,1\nb,\nb,2\n"
    with pytest.raises(UserError, match="the first in row 3"):
        load_rows(DataSettings(sequence_length=5, path=write(tmp_path / "some.csv", text), id_column="id"))


def test_a_series_without_a_complete_row_is_skipped_with_a_note(tmp_path: Path) -> None:
    path = write(tmp_path / "some.csv", "id,x\nb,1\nb,2\na,\na,\n")
    table = load_data(DataSettings(sequence_length=5, path=path, id_column="id", missing="drop"))
    assert table.df["x"].tolist() == [1, 2]
    assert table.notes[2:] == ("Series a is not used: no row without missing values.",)


MISSING = "x,y\n1,10\n,20\n3,\n4,40\n5,50\n6,\n"


def test_dropped_rows_leave_gaps_in_the_row_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "missing.csv", MISSING)
    dropped = load_rows(DataSettings(sequence_length=5, path=path, missing="drop"))
    assert (dropped.index.tolist(), dropped.index.name) == ([0, 3, 4], "row")
    assert load_rows(DataSettings(sequence_length=5, path=path, missing="drop", features="x")).index.tolist() == [
        0,
        2,
        3,
        4,
        5,
    ]
    for missing in ("interpolate", "ffill"):
        rows = load_rows(DataSettings(sequence_length=5, path=path, missing=missing))
        assert rows.isna().sum().tolist() == [1, 2]
        assert isinstance(rows.index, pd.RangeIndex)


@pytest.mark.parametrize(
    ("text", "missing", "message"),
    [
        (
            "x,y\n1,\n,2\n",
            "drop",
            "`data.missing=drop` must keep some rows. Received: bad.csv with a missing value in each of its 2 rows",
        ),
        ("y\n-\n-\n", "ffill", "Column y of bad.csv must hold numbers. Received: missing values in all 2 rows."),
        ("x\n1\n\ninf\n", "ffill", "infinite values in 1 of 3 rows, the first in row 3."),
    ],
)
def test_values_that_cannot_be_imputed_are_one_line(tmp_path: Path, text: str, missing: Any, message: str) -> None:
    with pytest.raises(UserError) as caught:
        load_rows(DataSettings(sequence_length=5, path=write(tmp_path / "bad.csv", text), missing=missing))
    assert message in str(caught.value)


def test_co2_has_weekly_rows_with_missing_values() -> None:
    data_settings = DataSettings(
        sequence_length=5, path="data/01_raw/co2.csv", target="co2", time_column="date", missing="interpolate"
    )
    rows = load_rows(data_settings)
    assert (rows.shape, int(rows["co2"].isna().sum())) == ((2284, 1), 59)
    assert rows.index[[0, -1]].equals(pd.DatetimeIndex(["1958-03-29", "2001-12-29"]))
    assert len(load_rows(data_settings.model_copy(update={"missing": "drop"}))) == 2284 - 59


def test_elnino_is_a_wide_table_of_months() -> None:
    months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    settings = {"sequence_length": 5, "path": "data/01_raw/elnino.csv", "time_column": "YEAR", "wide_columns": months}
    rows = load_rows(DataSettings.model_validate(settings | {"target": "temperature"}))
    assert rows.index[[0, 13, -1]].equals(pd.DatetimeIndex(["1950-01-01", "1951-02-01", "2010-12-01"]))
    assert rows["temperature"].iloc[[0, 13]].tolist() == [23.11, 25.28]
    assert (len(rows), rows.index.name) == (61 * 12, "YEAR")
    assert load_rows(DataSettings.model_validate(settings)).columns.tolist() == ["value"]


WIDE = "year,id,Q1,Q2,Q3\n2000,a,1,2,3\n2000,b,-1,-2,-3\n2001,a,4,,6\n2001,b,-4,-5,-6\n2003,a,7,8,9\n2002,b,0,1,2\n"


def test_other_wide_tables_get_labels(tmp_path: Path) -> None:
    path, columns = write(tmp_path / "wide.csv", WIDE), ["Q1", "Q2", "Q3"]
    rows = load_rows(
        DataSettings(
            sequence_length=5,
            path=path,
            time_column="year",
            id_column="id",
            wide_columns=columns,
            missing="interpolate",
        )
    )
    a = rows.xs("a", level="sequence")
    assert a.index.tolist() == [f"{year}.{name}" for year in range(2000, 2004) for name in columns]
    assert a["value"].fillna(0).tolist() == [1, 2, 3, 4, 0, 6, 0, 0, 0, 7, 8, 9], "the line of 2002 was inserted"
    dropped = load_rows(
        DataSettings(
            sequence_length=5, path=path, time_column="year", id_column="id", wide_columns=columns, missing="drop"
        )
    )
    assert dropped.loc["a"].index.tolist() == a.index[a["value"].notna()].tolist()
    counted = count_steps(dropped.index, Frequency(1))
    assert counted.tolist() == [0, 1, 2, 3, 5, 9, 10, 11, *range(9)]


def test_wide_tables_without_times_get_row_numbers(tmp_path: Path) -> None:
    path, columns = write(tmp_path / "wide.csv", WIDE.replace(",,", ",5,")), ["Q1", "Q2", "Q3"]
    rows = load_rows(DataSettings(sequence_length=5, path=path, wide_columns=columns, target="flow"))
    assert rows.index.equals(pd.RangeIndex(18, name="row"))
    assert rows["flow"].tolist()[:6] == [1, 2, 3, -1, -2, -3]
    rows = load_rows(DataSettings(sequence_length=5, path=path, wide_columns=columns, id_column="id"))
    assert rows.loc["b"].index.tolist() == list(range(9))
    assert rows.loc["b", "value"].tolist() == [-1, -2, -3, -4, -5, -6, 0, 1, 2]


def test_errors_of_a_wide_table_name_the_line(tmp_path: Path) -> None:
    path = write(tmp_path / "wide.csv", WIDE)
    with pytest.raises(UserError, match=r"Column Q2 of wide.csv must hold finite numbers.* the first in row 3"):
        load_rows(
            DataSettings(
                sequence_length=5, path=path, time_column="year", id_column="id", wide_columns=["Q1", "Q2", "Q3"]
            )
        )
    with pytest.raises(
        UserError, match=r"no rows between 2001 and 2003 in row 5 of series a \(gaps: 1, missing rows: 1\)"
    ):
        load_rows(
            DataSettings(sequence_length=5, path=path, time_column="year", id_column="id", wide_columns=["Q1", "Q3"])
        )


def test_parquet_is_read_in_batches_without_a_copy(tmp_path: Path) -> None:
    count = CHUNK + 5
    whole = pd.DataFrame({"a": np.arange(count), "b": np.arange(count) / 7, "c": "text"})
    whole.loc[CHUNK + 1, "b"] = np.nan
    path = tmp_path / "long.parquet"
    whole.to_parquet(path, row_group_size=CHUNK + 3)
    data_settings = DataSettings(sequence_length=5, path=str(path), features=["b", "a"], missing="ffill")
    rows = load_rows(data_settings)
    pd.testing.assert_frame_equal(rows.reset_index(drop=True), whole[["b", "a"]].astype(float))
    assert not rows.to_numpy().flags.owndata, "a data frame around the array, without a copy"
    with pytest.raises(UserError, match=f"in 1 of {count} rows, the first in row {CHUNK + 2}"):
        load_rows(data_settings.model_copy(update={"missing": "raise"}))


def test_fingerprint_changes_with_values_index_and_columns() -> None:
    index = pd.MultiIndex.from_product([["a", "b"], pd.date_range("2001", periods=3)], names=["sequence", "day"])
    rows = pd.DataFrame({"x": np.arange(6.0), "y": 1.0}, index)
    others = [
        rows.rename(columns={"x": "z"}),
        rows.rename(index={"a": "c"}),
        rows.rename(index={pd.Timestamp("2001-01-02"): pd.Timestamp("2001-01-09")}),
        rows.where(rows != 5, 5.5),
        rows.reset_index(drop=True),
        rows.set_axis(pd.RangeIndex(1, 7)),
        rows.iloc[:-1],
    ]
    found = [fingerprint(rows), *map(fingerprint, others)]
    assert len(set(found)) == len(found)
    assert fingerprint(rows.copy()) == found[0]
    assert all(len(name) == 16 for name in found)
