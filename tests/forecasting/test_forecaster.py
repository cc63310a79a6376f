"""A saved forecaster forecasts the same values as the backtest does for the same window."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.forecasters import Case, make_case, wave
from seqframe.config import ModelSettings
from seqframe.data.instance_norm import KINDS
from seqframe.data.transforms import TRANSFORMS
from seqframe.errors import UserError
from seqframe.forecasting import load_forecaster
from seqframe.forecasting.forecaster import Forecaster
from seqframe.forecasting.saved_model import CONFIG_FILE
from seqframe.framings import FRAMINGS

ROWS, LOOKBACK, HORIZON = 60, 4, 3
QUICK = ("dense", "many_to_many")  # one direct, one recursive
NAMES = [framing.name for framing in FRAMINGS if framing.name != "one_to_many"]  # lookback 1
RECURSIVE, DIRECT = "many_to_many", "dense"
two_framings = pytest.mark.parametrize("name", [DIRECT, RECURSIVE])


def yearly(folder: Path, lookback: int = LOOKBACK, **others: Any) -> Case:
    table = pd.DataFrame({"year": np.arange(1900, 1900 + ROWS), "x": wave(ROWS)})
    return make_case(table, folder, lookback, HORIZON, time_column="year", target="x", **others)


def check(case: Case, forecaster: Forecaster, forecasts: pd.DataFrame) -> None:
    """The forecasts equal the forecasts of the fold for the hidden rows, with their intervals."""
    config = forecaster.config
    expected = case.expected(forecaster)  # (series, horizon, targets)
    series, horizon, _ = expected.shape
    assert forecasts["horizon_step"].tolist() == [*range(1, horizon + 1)] * series
    width = np.array(config.half_widths) * case.dataset.window_scale(case.last)
    for place, target in enumerate(config.targets):
        tolerance = {"rtol": 1e-5, "atol": 1e-5 * float(case.dataset.scaler.span_.max())}
        np.testing.assert_allclose(forecasts[target], expected[..., place].ravel(), **tolerance)
        for end, sign in (("low", -1), ("high", 1)):
            ends = expected + sign * width
            np.testing.assert_allclose(forecasts[f"{target}_{end}"], ends[..., place].ravel(), **tolerance)
    hidden = case.hidden().index
    if config.data_settings.time_column:
        assert [str(time) for time in forecasts[config.data_settings.time_column]] == [
            str(time) for time in hidden.get_level_values(-1)
        ]
    if case.nested:
        assert forecasts[config.data_settings.id_column].tolist() == hidden.get_level_values(0).tolist()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in NAMES]
)
def test_forecasts_equal_the_backtest_and_survive_saving(name: str, tmp_path: Path) -> None:
    case = yearly(tmp_path)
    forecaster, history = case.forecaster(name, seeds=2), case.table.iloc[:-HORIZON]
    forecasts = forecaster.forecast(history)
    check(case, forecaster, forecasts)
    forecaster.save(tmp_path / "saved")
    assert sorted(path.name for path in (tmp_path / "saved").iterdir()) == [CONFIG_FILE, "seed_0.keras", "seed_1.keras"]
    pd.testing.assert_frame_equal(load_forecaster(tmp_path / "saved").forecast(history), forecasts)
    assert forecasts["x"].nunique() == HORIZON, "a value of its own for every step"


def daily(rows: int = 90) -> pd.DataFrame:
    """Two positive series with a season of seven days, and a covariate that is known in advance."""
    days = pd.date_range("2001-01-01", periods=rows, freq="D")
    season = np.tile([1.0, 2, 3, 1, 4, 2, 9], rows // 7 + 1)[:rows]
    return pd.DataFrame({"day": days, "x": wave(rows) + season, "y": 30 * wave(rows, 2), "z": wave(rows, 4)})


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("name", [DIRECT, pytest.param(RECURSIVE, marks=pytest.mark.slow)])
def test_transforms_calendar_features_and_normalization_are_saved(name: str, transform: str, tmp_path: Path) -> None:
    """The horizon is longer than the lag, and the last features are known in advance."""
    for norm, calendar in zip(KINDS, ["season", "none", "season", "none"], strict=True):
        case = make_case(
            daily(),
            tmp_path,
            LOOKBACK,
            9,
            hide=20,
            **{"time_column": "day", "target": ["y", "x"], "features": ["x", "y"], "future_covariates": ["z"]},
            **{"season": 7, "transform": transform, "calendar": calendar, "instance_norm": norm},
        )
        lag = case.dataset.transform.lag
        assert (lag, case.dataset.n_calendar) == (
            7 * ("seasonal" in transform) or int("difference" in transform),
            6 * (calendar == "season"),
        )
        forecaster = case.forecaster(name)
        history = case.table.copy()
        history.loc[history.index[-9:], ["x", "y"]] = np.nan
        forecasts = forecaster.forecast(history)
        check(case, forecaster, forecasts)
        needed = history.tail(9 + LOOKBACK + lag)
        pd.testing.assert_frame_equal(forecaster.forecast(needed), forecasts)
        with pytest.raises(UserError, match=rf"needs the last {LOOKBACK + lag} rows"):
            forecaster.forecast(needed.iloc[1:])
    forecaster.save(tmp_path / "saved")
    pd.testing.assert_frame_equal(load_forecaster(tmp_path / "saved").forecast(history), forecasts)


@pytest.mark.parametrize("name", ["dense", "many_to_one", "encoder_decoder"])
@pytest.mark.parametrize("channels", ["joint", "independent"])
def test_a_skip_connection_and_independent_channels_are_saved(name: str, channels: str, tmp_path: Path) -> None:
    columns = {"time_column": "day", "target": ["y", "x"], "season": 7, "calendar": "season", "transform": "log"}
    case = make_case(daily(), tmp_path, LOOKBACK, HORIZON, **columns, channels=channels)
    forecaster = case.forecaster(name, seeds=2, model=ModelSettings(units=3, linear_skip=True))
    history = case.table.iloc[:-HORIZON].drop(columns="z")
    forecasts = forecaster.forecast(history)
    check(case, forecaster, forecasts)
    forecaster.save(tmp_path / "saved")
    pd.testing.assert_frame_equal(load_forecaster(tmp_path / "saved").forecast(history), forecasts)


@pytest.mark.parametrize("norm", KINDS)
def test_recursive_forecasts_have_a_normalization_of_their_own(norm: str, tmp_path: Path) -> None:
    case = yearly(tmp_path, instance_norm="standard", recursive_norm=norm)
    forecaster, history = case.forecaster(RECURSIVE), case.table.iloc[:-HORIZON]
    forecasts = forecaster.forecast(history)
    check(case, forecaster, forecasts)
    forecaster.save(tmp_path / "saved")
    pd.testing.assert_frame_equal(load_forecaster(tmp_path / "saved").forecast(history), forecasts)
    plain = replace(case, dataset=case.dataset.with_norm(norm))
    np.testing.assert_allclose(plain.expected(forecaster), case.expected(forecaster))


def test_one_to_many_needs_one_row(tmp_path: Path) -> None:
    case = yearly(tmp_path, lookback=1, instance_norm="none")
    forecaster = case.forecaster("one_to_many")
    check(case, forecaster, forecaster.forecast(case.table.iloc[:-HORIZON]))
    check(case, forecaster, forecaster.forecast(case.table.iloc[[-HORIZON - 1]]))


@two_framings
def test_earlier_rows_and_other_columns_do_not_matter(name: str, tmp_path: Path) -> None:
    case = yearly(tmp_path)
    forecaster, newest = case.forecaster(name), case.table.iloc[-HORIZON - LOOKBACK : -HORIZON]
    longer = case.table.iloc[:-HORIZON].assign(other="text")[["other", "x", "year"]]
    pd.testing.assert_frame_equal(forecaster.forecast(newest), forecaster.forecast(longer))


def test_targets_that_are_not_features_need_no_column(tmp_path: Path) -> None:
    columns = {name: wave(ROWS, phase) for phase, name in enumerate(["a", "b", "c", "d", "e"])}
    names = {"features": ["c", "a", "b"], "target": ["e", "a", "d"]}
    case = make_case(pd.DataFrame(columns), tmp_path, 5, 3, gap=2, **names)
    forecaster = case.forecaster(DIRECT)
    history = case.table.iloc[:-5]
    forecasts = forecaster.forecast(history[["a", "b", "c"]])
    check(case, forecaster, forecasts)
    assert forecasts.columns.tolist()[:3] == ["row", "horizon_step", "e"]
    assert forecasts["row"].tolist() == [len(history) + 2 + step for step in range(3)], "the rows after the gap"


TIMES = {
    "months": pd.date_range("1950-01-01", periods=ROWS, freq="MS"),
    "month ends": pd.date_range("1950-01-31", periods=ROWS, freq="ME"),
    "quarters": pd.date_range("1950-02-01", periods=ROWS, freq="QS-FEB"),
    "weeks": pd.date_range("1999-12-04", periods=ROWS, freq="7D"),
    "weeks as YYYYMMDD": pd.date_range("1999-12-04", periods=ROWS, freq="7D").strftime("%Y%m%d").astype(int),
    "hours": pd.date_range("2024-02-28T12:30", periods=ROWS, freq="h"),
    "fractions": np.arange(ROWS) * 0.1,
}


@pytest.mark.parametrize("kind", TIMES)
def test_times_continue_with_their_frequency(kind: str, tmp_path: Path) -> None:
    table = pd.DataFrame({"t": TIMES[kind], "x": wave(ROWS)})
    case = make_case(table, tmp_path, LOOKBACK, HORIZON, time_column="t")
    forecaster = case.forecaster(DIRECT)
    history = table.iloc[:-HORIZON]
    forecasts = forecaster.forecast(history)
    if kind == "fractions":
        np.testing.assert_allclose(forecasts["t"], table["t"].iloc[-HORIZON:])
        return
    check(case, forecaster, forecasts)
    as_text = history.assign(t=[time if isinstance(time, int) else str(time) for time in history["t"]])
    pd.testing.assert_frame_equal(forecaster.forecast(as_text), forecasts, check_dtype=False)
    pd.testing.assert_frame_equal(forecaster.forecast(history.tail(LOOKBACK)), forecasts, check_dtype=False)


def series_table(ids: tuple[Any, ...]) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"id": series_id, "year": np.arange(1900, 1900 + ROWS), "x": wave(ROWS, 1 + place) * 10**place})
        for place, series_id in enumerate(ids)
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("ids", [("b", "c", "a"), (7, 3, 11)], ids=["text", "numbers"])
@two_framings
def test_several_series_in_any_order(name: str, ids: tuple[Any, ...], tmp_path: Path) -> None:
    table = series_table(ids)
    case = make_case(table, tmp_path, LOOKBACK, HORIZON, time_column="year", id_column="id", target="x")
    original = case.forecaster(name)
    original.save(tmp_path / "saved")
    forecaster = load_forecaster(tmp_path / "saved")
    history = table[table["year"] < 1900 + ROWS - HORIZON]
    forecasts = forecaster.forecast(history)
    check(case, original, forecasts)
    some = pd.concat([history[history["id"] == series_id] for series_id in (ids[2], ids[0])])
    expected = pd.concat([forecasts[forecasts["id"] == series_id] for series_id in (ids[2], ids[0])])
    pd.testing.assert_frame_equal(forecaster.forecast(some), expected.reset_index(drop=True))
    mixed = some.sort_values("year", kind="stable")
    assert mixed["id"].iloc[0] != mixed["id"].iloc[1], "interleaved series"
    pd.testing.assert_frame_equal(forecaster.forecast(mixed), expected.reset_index(drop=True))


@pytest.mark.parametrize("by_series", [True, False])
def test_an_unknown_series_has_the_scale_of_all_series(by_series: bool, tmp_path: Path) -> None:
    table = series_table(("b", "c", "a"))
    columns = {"time_column": "year", "id_column": "id", "target": "x", "scale_per_series": by_series}
    other = table.assign(id=table["id"].replace("c", "z"))
    forecaster = make_case(table, tmp_path, LOOKBACK, HORIZON, **columns).forecaster(DIRECT)
    forecaster.save(tmp_path / "saved")
    forecasts = load_forecaster(tmp_path / "saved").forecast(other)
    assert forecasts["id"].unique().tolist() == ["b", "z", "a"]
    assert np.isfinite(forecasts["x"]).all()
    together = make_case(table, tmp_path, LOOKBACK, HORIZON, **columns | {"scale_per_series": False})
    assert forecaster.config.offset[-1] == together.forecaster(DIRECT).config.offset[0]
    assert (forecasts["x"] == forecaster.forecast(table)["x"])[forecasts["id"] != "z"].all(), "known ones keep theirs"


@pytest.mark.parametrize(
    ("name", "nested", "time"),
    [(DIRECT, False, None), (DIRECT, True, "year"), (RECURSIVE, True, None), ("stateful", False, "year")],
)
def test_future_covariates_are_used(name: str, nested: bool, time: str | None, tmp_path: Path) -> None:
    gap, ahead = 2, 2 + HORIZON
    table = series_table(("b", "c") if nested else ("b",)).assign(price=lambda rows: wave(len(rows), 3) ** 2)
    series = {"id_column": "id"} if nested else {"features": ["x"]}
    case = make_case(
        table, tmp_path, LOOKBACK, HORIZON, gap, 14, time_column=time, target="x", future_covariates="price", **series
    )
    forecaster = case.forecaster(name)
    future = table["year"] >= 1900 + ROWS - ahead
    history = table.drop(columns=[] if nested else "id").assign(x=table["x"].mask(future))
    forecasts = forecaster.forecast(history)
    check(case, forecaster, forecasts)
    other = forecaster.forecast(history.assign(price=history["price"].where(~future, 0)))
    assert (other["x"] - forecasts["x"]).abs().max() > 1e-3, "they affect the forecast"
    incomplete = history.drop(index=ROWS - 1)
    if nested:
        assert forecaster.forecast(incomplete)["id"].unique().tolist() == ["c"]
        incomplete = incomplete[incomplete["id"] == "b"]
    with pytest.raises(
        UserError, match="5 rows after them. Received: 1 rows without a value" + " in series b" * nested
    ):
        forecaster.forecast(incomplete)


def test_forecasts_and_intervals_are_clipped_to_the_bounds(tmp_path: Path) -> None:
    case = yearly(tmp_path)
    plain, history = case.forecaster(DIRECT, half_width=9.0), case.table.iloc[:-HORIZON]
    settings = plain.config.data_settings.model_copy(update={"lower_bound": 49.0, "upper_bound": 51.0})
    bounded = replace(plain, config=plain.config.model_copy(update={"data_settings": settings}))
    forecasts, columns = plain.forecast(history), ["x", "x_low", "x_high"]
    assert (forecasts["x_low"] < 49).all()
    pd.testing.assert_frame_equal(bounded.forecast(history)[columns], forecasts[columns].clip(49, 51))
    bounded.save(tmp_path / "saved")
    assert load_forecaster(tmp_path / "saved").forecast(history)["x_low"].tolist() == [49.0] * HORIZON
