from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seqframe.config import Problem
from seqframe.errors import UserError
from seqframe.problems import feature_columns, make_rows, target_columns


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    pd.DataFrame({"when": ["a", "b", "c"], "x": [1, 2, 3], "y": [0.1, 0.2, 0.3]}).to_csv(path, index=False)
    return path


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_columns_are_read_in_the_order_asked_for(table: Path) -> None:
    problem = Problem(length=5, table=str(table), features=["y", "x"], time="when")
    rows = make_rows(problem)
    assert rows.columns.tolist() == ["y", "x"]
    assert rows.index.tolist() == ["a", "b", "c"]
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
    problem = Problem(length=5, table=str(table), features=features, target=target, time="when")
    available = ["when", "x", "y"]
    assert (feature_columns(problem, available), target_columns(problem, available)) == expected
    assert set(make_rows(problem).columns) == set(expected[0] + expected[1])


def test_parquet_and_csv_hold_the_same_rows(table: Path) -> None:
    parquet = table.with_suffix(".parquet")
    pd.read_csv(table).to_parquet(parquet)
    rows = [make_rows(Problem(length=5, table=str(path), time="when")) for path in (table, parquet)]
    pd.testing.assert_frame_equal(*rows)


def test_a_relative_path_is_looked_up_in_the_working_directory_first(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(table.parent)
    assert len(make_rows(Problem(length=5, table="table.csv", time="when"))) == 3
    assert len(make_rows(Problem(length=5, table="data/01_raw/sunspots.csv", time="YEAR"))) == 309


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Received an empty file"),
        ("x\n", "at least one row. Received: bad.csv with none."),
        ("x\n1\ntwo\n", "Column x of bad.csv must hold numbers. Received: 'two' in row 2 (1 such rows)."),
        ("x\nTrue\nFalse\n", "Column x of bad.csv must hold numbers. Received: 'True' in row 1"),
        ("x,z\n1,1\n,2\n,3\n", "finite numbers. Received: missing values in 2 of 3 rows, the first in row 2."),
        ("x\n1\ninf\n", "finite numbers. Received: infinite values in 1 of 2 rows, the first in row 2."),
        ('x\n"1\n2\n', "cannot be read as CSV"),
    ],
)
def test_what_is_wrong_in_a_table_is_named(tmp_path: Path, text: str, message: str) -> None:
    problem = Problem(length=5, table=write(tmp_path / "bad.csv", text))
    with pytest.raises(UserError) as caught:
        make_rows(problem)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"table": "nowhere.csv"}, "must name a file that exists. Received: nowhere.csv. Looked in: "),
        ({"table": "."}, "must name a file. Received a folder"),
        ({"table": "table.txt"}, "must end in .csv or .parquet. Received: table.txt."),
        (
            {"table": "table.csv", "features": "temperature"},
            "table.csv has no column temperature. Columns: when, x, y.",
        ),
        ({"table": "table.csv", "features": "whem"}, "table.csv has no column whem. Did you mean when?"),
        ({"table": "table.csv", "time": "date"}, "table.csv has no column date."),
        ({"table": "broken.parquet"}, "broken.parquet cannot be read as PARQUET"),
    ],
)
def test_a_table_that_is_not_there(
    table: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], message: str
) -> None:
    monkeypatch.chdir(table.parent)
    write(table.with_suffix(".txt"), "x\n1\n")
    write(table.with_name("broken.parquet"), "not parquet")
    with pytest.raises(UserError) as caught:
        make_rows(Problem(length=5, **settings))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
