from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.tables import load_rows
from seqframe.config import DataSettings
from seqframe.data.time_index import Frequency, count_steps, infer_frequency, times_after
from seqframe.errors import UserError

SECOND = 10**9
DAY = 86_400 * SECOND


def make_index(**times: Any) -> pd.MultiIndex:
    pairs = [(name, time) for name, values in times.items() for time in values]
    return pd.MultiIndex.from_tuples(pairs, names=["sequence", "when"])


@pytest.mark.parametrize(
    ("index", "frequency", "text"),
    [
        (pd.date_range("2001-01-31", periods=5, freq="D"), Frequency(DAY, "nanoseconds"), "1 day"),
        (pd.date_range("2001-01-31", periods=5, freq="7D"), Frequency(7 * DAY, "nanoseconds"), "7 days"),
        (pd.date_range("2001-01-31", periods=5, freq="90s"), Frequency(90 * SECOND, "nanoseconds"), "90 seconds"),
        (pd.date_range("2001-01-15 12:30", periods=5, freq="h"), Frequency(3600 * SECOND, "nanoseconds"), "1 hour"),
        (pd.date_range("2001-01-01 06:00", periods=5, freq="MS"), Frequency(1, "months"), "1 month"),
        (pd.date_range("2001-01-01", periods=5, freq="QS"), Frequency(3, "months"), "3 months"),
        (pd.date_range("2001-01-01", periods=5, freq="YS", tz="Europe/Paris"), Frequency(12, "months"), "1 year"),
        (pd.date_range("2001-01-01", periods=5, freq="ME", unit="s"), Frequency(1, "month ends"), "1 month"),
        (pd.Index([1700, 1701, 1702]), Frequency(1), "1"),
        (pd.Index([0.1, 0.2, 0.30000000000000004, 0.4]), Frequency(0.1), "0.1"),
        (pd.RangeIndex(3, name="row"), Frequency(1), "1"),
    ],
)
def test_frequency_is_inferred_formatted_and_extended(index: pd.Index, frequency: Frequency, text: str) -> None:
    found = infer_frequency(index)
    assert found is not None
    assert (found.unit, str(found)) == (frequency.unit, text)
    assert found.size == pytest.approx(frequency.size)
    following = times_after(index[1], found, len(index) - 2)
    if index.dtype.kind == "f":
        np.testing.assert_allclose(following, index[2:])
    else:
        assert following.equals(index[2:])
    counted = count_steps(index, found)
    assert counted.dtype == np.int64
    assert np.diff(counted).tolist() == [1] * (len(index) - 1)


def test_frequency_is_inferred_despite_gaps() -> None:
    index = pd.date_range("2001-01-01", periods=9, freq="D")[[0, 1, 2, 5, 6, 8]]
    assert infer_frequency(index) == Frequency(DAY, "nanoseconds")
    assert count_steps(index, Frequency(DAY, "nanoseconds")).tolist() == [0, 1, 2, 5, 6, 8]
    assert infer_frequency(pd.Index([0, 2, 4], name="row")) == Frequency(1), "dropped rows do not change it"


def test_differences_are_within_a_series() -> None:
    index = make_index(b=[5, 7], a=[1, 3, 7], c=[6])
    assert infer_frequency(index) == Frequency(2)
    assert count_steps(index, Frequency(2)).tolist() == [2, 3, 0, 1, 3, 2], "from the earliest time"
    assert infer_frequency(make_index(b=[5], a=[7])) is None
    assert infer_frequency(pd.Index([], dtype="datetime64[us]")) is None
    assert infer_frequency(pd.RangeIndex(1, name="row")) is None


def test_without_times_all_series_end_at_step_0() -> None:
    index = make_index(b=[0, 1, 4], a=[0, 1]).set_names("row", level=1)
    assert count_steps(index, Frequency(1)).tolist() == [-4, -3, 0, -1, 0]
    assert count_steps(pd.RangeIndex(3, name="row"), Frequency(1)).tolist() == [-2, -1, 0]
    assert count_steps(pd.Index([3, 5], name="row"), Frequency(1)).tolist() == [-2, 0]
    assert count_steps(pd.RangeIndex(0, name="row"), Frequency(1)).tolist() == []


def test_months_have_the_same_day_if_it_exists() -> None:
    assert times_after(pd.Timestamp("2003-11-30 06:00"), Frequency(1, "months"), 3).astype(str).tolist() == [
        "2003-12-30 06:00:00",
        "2004-01-30 06:00:00",
        "2004-02-29 06:00:00",
    ]
    assert times_after(np.datetime64("2004-02-29"), Frequency(12, "month ends"), 1).equals(
        pd.DatetimeIndex(["2005-02-28"])
    )
    assert times_after("2001.Q4", Frequency(1), 2).tolist() == ["2001.Q4+1", "2001.Q4+2"]


@given(
    st.sets(st.integers(0, 400), min_size=3, max_size=30),
    st.sampled_from(["D", "MS", "ME", "15min", "QS"]),
    st.sampled_from(["s", "us", "ns"]),
)
@settings(max_examples=40, deadline=None)
def test_count_steps_is_the_inverse_of_times_after(chosen: set[int], freq: str, unit: Any) -> None:
    steps = np.array(sorted(chosen | {0, 1}))
    grid = pd.date_range("1904-01-01", periods=402, freq=freq, unit=unit)
    step = infer_frequency(grid)
    assert step is not None
    assert count_steps(grid[steps], step).tolist() == steps.tolist()
    assert times_after(grid[0], step, 401).equals(grid[1:])


def read(tmp_path: Path, lines: list[str], **settings: Any) -> pd.DataFrame:
    path = tmp_path / "t.csv"
    path.write_text("when,id,x\n" + "\n".join(f"{line},{number}" for number, line in enumerate(lines)))
    return load_rows(DataSettings(sequence_length=5, path=str(path), time_column="when", features="x", **settings))


def days(*numbers: int, month: str = "2001-03") -> list[str]:
    return [f"{month}-{number:02},a" for number in numbers]


MIXED = [*days(*range(1, 11)), *days(1, 8, 15, 22, 29, month="2001-05")]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            days(1, 2, 2, 3),
            "when of t.csv must have no duplicate times. Received: 2001-03-02 in row 2 and again in row 3, with other "
            "values (1 such rows). Set data.duplicates to first, last or mean, or data.id_column.",
        ),
        (
            ["monday,a", *days(1, 2), "31.12.2001,a"],
            "20011231, with or without a time. Received: 'monday' in row 1 (2",
        ),
        (["20010229,a", "x,a"], "Received: '20010229' in row 1 (2 such rows)"),
        (
            [*days(1, 2), ",a"],
            "when of t.csv must have a time in every row. Received: an empty cell in row 3 (1 such rows).",
        ),
        (["1.5,a", "inf,a"], "when of t.csv must hold finite numbers. Received: 'inf' in row 2 (1 such rows)."),
        (["True,a", "False,a"], "Received: 'True' in row 1 (2 such rows)"),
        (
            MIXED,
            "must have one frequency. Received: steps of 1 day and of 7 days, the first change in row 12 "
            "(4 of 14 steps",
        ),
        (["1,a", "3,a", "5,a", "6,a"], "steps of 2 and of 1, the first change in row 4 (1 of 3 steps are not 2)"),
        ([*days(1, 2, 3), "2001-03-03 12:00,a"], "steps of 1 day and of 12 hours, the first change in row 4"),
        (
            days(1, 2, 5, 6, 7, 8, 9, 11),
            "must have no gaps. Received: a frequency of 1 day, and no rows between 2001-03-02 and 2001-03-05 in row 3 "
            "(gaps: 2, missing rows: 3). Set data.missing to drop, interpolate or ffill, or fix the table.",
        ),
    ],
)
def test_bad_times_are_one_line(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, lines)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ["1,a", "1,b", "2,a", "3,b", "3,a", "3,b"],
            "within each series. Received: 3 in row 4 of series b and again in row 6 of series b, with other values (1",
        ),
        (["1,a", "1,b", "2,a", "2,b", "4,b", "3,a"], "between 2 and 4 in row 5 of series b (gaps: 1, missing rows: 1)"),
        (
            [*(f"{n},a" for n in range(30)), "0,b", "7,b", "14,b"],
            "steps of 1 and of 7, the first change in row 32 of series b",
        ),
    ],
)
def test_bad_times_are_located_by_series_and_row(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, lines, id_column="id")
    assert message in str(caught.value)


def test_gaps_remain_or_are_filled(tmp_path: Path) -> None:
    lines = ["1,a", "1,b", "2,a", "2,b", "5,b", "3,a", "6,b", "7,b"]
    rows = read(tmp_path, lines, id_column="id", missing="drop")
    assert rows.loc["b"].index.tolist() == [1, 2, 5, 6, 7]
    rows = read(tmp_path, lines, id_column="id", missing="ffill")
    assert rows.index.tolist() == [*(("a", n) for n in range(1, 4)), *(("b", n) for n in range(1, 8))]
    assert rows["x"].fillna(-1).tolist() == [0, 2, 5, 1, 3, -1, -1, 4, 6, 7]
    rows = read(tmp_path, ["2001-01-31,a", "2001-02-28,a", "2001-04-30,a", "2001-05-31,a"], missing="interpolate")
    assert rows.index.equals(pd.date_range("2001-01-31", periods=5, freq="ME"))
    assert np.flatnonzero(rows["x"].isna()).tolist() == [2]


def test_an_implausible_gap_is_not_filled(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="missing rows: 999997.*too many to fill in"):
        read(tmp_path, ["1,a", "2,a", "1000000,a"], missing="ffill")


def test_drop_must_not_change_the_frequency(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("when,x\n" + "\n".join(f"{n},{n if n % 2 else ''}" for n in range(9)))
    with pytest.raises(UserError, match="steps of 1, and mostly steps of 2 after dropping"):
        load_rows(DataSettings(sequence_length=5, path=str(path), time_column="when", missing="drop"))


def test_date_formats(tmp_path: Path) -> None:
    expected = pd.DatetimeIndex(["2001-03-01", "2001-03-02"])
    for lines in (days(1, 2), ["20010301,a", "20010302,a"], ["2001-03-01T00:00,a", "2001-03-02 00:00:00,a"]):
        assert read(tmp_path, lines).index.equals(expected)
    assert read(tmp_path, ["20010332,a", "20010333,a"]).index.tolist() == [20010332, 20010333], "not dates, so numbers"
    offsets = read(tmp_path, ["2001-03-25T01:00+01:00,a", "2001-03-25T03:00+02:00,a"]).index
    assert (offsets[1] - offsets[0]) == pd.Timedelta(hours=1)
