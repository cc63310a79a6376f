"""A forecaster gives what the backtest would have forecast for the same window, whatever the table is like."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.forecasters import Case, make_case, wave
from seqframe.errors import UserError
from seqframe.forecasting import load_forecaster
from seqframe.forecasting.forecaster import Forecaster
from seqframe.forecasting.metadata import CONFIG_FILE
from seqframe.framings import FRAMINGS

ROWS, LOOKBACK, HORIZON = 60, 4, 3
QUICK = ("dense", "many_to_many")  # one that forecasts at once, one that reads its own answers
NAMES = [framing.name for framing in FRAMINGS if framing.name != "one_to_many"]  # which reads one row
FED_BACK, AT_ONCE = "many_to_many", "dense"
two_framings = pytest.mark.parametrize("name", [AT_ONCE, FED_BACK])


def yearly(folder: Path, lookback: int = LOOKBACK, **others: Any) -> Case:
    table = pd.DataFrame({"year": np.arange(1900, 1900 + ROWS), "x": wave(ROWS)})
    return make_case(table, folder, lookback, HORIZON, time_column="year", target="x", **others)


def check(case: Case, forecaster: Forecaster, answer: pd.DataFrame) -> None:
    """The forecasts are those of the fold, on the rows that were hidden, inside their intervals."""
    config = forecaster.config
    expected = case.expected(forecaster)  # (series, leads, targets)
    series, leads, _ = expected.shape
    assert answer["horizon_step"].tolist() == [*range(1, leads + 1)] * series
    width = np.array(config.half_widths) * case.dataset.window_scale(case.last)
    for place, target in enumerate(config.targets):
        tolerance = {"rtol": 1e-5, "atol": 1e-5 * float(case.dataset.scaler.span_.max())}
        np.testing.assert_allclose(answer[target], expected[..., place].ravel(), **tolerance)
        for end, sign in (("low", -1), ("high", 1)):
            ends = expected + sign * width
            np.testing.assert_allclose(answer[f"{target}_{end}"], ends[..., place].ravel(), **tolerance)
    hidden = case.hidden().index
    if config.data_settings.time_column:
        assert [str(time) for time in answer[config.data_settings.time_column]] == [
            str(t) for t in hidden.get_level_values(-1)
        ]
    if case.nested:
        assert answer[config.data_settings.id_column].tolist() == hidden.get_level_values(0).tolist()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in NAMES]
)
def test_every_framing_forecasts_as_in_the_backtest_also_saved_and_loaded(name: str, tmp_path: Path) -> None:
    case = yearly(tmp_path)
    forecaster, history = case.forecaster(name, seeds=2), case.table.iloc[:-HORIZON]
    answer = forecaster.forecast(history)
    check(case, forecaster, answer)
    forecaster.save(tmp_path / "kept")
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == [CONFIG_FILE, "seed_0.keras", "seed_1.keras"]
    pd.testing.assert_frame_equal(load_forecaster(tmp_path / "kept").forecast(history), answer)
    assert answer["x"].nunique() == HORIZON, "not one value for all leads"


def test_one_row_is_enough_for_one_to_many(tmp_path: Path) -> None:
    case = yearly(tmp_path, lookback=1, instance_norm="none")
    forecaster = case.forecaster("one_to_many")
    check(case, forecaster, forecaster.forecast(case.table.iloc[:-HORIZON]))
    check(case, forecaster, forecaster.forecast(case.table.iloc[[-HORIZON - 1]]))


@two_framings
def test_rows_before_the_lookback_and_other_columns_change_nothing(name: str, tmp_path: Path) -> None:
    case = yearly(tmp_path)
    forecaster, newest = case.forecaster(name), case.table.iloc[-HORIZON - LOOKBACK : -HORIZON]
    longer = case.table.iloc[:-HORIZON].assign(other="text")[["other", "x", "year"]]
    pd.testing.assert_frame_equal(forecaster.forecast(newest), forecaster.forecast(longer))


def test_targets_that_are_not_read_need_no_column(tmp_path: Path) -> None:
    columns = {name: wave(ROWS, phase) for phase, name in enumerate(["a", "b", "c", "d", "e"])}
    names = {"features": ["c", "a", "b"], "target": ["e", "a", "d"]}
    case = make_case(pd.DataFrame(columns), tmp_path, 5, 3, gap=2, **names)
    forecaster = case.forecaster(AT_ONCE)
    history = case.table.iloc[:-5]
    answer = forecaster.forecast(history[["a", "b", "c"]])
    check(case, forecaster, answer)
    assert answer.columns.tolist()[:3] == ["row", "horizon_step", "e"]
    assert answer["row"].tolist() == [len(history) + 2 + lead for lead in range(3)], "the rows after the gap"


TIMES = {
    "months": pd.date_range("1950-01-01", periods=ROWS, freq="MS"),
    "month ends": pd.date_range("1950-01-31", periods=ROWS, freq="ME"),
    "quarters": pd.date_range("1950-02-01", periods=ROWS, freq="QS-FEB"),
    "weeks": pd.date_range("1999-12-04", periods=ROWS, freq="7D"),
    "weeks as one number": pd.date_range("1999-12-04", periods=ROWS, freq="7D").strftime("%Y%m%d").astype(int),
    "hours": pd.date_range("2024-02-28T12:30", periods=ROWS, freq="h"),
    "fractions": np.arange(ROWS) * 0.1,
}


@pytest.mark.parametrize("kind", TIMES)
def test_time_goes_on_in_its_own_steps(kind: str, tmp_path: Path) -> None:
    table = pd.DataFrame({"t": TIMES[kind], "x": wave(ROWS)})
    case = make_case(table, tmp_path, LOOKBACK, HORIZON, time_column="t")
    forecaster = case.forecaster(AT_ONCE)
    history = table.iloc[:-HORIZON]
    answer = forecaster.forecast(history)
    if kind == "fractions":
        np.testing.assert_allclose(answer["t"], table["t"].iloc[-HORIZON:])
        return
    check(case, forecaster, answer)
    as_text = history.assign(t=[time if isinstance(time, int) else str(time) for time in history["t"]])
    pd.testing.assert_frame_equal(forecaster.forecast(as_text), answer, check_dtype=False)
    pd.testing.assert_frame_equal(forecaster.forecast(history.tail(LOOKBACK)), answer, check_dtype=False)


def series_table(ids: tuple[Any, ...]) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"id": of, "year": np.arange(1900, 1900 + ROWS), "x": wave(ROWS, 1 + place) * 10**place})
        for place, of in enumerate(ids)
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("ids", [("b", "c", "a"), (7, 3, 11)], ids=["text", "numbers"])
@two_framings
def test_several_series_some_of_them_in_any_order(name: str, ids: tuple[Any, ...], tmp_path: Path) -> None:
    table = series_table(ids)
    case = make_case(table, tmp_path, LOOKBACK, HORIZON, time_column="year", id_column="id", target="x")
    kept = case.forecaster(name)
    kept.save(tmp_path / "kept")
    forecaster = load_forecaster(tmp_path / "kept")
    history = table[table["year"] < 1900 + ROWS - HORIZON]
    answer = forecaster.forecast(history)
    check(case, kept, answer)
    some = pd.concat([history[history["id"] == of] for of in (ids[2], ids[0])])
    expected = pd.concat([answer[answer["id"] == of] for of in (ids[2], ids[0])])
    pd.testing.assert_frame_equal(forecaster.forecast(some), expected.reset_index(drop=True))
    mixed = some.sort_values("year", kind="stable")
    assert mixed["id"].iloc[0] != mixed["id"].iloc[1], "rows of both, turn by turn"
    pd.testing.assert_frame_equal(forecaster.forecast(mixed), expected.reset_index(drop=True))


def test_a_series_that_is_not_known_is_refused_where_each_has_a_scale(tmp_path: Path) -> None:
    table = series_table(("b", "c", "a"))
    asked = {"time_column": "year", "id_column": "id", "target": "x"}
    other = table.assign(id=table["id"].replace("c", "z"))
    forecaster = make_case(table, tmp_path, LOOKBACK, HORIZON, **asked).forecaster(AT_ONCE)
    with pytest.raises(UserError, match="Received: z in history. There are: b, c, a."):
        forecaster.forecast(other)
    forecaster = make_case(table, tmp_path, LOOKBACK, HORIZON, **asked, scale_per_series=False).forecaster(AT_ONCE)
    assert forecaster.forecast(other)["id"].unique().tolist() == ["b", "z", "a"], "one scale for all"


@pytest.mark.parametrize(
    ("name", "nested", "time"),
    [(AT_ONCE, False, None), (AT_ONCE, True, "year"), (FED_BACK, True, None), ("stateful", False, "year")],
)
def test_what_is_known_in_advance_is_read_ahead(name: str, nested: bool, time: str | None, tmp_path: Path) -> None:
    gap, ahead = 2, 2 + HORIZON
    table = series_table(("b", "c") if nested else ("b",)).assign(price=lambda rows: wave(len(rows), 3) ** 2)
    series = {"id_column": "id"} if nested else {"features": ["x"]}
    case = make_case(
        table, tmp_path, LOOKBACK, HORIZON, gap, 14, time_column=time, target="x", future_covariates="price", **series
    )
    forecaster = case.forecaster(name)
    coming = table["year"] >= 1900 + ROWS - ahead
    history = table.drop(columns=[] if nested else "id").assign(x=table["x"].mask(coming))
    answer = forecaster.forecast(history)
    check(case, forecaster, answer)
    other = forecaster.forecast(history.assign(price=history["price"].where(~coming, 0)))
    assert (other["x"] - answer["x"]).abs().max() > 1e-3, "it matters"
    with pytest.raises(UserError, match="in 5 after them. Received: 1 rows without it" + " in series b" * nested):
        forecaster.forecast(history.drop(index=ROWS - 1))
