"""Time columns in all the ways that people write them."""

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqframe.data.timestamps import find_date_order, parse_timestamps
from seqframe.errors import UserError

DAYS = pd.date_range("2021-01-01", periods=40)
HOURS = pd.date_range("2021-01-12", periods=60, freq="h")
MONTHS = pd.date_range("2019-11-01", periods=40, freq="MS")
QUARTERS = pd.date_range("1998-01-01", periods=20, freq="QS")
GERMAN = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
FRENCH = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]
SPANISH = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
]
WEEKS = pd.date_range("2020-11-02", periods=20, freq="W-MON")
HOUR, DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)

ROMANS = ("I", "II", "III", "IV")


def column(cells: Any, name: str = "date") -> pd.Series:
    return pd.Series(list(cells), name=name)


def read(cells: Any, name: str = "date", **settings: Any) -> tuple[pd.Index, list[str]]:
    notes: list[str] = []
    return parse_timestamps(column(cells, name), "t.csv", notes=notes, **settings), notes


def quarter_texts(form: str) -> list[str]:
    return [
        form.format(
            y=each.year, yy=f"{each.year % 100:02}", q=each.quarter, roman=ROMANS[each.quarter - 1], span=spans(each)
        )
        for each in QUARTERS
    ]


def spans(quarter: pd.Timestamp) -> str:
    """The first and the last month of a quarter: Jan-Mar."""
    return "-".join(f"{quarter + pd.DateOffset(months=months):%b}" for months in (0, 2))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([f"{day:%d%b%Y}:00:00:00".upper() for day in DAYS], DAYS),
        ([f"{hour:%a %b %d %H:%M:%S %Y}" for hour in HOURS], HOURS),
        ([f"{hour:%H:%M %d/%m/%Y}" for hour in HOURS], HOURS),
        ([f"{hour:%Y-%m-%d %I %p}" for hour in HOURS], HOURS),
        ([f"{hour:%Y-%m-%dT%H:%M}+01:00[Europe/Berlin]" for hour in HOURS], HOURS.tz_localize("+01:00")),
        ([f"{hour:%d/%b/%Y:%H:%M:%S} +0000" for hour in HOURS], HOURS.tz_localize("UTC")),
        ([f"{hour:%Y-%m-%d %H:%M} UTC+1" for hour in HOURS], HOURS.tz_localize("+01:00")),
        ([f"{day.day}. {GERMAN[day.month - 1]} {day.year}" for day in MONTHS], MONTHS),
        ([f"{FRENCH[day.month - 1]} {day:%y}" for day in MONTHS], MONTHS),
        ([f"{day.day} de {SPANISH[day.month - 1]} de {day.year}".upper() for day in MONTHS], MONTHS),
        ([f"{day.year}年{day.month}月{day.day}日" for day in DAYS], DAYS),
        ([f"{day:%Y-%j}" for day in DAYS], DAYS),
        ([int(f"{day:%Y%j}") for day in DAYS], DAYS),
        ([f"{day:%m.%Y}" for day in MONTHS], MONTHS),
        ([float(f"{day:%m.%Y}") for day in MONTHS], MONTHS),
        ([float(f"{day:%Y.%m}") for day in MONTHS], MONTHS),
        (quarter_texts("{y} Qtr {q}"), QUARTERS),
        (quarter_texts("{y}:Q{q}"), QUARTERS),
        (quarter_texts("FY{y} Q{q}"), QUARTERS),
        (quarter_texts("Q{q} FY{yy}"), QUARTERS),
        (quarter_texts("{y} {roman}"), QUARTERS),
        (quarter_texts("{roman}/{y}"), QUARTERS),
        (quarter_texts("{q}. Quartal {y}"), QUARTERS),
        (quarter_texts("{q}T{y}"), QUARTERS),
        (quarter_texts("T{q} {y}"), QUARTERS),
        (quarter_texts("{q}e trimestre {y}"), QUARTERS),
        (quarter_texts("{y}-{q}"), QUARTERS),
        (quarter_texts("{y}/{q}"), QUARTERS),
        (quarter_texts("{span} {y}"), QUARTERS),
        (["November to January 2021", "Feb.–April 2021"], pd.DatetimeIndex(["2020-11-01", "2021-02-01"])),
        (["2020-1", "2020-2", "2020-3", "2020-4"], pd.date_range("2020-01-01", periods=4, freq="MS")),
        ([float(f"{each.year}.{each.quarter}") for each in QUARTERS], QUARTERS),
        ([f"KW {each.isocalendar().week}/{each.isocalendar().year}" for each in WEEKS], WEEKS),
        (["2001-02", "2002-03", "2003-04"], pd.DatetimeIndex(["2001-01-01", "2002-01-01", "2003-01-01"])),
        (["1999/00", "2000/01", "2001/02"], pd.DatetimeIndex(["1999-01-01", "2000-01-01", "2001-01-01"])),
        (["FY2001", "FY2002", "FY2003"], pd.DatetimeIndex(["2001-01-01", "2002-01-01", "2003-01-01"])),
        (
            [f"{44197 + n / 4:.2f}".replace(".", ",") for n in range(4)],
            pd.date_range("2021-01-01", periods=4, freq="6h"),
        ),
        (["1999 - 2000", "2000 - 2001", "2001 - 2002"], pd.DatetimeIndex(["1999-01-01", "2000-01-01", "2001-01-01"])),
        ([f"{hour:%d.%m.%Y %H:%M} - {hour + HOUR:%d.%m.%Y %H:%M}" for hour in HOURS], HOURS),
        ([f"{hour:%Y-%m-%d %H:%M} - {hour + HOUR:%H:%M}" for hour in HOURS], HOURS),
        ([f"{hour:%Y-%m-%d %H:%M}-{hour + HOUR:%H:%M}" for hour in HOURS], HOURS),
        ([f"{hour:%d/%m/%Y %H:%M}–{hour.hour + 1:02}:00" for hour in HOURS], HOURS),
        ([f"{hour:%Y-%m-%d %H:%M}-01:00" for hour in HOURS], HOURS.tz_localize("-01:00")),
        ([f"{week:%d/%m/%Y} - {week + 6 * DAY:%d/%m/%Y}" for week in WEEKS], WEEKS),
        ([f"{week:%d %b %Y} – {week + 6 * DAY:%d %b %Y}" for week in WEEKS], WEEKS),
        ([f"{week:%Y-%m-%d} to {week + 6 * DAY:%Y-%m-%d}" for week in WEEKS], WEEKS),
        ([f"{week:%Y-%m-%d}/{week + 6 * DAY:%Y-%m-%d}" for week in WEEKS], WEEKS),
        ([f"{week:%d.%m.%Y} bis {week + 6 * DAY:%d.%m.%Y}" for week in WEEKS], WEEKS),
        ([f"{day:%Y - %m}" for day in MONTHS], MONTHS),
        ([f"{hour:%Y-%m-%d %H:%M:%S} CET" for hour in HOURS], HOURS.tz_localize("+01:00")),
        ([f"{hour:%Y-%m-%d %I:%M %p} (EST)" for hour in HOURS], HOURS.tz_localize("-05:00")),
        ([f"{hour:%Y-%m-%d %I:%M %p} -05:00" for hour in HOURS], HOURS.tz_localize("-05:00")),
        (
            ["2021-03-28 01:00 CET", "2021-03-28 03:00 CEST", "2021-03-28 04:00 CEST"],
            pd.date_range("2021-03-28", periods=3, freq="h", tz="UTC"),
        ),
        ([f"{hour:%a %b %d %H:%M:%S} CET {hour:%Y}" for hour in HOURS], HOURS.tz_localize("+01:00")),
        ([f"{hour:%a %b} {hour.day} {hour:%H:%M} UTC {hour:%Y}" for hour in HOURS], HOURS.tz_localize("UTC")),
        ([f"{hour:%a %b %d %H:%M:%S} +0530 {hour:%Y}" for hour in HOURS], HOURS.tz_localize("+05:30")),
        ([f"{hour:%a %b %d %H:%M:%S %Y} -0800" for hour in HOURS], HOURS.tz_localize("-08:00")),
        ([f"{hour:%a %b %d %Y %H:%M:%S} GMT+0100 (Heure normale)" for hour in HOURS], HOURS.tz_localize("+01:00")),
        ([f"{hour:%a, %d %b %Y %H:%M:%S} +0100 (CET)" for hour in HOURS], HOURS.tz_localize("+01:00")),
        ([f"{hour:%d/%m/%Y %H:%M}+01:00 (MEZ)" for hour in HOURS], HOURS.tz_localize("+01:00")),
        (DAYS.strftime("%d/%m/%Y"), DAYS),
        (DAYS.strftime("%m/%d/%Y"), DAYS),
        (DAYS.strftime("%d.%m.%y"), DAYS),
        ([f"{day.day}-{day.month}-{day.year}" for day in DAYS], DAYS),
        (DAYS.strftime("%Y/%m/%d"), DAYS),
        (DAYS.strftime("%d-%b-%Y"), DAYS),
        (DAYS.strftime("%B %d, %Y"), DAYS),
        (DAYS.strftime("%a, %d %b %Y"), DAYS),
        (DAYS.strftime(" %Y%m%d "), DAYS),
        (HOURS.strftime("%d/%m/%Y %H:%M").str.replace(" 00:00", ""), HOURS),
        (HOURS.strftime("%Y-%m-%d %I:%M %p"), HOURS),
        (HOURS.strftime("%m/%d/%Y %I:%M:%S%p").str.lower().str.replace("m", ".m."), HOURS),
        (HOURS.strftime("%d/%m/%Y %H:%M Z"), HOURS.tz_localize("UTC")),
        (HOURS.strftime("%d.%m.%Y %H:%M:%S,000"), HOURS),
        (HOURS.strftime("%Y-%m-%d %H:%M:%S,000"), HOURS),
        (HOURS.strftime("%Y%m%dT%H%M%SZ"), HOURS.tz_localize("UTC")),
        (MONTHS.strftime("%m/%Y"), MONTHS),
        (MONTHS.strftime("%Y/%m"), MONTHS),
        (MONTHS.strftime("%b %Y").str.replace("Sep", "Sept"), MONTHS),
        (MONTHS.strftime("%b-%y"), MONTHS),
        (MONTHS.strftime("%YM%m"), MONTHS),
        (MONTHS.strftime("%Y%m"), MONTHS),
        (MONTHS.strftime("%Y%m").astype(int), MONTHS),
        (quarter_texts("{y}-Q{q}"), QUARTERS),
        (quarter_texts("{y}q{q}"), QUARTERS),
        (quarter_texts("Q{q} {y}"), QUARTERS),
        (quarter_texts("{q}Q{yy}"), QUARTERS),
        (["2020-H1", "2020-H2", "2021-H1"], pd.date_range("2020-01-01", periods=3, freq="6MS")),
        (WEEKS.strftime("%G-W%V"), WEEKS),
        (WEEKS.strftime("%GW%V"), WEEKS),
        ((WEEKS + pd.Timedelta(days=2)).strftime("%G-W%V-%u"), WEEKS + pd.Timedelta(days=2)),
        ([f"{day.date()}/{day.date() + datetime.timedelta(days=6)}" for day in WEEKS], WEEKS),
        (np.round(2000.25 + np.arange(20) / 4, 2), pd.date_range("2000-04-01", periods=20, freq="QS")),
        (np.round(1958 + (np.arange(30) + 2.44) / 12, 4), pd.date_range("1958-03-01", periods=30, freq="MS")),
        (HOURS.strftime("%Y%m%d%H").astype(int), HOURS),
        (HOURS.strftime("%Y%m%d%H%M").astype(int), HOURS),
        (HOURS.strftime("%Y%m%d%H%M%S").astype(int), HOURS),
        (HOURS.as_unit("s").asi8, HOURS),
        (HOURS.as_unit("ms").asi8, HOURS),
        (HOURS.as_unit("us").asi8, HOURS),
        (HOURS.as_unit("ns").asi8, HOURS),
        (HOURS.as_unit("s").asi8.astype(float), HOURS),
        (np.round(44208 + np.arange(60) / 24, 5), HOURS),
        (np.arange(44197, 44237), DAYS),
        ([day.date() for day in DAYS], DAYS),
        (pd.Categorical(DAYS.strftime("%d/%m/%Y")), DAYS),
        (pd.period_range("2019-11", periods=40, freq="M"), MONTHS),
        (pd.Series(HOURS.tz_localize("Europe/Berlin")), HOURS.tz_localize("Europe/Berlin")),
    ],
)
def test_dates_are_read(cells: Any, expected: pd.DatetimeIndex) -> None:
    times, _ = read(cells)
    assert isinstance(times, pd.DatetimeIndex)
    assert times.as_unit("us").equals(expected.as_unit("us"))
    assert times.name == "date"


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        (range(1900, 1960), "year"),
        ([1900.0, 1901.0, 1902.0], "year"),
        (np.arange(50) / 10, "t"),
        (range(200001, 200010), "n"),
        (range(44197, 44237), "n"),
        (np.arange(40000, 40050) + 0.5, "n"),
        (range(10**12, 10**12 + 50), "n"),
        ([20010332, 20010333], "date"),
        (["1.5", "2.5"], "t"),
        (["2001", "2002"], "year"),
    ],
)
def test_plain_numbers_remain(cells: Any, name: str) -> None:
    times, notes = read(cells, name)
    assert times.tolist() == [float(cell) for cell in cells]
    assert not notes


@pytest.mark.parametrize(
    ("cells", "settings", "message"),
    [
        (
            ["01/01/2021", "02/01/2021"],
            {},
            "must show which number is the day. Received: '02/01/2021' in row 2, which is 2021-01-02 (day first) or "
            "2021-02-01 (month first). Set data.date_format to dayfirst or monthfirst.",
        ),
        (["13/01/2021", "01/13/2021"], {}, "one order of day and month, which is day first in other rows."),
        (["13/01/2021"], {"date_format": "monthfirst"}, "Received: '13/01/2021' in row 1"),
        (["13/01/2021", "x"], {}, "Received: 'x' in row 2 (1 such rows). Fix the table, or set data.date_format."),
        (["1|2|2021", "3"], {"date_format": "%d|%m|%Y"}, "of the form %d|%m|%Y. Received: '3' in row 2"),
        (["1"], {"date_format": "%d%d"}, "dayfirst, monthfirst or a strptime format such as %d/%m/%Y. Received: %d%d."),
        (["1"], {"date_format": "dmy"}, "of the form dmy. Received: '1' in row 1"),
        (["2021-W60"], {}, "Received: '2021-W60' in row 1"),
        (["５２.５", "６３.５"], {}, "Received: '５２.５' in row 1"),
        (["jui 2001", "aoû 2001"], {}, "Received: 'jui 2001' in row 1"),
        (["Jan 1", "Jan 2"], {}, "Received: 'Jan 1' in row 1"),
        (["Jan-Foo 2001", "Apr-Jun 2001"], {}, "Received: 'Jan-Foo 2001' in row 1"),
        (["2001 V", "2001 VI"], {}, "Received: '2001 V' in row 1"),
        (["Berlin", "Paris"], {}, "Received: 'Berlin' in row 1"),
        (["09:00", "10:00"], {}, "Received: '09:00' in row 1"),
        (["2021-03-28 02:30"], {"timezone": "Europe/Berlin"}, "in row 1, which summer time skips in Europe/Berlin"),
        (["2021-03-28"], {"timezone": "Europe/Berlim"}, "Received: Europe/Berlim. Did you mean Europe/Berlin?"),
        (["2021-03-28"], {"timezone": "../passwd"}, "must be the name of a time zone. Received: ../passwd."),
    ],
)
def test_other_text_is_refused_in_one_line(cells: list[str], settings: Any, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read(cells, **settings)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) <= 300


def test_weeks_as_numbers_need_the_name_of_weeks() -> None:
    numbers = [each.isocalendar().year * 100 + each.isocalendar().week for each in WEEKS]
    assert read(numbers, "week")[0].equals(WEEKS.rename("week"))
    assert read([202001, 202002], "week")[0][1] == pd.Timestamp("2020-01-06")
    assert read([202001, 202002], "date")[0][1] == pd.Timestamp("2020-02-01")


def test_a_setting_decides_the_order_of_day_and_month() -> None:
    cells = ["01/02/2021", "02/02/2021"]
    assert read(cells, date_format="dayfirst")[0].day.tolist() == [1, 2]
    assert read(cells, date_format="monthfirst")[0].day.tolist() == [2, 2]
    assert read(cells, date_format="%d/%m/%Y")[0].day.tolist() == [1, 2]
    assert read(["2021-02-01"], date_format="dayfirst")[0][0] == pd.Timestamp("2021-02-01")


def test_the_order_of_day_and_month_is_found() -> None:
    assert find_date_order(column(["1/2/2021", "13/2/2021"])) == "dayfirst"
    assert find_date_order(column(["1/2/2021", "1/13/2021"])) == "monthfirst"
    for cells in (["1/2/2021"], ["2021-02-13"], ["13 Feb 2021"], [20210213], ["x"]):
        assert find_date_order(column(cells)) is None
    times, notes = read(["1/2/2021", "13/2/2021"])
    assert times[0] == pd.Timestamp("2021-02-01")
    assert notes == ["Column date was read as dates, day first: 13/2/2021 is 2021-02-13."]


def test_hour_24_is_the_end_of_the_day_unless_only_its_start_is_regular() -> None:
    end = ["2021-01-01 23:00", "2021-01-01 24:00", "2021-01-02 01:00"]
    times, notes = read(end)
    assert times.tolist() == pd.date_range("2021-01-01 23:00", periods=3, freq="h").tolist()
    assert "end of its day" in notes[0]
    start = ["2021-01-01 24:00", *(f"2021-01-01 {hour:02}:00" for hour in range(1, 24)), "2021-01-02 24:00"]
    times, notes = read(start)
    assert times.tolist() == pd.date_range("2021-01-01", periods=25, freq="h").tolist()
    assert "start of its day" in notes[0]


def test_changing_offsets() -> None:
    local = pd.date_range("2021-10-29", periods=5, tz="Europe/Berlin")
    times, notes = read(local.map(lambda time: time.isoformat()))
    assert times.equals(pd.date_range("2021-10-29", periods=5))
    assert "local days" in notes[0]
    hours = pd.date_range("2021-10-31", periods=5, freq="h", tz="Europe/Berlin")
    times, notes = read(hours.map(lambda time: time.isoformat()))
    assert times.equals(hours.tz_convert("UTC"))
    assert "UTC" in notes[0]
    assert read(hours.map(lambda time: time.isoformat()), timezone="Europe/Berlin")[0].equals(hours)


def test_local_times_become_instants() -> None:
    hours = pd.date_range("2021-10-30", periods=50, freq="h", tz="Europe/Berlin")
    cells = hours.strftime("%Y-%m-%d %H:%M")
    assert read(cells, timezone="Europe/Berlin")[0].equals(hours)
    assert read(cells[::-1], timezone="Europe/Berlin")[0].equals(hours[::-1])
    interleaved = pd.Series(np.repeat(cells, 2), name="date")
    series = pd.Series(["a", "b"] * 50)
    times = parse_timestamps(interleaved, "t.csv", timezone="Europe/Berlin", series=series)
    assert times[::2].equals(hours)
    assert times[1::2].equals(hours)
    assert read([1900, 1901], timezone="Europe/Berlin")[0].tolist() == [1900, 1901]


@given(
    st.lists(st.dates(datetime.date(1970, 1, 1), datetime.date(2068, 12, 31)), min_size=1, max_size=20),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y", "%b %d, %Y", "%Y/%m/%d", "%d-%B-%Y", "%A %d %b %Y"]),
)
@settings(max_examples=100, deadline=None)
def test_dates_are_read_right_or_refused_as_ambiguous(dates: list[datetime.date], pattern: str) -> None:
    cells = [date.strftime(pattern) for date in dates]
    unclear = pattern in ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y") and any(date.day != date.month for date in dates)
    if unclear and all(date.day <= 12 for date in dates):
        with pytest.raises(UserError, match="which number is the day"):
            read(cells)
    else:
        assert [time.date() for time in read(cells)[0]] == dates
