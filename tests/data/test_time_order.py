"""Order of rows, duplicate times, jitter, holidays and resampling; each repair is one sentence."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqframe.config import DataSettings
from seqframe.data.sources import load_data
from seqframe.data.time_index import infer_frequency
from seqframe.errors import UserError

DAYS = pd.date_range("2021-01-01", periods=40)
HOURS = pd.date_range("2021-01-01", periods=60, freq="h")
VALUES = np.round(50 + 9 * np.sin(np.arange(200)), 2)


def read(folder: Path, times: Any, values: Any = VALUES, **settings: Any) -> tuple[pd.DataFrame, list[str]]:
    """The rows of a table with columns `when` and `x`, and what was noted about its times."""
    table = pd.DataFrame({"when": times, "x": values[: len(times)]})
    return read_rows(folder, table, **settings)


def read_rows(folder: Path, table: pd.DataFrame, **settings: Any) -> tuple[pd.DataFrame, list[str]]:
    table.to_csv(folder / "t.csv", index=False)
    loaded = load_data(
        DataSettings(sequence_length=5, path=str(folder / "t.csv"), time_column="when", target="x", **settings)
    )
    return loaded.df, [note for note in loaded.notes if not note.startswith(("Read ", "target: "))]


def refusal(folder: Path, times: Any, values: Any = VALUES, **settings: Any) -> str:
    with pytest.raises(UserError) as caught:
        read(folder, times, values, **settings)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) <= 300
    return message


def test_sorted_rows_have_no_note(tmp_path: Path) -> None:
    df, notes = read(tmp_path, DAYS)
    assert df["x"].tolist() == VALUES[:40].tolist()
    assert not notes


def test_newest_first_is_sorted(tmp_path: Path) -> None:
    df, notes = read(tmp_path, DAYS[::-1])
    assert df.index.equals(DAYS.as_unit("us").rename("when"))
    assert df["x"].tolist() == VALUES[:40][::-1].tolist()
    assert notes == ["The rows of t.csv were sorted by when: 39 of 40 came before the row above, newest first."]


def test_rows_are_sorted_within_each_series(tmp_path: Path) -> None:
    order = np.random.default_rng(0).permutation(80)
    table = pd.DataFrame({"when": [*DAYS, *DAYS], "id": ["a"] * 40 + ["b"] * 40, "x": VALUES[:80]}).iloc[order]
    df, notes = read_rows(tmp_path, table, id_column="id")
    first, second = table["id"].unique()
    assert df.loc[first, "x"].tolist() == table[table["id"] == first].sort_values("when")["x"].tolist()
    assert df.loc[second].index.equals(DAYS.as_unit("us").rename("when"))
    assert len(notes) == 1
    gap = table[~((table["id"] == "b") & (table["when"] == DAYS[9]))]
    row = int(np.flatnonzero((gap["id"] == "b") & (gap["when"] == DAYS[10]))[0]) + 1
    with pytest.raises(UserError, match=f"no rows between 2021-01-09 and 2021-01-11 in row {row} of series b"):
        read_rows(tmp_path, gap, id_column="id")


@pytest.mark.parametrize("typo", ["0201-01-21", "2012-01-21", "2201-01-21"])
@pytest.mark.parametrize("missing", ["raise", "interpolate", "drop"])
def test_a_time_far_from_the_others_is_refused(typo: str, missing: str, tmp_path: Path) -> None:
    times = DAYS.strftime("%Y-%m-%d").tolist()
    times[20] = typo
    message = refusal(tmp_path, times, missing=missing)
    assert f"Received: {typo} in row 21, far" in message


@pytest.mark.parametrize(
    ("freq", "typo", "step"),
    [
        ("MS", "2022-05-11", "1 month"),
        ("ME", "2022-05-30", "1 month"),
        ("SMS", "2021-09-05", "1 half month (days 1 and 15)"),
        ("BME", "2022-05-30", "1 month (last business day)"),
        ("B", "2021-01-24", "1 business day"),
    ],
)
def test_a_mistyped_day_is_named(freq: str, typo: str, step: str, tmp_path: Path) -> None:
    times = pd.date_range("2021-01-01", periods=120, freq=freq).strftime("%Y-%m-%d").tolist()
    times[16] = typo
    assert f"Received: {typo} in row 17, between steps of {step} (1 such rows)" in refusal(tmp_path, times)


def test_exact_duplicates_are_dropped(tmp_path: Path) -> None:
    rows = [*range(10), 9, *range(10, 40)]
    df, notes = read(tmp_path, DAYS[rows], VALUES[rows])
    assert df["x"].tolist() == VALUES[:40].tolist()
    assert notes == ["Rows of t.csv that repeat the row above were dropped: 1, the first at 2021-01-10."]


def test_other_duplicates_need_a_setting(tmp_path: Path) -> None:
    rows = [*range(10), 9, *range(10, 40)]
    values = [*VALUES[:10], 7.0, *VALUES[10:40]]
    message = refusal(tmp_path, DAYS[rows], values)
    assert "Received: 2021-01-10 in row 10 and again in row 11, with other values (1 such rows)" in message
    assert "Set data.duplicates to first, last or mean" in message
    expected = {"first": VALUES[9], "last": 7.0, "mean": (VALUES[9] + 7) / 2}
    for policy, value in expected.items():
        df, notes = read(tmp_path, DAYS[rows], values, duplicates=policy)
        assert df["x"].tolist() == pytest.approx([*VALUES[:9], value, *VALUES[10:40]])
        assert notes == [f"Of rows of t.csv with the same time, the {policy} was taken: 1 such rows."]


def test_a_time_three_times_in_a_row(tmp_path: Path) -> None:
    rows = [0, 1, 1, 1, *range(2, 40)]
    values = [0.0, 1.0, 2.0, 2.0, *VALUES[2:40]]
    df, notes = read(tmp_path, DAYS[rows], values, duplicates="last")
    assert df["x"].tolist()[:2] == [0.0, 2.0]
    assert len(df) == 40
    assert len(notes) == 2


@pytest.mark.parametrize(
    ("times", "step", "deviation"),
    [
        (HOURS + pd.to_timedelta(np.arange(60) % 7 % 3, unit="s"), "1 hour", "2 seconds"),
        (HOURS + pd.to_timedelta([60 * (row == 11) for row in range(60)], unit="s"), "1 hour", "1 minute"),
        (HOURS + pd.to_timedelta(np.arange(60) % 5 * 217 + 1, unit="ms"), "1 hour", "869 milliseconds"),
        (DAYS + pd.to_timedelta(np.arange(40) % 3, unit="min"), "1 day", "2 minutes"),
        (HOURS.delete([5, 6, 30]) + pd.to_timedelta(np.arange(57) % 4 // 2, unit="s"), "1 hour", "1 second"),
    ],
)
def test_jitter_is_rounded(times: pd.DatetimeIndex, step: str, deviation: str, tmp_path: Path) -> None:
    df, notes = read(tmp_path, times, missing="drop")
    regular = times.round("h") if step == "1 hour" else times.normalize()
    assert df.index.equals(regular.as_unit("us").rename("when"))
    assert f"rounded to steps of {step}" in notes[0]
    assert notes[0].endswith(f"by up to {deviation}.")


def test_a_common_minute_remains(tmp_path: Path) -> None:
    half = HOURS + pd.Timedelta(minutes=30)
    times = half + pd.to_timedelta([2 * (row == 20) for row in range(60)], unit="s")
    df, notes = read(tmp_path, times)
    assert df.index.equals(half.as_unit("us").rename("when"))
    assert "1 of 60" in notes[0]


def test_a_rounded_fraction_of_a_second_is_regular(tmp_path: Path) -> None:
    times = pd.DatetimeIndex(np.rint(np.arange(200) * 1e6 / 30).astype("M8[us]")) + pd.Timedelta(days=9000)
    df, notes = read(tmp_path, times)
    assert len(df) == 200
    assert str(infer_frequency(df.index)) == "33.3333 milliseconds"
    assert "steps of 33.3333 milliseconds" in notes[0]
    coarse, notes = read(tmp_path, times.floor("ms"))
    assert str(infer_frequency(coarse.index)).startswith("33.33")
    assert "rounded" in notes[0]


def test_large_deviations_are_refused(tmp_path: Path) -> None:
    times = (HOURS + pd.to_timedelta([1200 * (row == 9) for row in range(60)], unit="s")).sort_values()
    message = refusal(tmp_path, times)
    assert "must have one frequency" in message
    assert "Set data.resample=1h" in message


def test_irregular_times_are_refused_with_a_rule_to_resample(tmp_path: Path) -> None:
    minutes = np.cumsum(np.random.default_rng(0).integers(3, 95, 150))
    times = pd.Timestamp("2021-01-01") + pd.to_timedelta(minutes, unit="min")
    assert "Set data.resample=2h" in refusal(tmp_path, times)
    df, notes = read(tmp_path, times, resample="2h")
    expected = pd.Series(VALUES[:150], times).resample("2h").mean()
    assert df["x"].tolist() == pytest.approx(expected.tolist())
    assert notes == [f"The rows of t.csv were averaged over 2h: 150 rows became {len(expected)}."]
    changes = [*HOURS[:30], *pd.date_range(HOURS[30], periods=30, freq="15min")]
    assert "steps of 1 hour and of 15 minutes" in refusal(tmp_path, changes)
    assert len(read(tmp_path, changes, resample="1h")[0]) == 38
    for interval in ("sometimes", "0h", "1us", "-1h", "1H"):
        assert f"Received: {interval} for t.csv" in refusal(tmp_path, HOURS, resample=interval)
    assert "needs dates" in refusal(tmp_path, range(2000, 2040), resample="1h")


def test_rows_are_resampled_within_each_series(tmp_path: Path) -> None:
    table = pd.DataFrame({"when": [*HOURS, *HOURS[24:]], "id": ["b"] * 60 + ["a"] * 36, "x": VALUES[:96]})
    df, _ = read_rows(tmp_path, table, id_column="id", resample="1D")
    assert df.index.get_level_values(0).tolist() == ["b"] * 3 + ["a"] * 2
    assert df["x"].tolist() == pytest.approx(
        [VALUES[s].mean() for s in map(slice, (0, 24, 48, 60, 84), (24, 48, 60, 84, 96))]
    )


def test_holidays_repeat_the_day_before(tmp_path: Path) -> None:
    business = pd.date_range("2021-01-01", periods=120, freq="B")
    present = np.ones(120, bool)
    present[[10, 50, 51]] = False
    df, notes = read(tmp_path, business[present], VALUES[:120][present])
    assert df.index.equals(pd.DatetimeIndex(list(business), name="when"))
    assert df["x"].iloc[[10, 50, 51]].tolist() == VALUES[[9, 49, 49]].tolist()
    assert "3 rows were inserted that repeat the row before, the first after 2021-01-14" in notes[0]
    df, notes = read(tmp_path, business[present], VALUES[:120][present], missing="interpolate")
    assert df["x"].isna().sum() == 3
    assert not notes
    present[20:28] = False
    message = refusal(tmp_path, business[present], VALUES[:120][present])
    assert "a frequency of 1 business day, and no rows between" in message


def test_closed_offices_repeat_the_hour_before(tmp_path: Path) -> None:
    days = pd.date_range("2021-01-04", periods=25, freq="B").delete(12)
    times = [day + pd.Timedelta(hours=9 + hour) for day in days for hour in range(8)]
    df, notes = read(tmp_path, times)
    assert len(df) == 200
    assert "8 rows were inserted" in notes[0]


def test_summer_time_needs_a_time_zone(tmp_path: Path) -> None:
    for first, verb in (("2021-03-27", "begins"), ("2021-10-30", "ends")):
        hours = pd.date_range(first, periods=60, freq="h", tz="Europe/Berlin")
        local = hours.strftime("%Y-%m-%d %H:%M")
        assert f"Summer time {verb} then: set data.timezone, for example Europe/Berlin." in refusal(tmp_path, local)
        df, _ = read(tmp_path, local, timezone="Europe/Berlin")
        assert df.index.equals(pd.DatetimeIndex(list(hours), name="when"))
    hours = pd.date_range("2021-03-13", periods=60, freq="h", tz="America/New_York")
    assert "for example America/New_York" in refusal(tmp_path, hours.strftime("%Y-%m-%d %H:%M"))
    assert "Set data.missing" in refusal(tmp_path, HOURS.delete(9))
