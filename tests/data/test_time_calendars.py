"""Calendars: steps that have no fixed length."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqframe.data.calendar import calendar_features, calendar_steps
from seqframe.data.seasonality import usual_periods
from seqframe.data.time_calendars import find_calendar, on_calendar
from seqframe.data.time_index import Frequency, count_steps, infer_frequency, times_after, times_at


def days(freq: Any, periods: int = 80, **kwargs: Any) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(list(pd.date_range("2021-01-04", periods=periods, freq=freq, **kwargs)))


def hours(first: str, count: int, freq: str, dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    clock = pd.timedelta_range(first, periods=count, freq=freq)
    return pd.DatetimeIndex([date + time for date in dates for time in clock])


def on_day(day: int, years: int = 6) -> pd.DatetimeIndex:
    starts = pd.date_range("2019-02-01", periods=12 * years, freq="MS")
    return pd.DatetimeIndex([start.replace(day=min(day, start.days_in_month)) for start in starts])


BUSINESS, EVERY = days("B", 60), days("D", 120)
CASES = {
    "1 business day": BUSINESS,
    "2 business days": days("2B"),
    "1 day (Monday to Saturday)": EVERY[EVERY.day_of_week < 6],
    "1 day (Sunday to Thursday)": EVERY[~EVERY.day_of_week.isin([4, 5])],
    "1 day (Monday, Thursday)": EVERY[EVERY.day_of_week.isin([0, 3])],
    "1 office hour (9 to 16 h, Monday to Friday)": hours("9h", 8, "h", BUSINESS),
    "30 minutes (09:30 to 16:00, Monday to Friday)": hours("9h30min", 14, "30min", BUSINESS),
    "1 hour (18 to 2 h, every day)": hours("18h", 9, "h", EVERY),
    "1 office hour (8 to 20 h, Monday to Saturday)": hours("8h", 13, "h", EVERY[EVERY.day_of_week < 6]),
    "1 office hour (9 to 11 h and 13 to 16 h, Monday to Friday)": hours("9h", 8, "h", BUSINESS)[
        np.arange(480) % 8 != 3
    ],
    "60 minutes (07:30 to 11:30 and 13:30 to 15:30, every day)": hours("7h30min", 9, "h", EVERY)[
        np.arange(1080) % 9 != 5
    ],
    "1 month": on_day(30),
    "1 month (last business day)": days("BME"),
    "1 month (first business day)": days("BMS"),
    "3 months (last business day)": days("BQE"),
    "1 half month (days 1 and 15)": days("SMS"),
    "1 half month (day 15 and the last day)": days("SME"),
    "1 half month (days 10 and 25)": pd.DatetimeIndex(sorted([*on_day(10), *on_day(25)])),
    "1 day": days("D", 120, tz="Europe/Berlin"),
    "7 days": days("W-WED", tz="Europe/Berlin"),
}


@pytest.mark.parametrize(("text", "times"), CASES.items())
@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_calendars_are_found_and_extended(text: str, times: pd.DatetimeIndex, unit: Any) -> None:
    times = times.as_unit(unit)
    found = infer_frequency(times)
    assert found is not None
    assert str(found) == text
    assert find_calendar(found.unit).name == found.unit
    assert np.diff(count_steps(times, found)).tolist() == [1] * (len(times) - 1)
    assert times_after(times[9], found, len(times) - 10).equals(times[10:])
    assert times_at(times[9], found, np.arange(-9, 1)).equals(times[:10])


@pytest.mark.parametrize("text", CASES)
def test_a_calendar_is_found_despite_missing_rows(text: str) -> None:
    times, present = CASES[text], np.ones(len(CASES[text]), bool)
    present[[7, 17, 28]] = False
    found = infer_frequency(times)
    assert infer_frequency(times[present]) == found
    assert found is not None
    assert np.flatnonzero(np.diff(count_steps(times[present], found)) == 2).tolist() == [6, 15, 25]


@pytest.mark.parametrize("text", ["1 business day", "1 office hour (9 to 16 h, Monday to Friday)"])
def test_fridays_are_followed_by_mondays(text: str) -> None:
    times = CASES[text]
    frequency = infer_frequency(times)
    assert frequency is not None
    friday = times[times.day_of_week == 4][-1]
    following = times_after(friday, frequency, 2)
    assert following[0].day_name() == "Monday"
    assert (following[0].hour, following[1].day_name()) == ((0, "Tuesday") if len(times) == 60 else (9, "Monday"))


def test_an_unusual_day_is_not_on_the_calendar() -> None:
    calendar = find_calendar("weekdays 1111100")
    assert on_calendar(calendar, pd.DatetimeIndex(["2021-01-01", "2021-01-02", "2021-01-04"])).tolist() == [
        True,
        False,
        True,
    ]
    office = infer_frequency(CASES["1 office hour (9 to 16 h, Monday to Friday)"])
    assert office is not None
    assert office.calendar is not None
    stamps = pd.DatetimeIndex(["2021-01-04 09:00", "2021-01-04 17:00", "2021-01-04 09:30", "2021-01-03 09:00"])
    assert on_calendar(office.calendar, stamps).tolist() == [True, False, False, False]


def test_regular_times_need_no_calendar() -> None:
    for times in (days("D", 5), days("W-MON"), days("h"), days("MS"), BUSINESS[:5]):
        found = infer_frequency(times)
        assert found is not None
        assert found.unit in ("nanoseconds", "months")
    gaps = pd.DatetimeIndex(["2001-01-01", "2001-01-02", "2001-01-03", "2001-01-06", "2001-01-07", "2001-01-09"])
    assert str(infer_frequency(gaps)) == "1 day"
    night = pd.date_range("2021-01-01 20:00", periods=20, freq="h")
    for row in range(1, 19):
        assert str(infer_frequency(night.delete(row))) == "1 hour"
    long = pd.date_range("2021-01-01 20:00", periods=70, freq="h")
    assert str(infer_frequency(long.delete([9, 33, 57]))) == "1 hour"


def test_a_fraction_of_the_resolution_is_a_step() -> None:
    times = pd.DatetimeIndex(np.rint(np.arange(3000) * 1e6 / 30).astype("M8[us]"))
    found = infer_frequency(times)
    assert str(found) == "33.3333 milliseconds"
    assert found is not None
    assert np.diff(count_steps(times, found)).tolist() == [1] * 2999
    assert times_after(times[0], found, 2999).equals(times[1:])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 business day", (5, 260.8875)),
        ("1 office hour (9 to 16 h, Monday to Friday)", (8, 40)),
        ("1 hour (18 to 2 h, every day)", (9, 63)),
        ("1 half month (days 1 and 15)", (24,)),
        ("3 months (last business day)", (4,)),
        ("1 day", (7, 365.2425)),
        ("1 month", (12,)),
    ],
)
def test_usual_periods_of_calendars(text: str, expected: tuple[float, ...]) -> None:
    assert usual_periods(infer_frequency(CASES[text])) == pytest.approx(expected)


def test_calendar_features_of_business_days_have_one_phase_for_each_weekday() -> None:
    frequency = infer_frequency(BUSINESS)
    assert frequency is not None
    steps = calendar_steps(BUSINESS[13:], frequency)
    assert steps is not None
    features = calendar_features(steps, [5], BUSINESS[13:]).round(6)
    assert features.groupby(BUSINESS[13:].day_of_week).nunique().eq(1).all().all()


@given(
    st.integers(-(10**5), 10**5),
    st.sampled_from(["weekdays 1111100", "weekdays 0010010", "hours 1800000000000 34200000000000 14 1111100",
                     "half months 15 31", "half months 2 30", "months on day 30", "business month ends", "days"]),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_ticks_are_the_inverse_of_times(start: int, name: str) -> None:
    calendar = find_calendar(name)
    like = pd.Timestamp("2021-01-04 00:00").as_unit("s")
    ticks = int(calendar.to_ticks(pd.DatetimeIndex([like]))[0]) + np.arange(start // 10, start // 10 + 50)
    times = calendar.to_times(ticks, like)
    assert times.is_monotonic_increasing
    assert calendar.to_ticks(times).tolist() == ticks.tolist()
    assert Frequency(1, name).calendar == calendar
