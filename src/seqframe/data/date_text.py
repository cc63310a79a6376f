"""Text that is a date: the readings of a column, each with the cells that it can read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.month_names import find_month, translate_months

DAY_FIRST, MONTH_FIRST = "day first", "month first"
MAX_SHAPES = 5  # ways to write a date in one column, for example with and without a time of day
MONTHS = 12
ISO_START = r"\d{4}([-/.]?\d{1,2}){1,2}(\D.*)?"
OFFSET = re.compile(
    r"(?P<local>.*\d:\d\d(?::\d\d(?:[.,]\d+)?)?)\s*"
    r"(?P<offset>Z|(?:UTC|GMT)?[+-]\d\d:?\d\d|(?:UTC|GMT)[+-]\d\d?|UTC|GMT)(?:\[[\w/+-]+\])?",
    re.I,
)
CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:(?P<minute>:\d{2})(?P<second>:\d{2})?(?P<fraction>[.,]\d+)?|(?=\s*[AaPp][Mm]))"
    r"(?P<gap>\s*)(?P<half>[AaPp][Mm])?"
)
MONTH_NAMES = {pd.Timestamp(2001, month, 1).strftime("%B").lower() for month in range(1, MONTHS + 1)}
DAY_NAMES = {pd.Timestamp(2001, 1, day).strftime("%A").lower() for day in range(1, 8)}
YEAR = r"(?P<year>\d{4}|\d{2})"
PERIODS = {  # months in a period, and the ways to write it
    3: (
        rf"{YEAR}[-/ .:]?Q(?:tr)?[ .]*(?P<part>[1-4])",
        rf"Q(?:tr)?[ .]*(?P<part>[1-4])[-/ .']*{YEAR}",
        rf"(?P<part>[1-4])Q[-/ .']*{YEAR}",
        rf"FY[-' ]?{YEAR}[-/ ]?Q(?P<part>[1-4])",  # of a fiscal year
        rf"Q(?P<part>[1-4])[-/ ]?FY[-' ]?{YEAR}",
        rf"(?P<part>[1-4])(?:\.|st|nd|rd|th)? (?:quarter|qtr|quartal)\.?[-/ ]?{YEAR}",
        rf"(?P<part>[1-4])(?:er|º|e|\.)? ?T(?:rim(?:estr?e)?\.?)?[-/ ']*{YEAR}",  # trimestre
        rf"{YEAR}[-/ ]?T(?P<part>[1-4])",
        rf"T(?P<part>[1-4])[-/ ']*{YEAR}",
    ),
    6: (r"(?P<year>\d{4})[-/ ]?[HS](?P<part>[12])", r"[HS](?P<part>[12])[-/ ]?(?P<year>\d{4})"),
}
QUARTER_NUMBERS = r"(?P<year>\d{4})[-/ ](?P<part>[1-4])"  # or months
ROMAN = re.compile(r"(?<![^\W_])(IV|I{1,3})(?![^\W_])")
MONTH_SPAN = re.compile(r"([^\W\d_]+)\.?\s*(?:[-–/]|\bto\b)\s*([^\W\d_]+)\.?[, ]+(\d{4})")
SPAN = r"\s*(/|\bto\b|\.\.)\s*\d{4}-\d\d-\d\d(?:[T ][\d:.]+)?$"  # the end, as in 2021-01-04/2021-01-10
WEEK = r"(?:W|KW|week|wk)[- .]?"
WEEKS = (
    rf"(?P<year>\d{{4}})[-/ ]?{WEEK}(?P<week>\d{{1,2}})(?:-?(?P<day>[1-7]))?",
    rf"{WEEK}(?P<week>\d{{1,2}})[-/ ](?P<year>\d{{4}})(?P<day>)",
)
DAY_OF_YEAR = r"(?P<year>\d{4})[-/ ](?P<day>\d{3})"
YEAR_SPANS = (r"(?P<year>\d{4})[-/–](?P<next>\d{2}|\d{4})", r"FY[- ]?(?P<year>\d{4})(?P<next>)")
LITERALS = {"m", "t", "st", "nd", "rd", "th", "de", "年", "月", "日", "년", "월", "일"}  # words in dates
CLOCK_MARK = "\0"  # takes the place of a time of day in a date
MIN_SPANS = 3  # rows
MIN_QUARTER_YEARS = 2
ROMANS = {"I": 1, "II": 2, "III": 3, "IV": 4}
PIVOT = 69  # two-digit years from here on are 19xx, as for strptime


@dataclass(frozen=True)
class Reading:
    """A reading of a text column.

    Attributes:
        dates: Dates without a UTC offset, NaT where a cell cannot be read: (rows,).
        name: How the dates were read; empty where there is only one way.
    """

    dates: pd.Series
    name: str = ""

    @property
    def complete(self) -> bool:
        """Whether every cell could be read."""
        return not self.dates.isna().any()


def read_dates(text: pd.Series, order: str | None = None) -> Iterator[list[Reading]]:
    """The readings of a column without UTC offsets, and with hours below 24, from the most to the least usual.

    Readings that differ only in the order of day and month are in one list, unless a day beyond 12 decides it, or
    `order` does: `day first` or `month first`.

    >>> [[reading.name for reading in group] for group in read_dates(pd.Series(["3/1/2021", "4/1/2021"]))][0]
    ['day first', 'month first']
    """
    if re.fullmatch(ISO_START, text.iloc[0]):
        yield [Reading(read_iso(text))]
    yield list(_read_orders(text, order))
    for months, patterns in PERIODS.items():
        yield [Reading(_read_periods(text, months, patterns), {3: "quarters", 6: "half-years"}[months])]
    yield [Reading(_read_periods(_translate_roman(text), 3, PERIODS[3]), "quarters")]
    yield [Reading(_read_month_spans(text), "the first months of spans")]
    yield [Reading(_read_weeks(text), "ISO weeks")]
    if re.search(r"[^\W\d_]", text.iloc[0]):
        yield list(_read_orders(translate_months(text), order))
    yield [Reading(_read_days_of_years(text), "days of the year")]
    yield [Reading(read_iso(text.str.replace(SPAN, "", regex=True)), "the first days of spans")]


def split_offsets(text: pd.Series) -> tuple[pd.Series, NDArray[np.int64] | None]:
    """The text without UTC offsets (rows,), and the offsets in minutes (rows,), or None if the first cell has none."""
    if not len(text) or not OFFSET.fullmatch(text.iloc[0]):
        return text, None
    parts = text.str.extract(OFFSET.pattern + r"$", flags=re.I)
    sign = np.where(parts["offset"].str.contains("-", regex=False).to_numpy(bool, na_value=False), -1, 1)
    digits = parts["offset"].str.replace(r"\D", "", regex=True)
    numbers = pd.to_numeric(digits, errors="coerce").fillna(0).to_numpy(np.int64)
    minutes = np.where(digits.str.len().to_numpy() < 3, numbers * 60, numbers // 100 * 60 + numbers % 100)
    return parts["local"].where(parts["offset"].notna(), text), sign * minutes


def split_hour_24(text: pd.Series) -> tuple[pd.Series, NDArray[np.bool_]]:
    """The text with the hour 24:00 as 00:00 (rows,), and whether a cell had it (rows,)."""
    late = text.str.contains("24:00", regex=False).to_numpy(bool)
    if late.any():
        late = late & text.str.contains(r"[T ]24:00", regex=True).to_numpy(bool)
    return (text.str.replace(r"([T ])24:00", r"\g<1>00:00", regex=True) if late.any() else text), late


def guess_format(cell: str, dayfirst: bool) -> str | None:
    """A strptime format of a date with separators or a month name, and perhaps a time of day; None if it is no date.

    >>> guess_format("3/14/21 1:05 PM", dayfirst=False), guess_format("Jan 5, 2021", dayfirst=True)
    ('%m/%d/%y %I:%M %p', '%b %d, %Y')
    """
    clock = re.search(rf"(?:^|[T ,:])\s*{CLOCK.pattern}(?=$|\s)", cell)
    date = _guess_date(cell[: clock.start()] + CLOCK_MARK + cell[clock.end() :] if clock else cell, dayfirst)
    if clock is None or date is None:
        return date
    between = cell[clock.start() : clock.start("hour")]
    hour = "%I" if clock["half"] else "%H"
    parts = [
        hour,
        ":%M" * bool(clock["minute"]),
        ":%S" * bool(clock["second"]),
        clock["fraction"][0] + "%f" if clock["fraction"] else "",
    ]
    return date.replace(CLOCK_MARK, between + "".join(parts) + clock["gap"] + "%p" * bool(clock["half"]))


def _guess_date(date: str, dayfirst: bool) -> str | None:
    tokens = re.findall(r"\d+|[^\W\d_]+|[\W_]+", date)
    directives = [_guess_word(token) if token.isalpha() else token for token in tokens]
    numbers = [position for position, token in enumerate(tokens) if token.isdigit()]
    order = _guess_order([len(tokens[position]) for position in numbers], any(d in ("%b", "%B") for d in directives))
    words_known = all(directive is not None for directive in directives)
    names = [directive for directive in directives if directive and directive.startswith("%")]
    if order is None or not words_known or len(set(names)) < len(names):  # a span of months, such as Jan-Mar 2001
        return None
    if "t" in date.lower() and CLOCK_MARK not in date and not names:  # a quarter, such as 1T2001
        return None
    if order == "dmy" and not dayfirst:
        order = "mdy"
    elif order == "dmY" and not dayfirst:
        order = "mdY"
    for position, letter in zip(numbers, order, strict=True):
        directives[position] = f"%{letter}"
    return "".join(str(directive) for directive in directives)


def _guess_word(word: str) -> str | None:
    lower = word.lower()
    for names, short, long in ((MONTH_NAMES, "%b", "%B"), (DAY_NAMES, "%a", "%A")):
        if lower in {name[:3] for name in names}:
            return short
        if lower in names:
            return long
    return word if lower in LITERALS else None


def _guess_order(lengths: list[int], named: bool) -> str | None:
    """The letters of strptime for the numbers of a date, by their digits; `named` if the month is a name."""
    kinds = "".join("Y" if length == 4 else "s" if length < 3 else "x" for length in lengths)
    if named:
        return {"sY": "dY", "Ys": "Yd", "ss": "dy", "Y": "Y", "s": "y" if lengths == [2] else None}.get(kinds)
    return {"ssY": "dmY", "sss": "dmy", "Yss": "Ymd", "sY": "mY", "Ys": "Ym"}.get(kinds)


def read_iso(text: pd.Series) -> pd.Series:
    """Dates of ISO 8601, NaT where a cell is no such date: (rows,)."""
    iso = text.where(text.str.fullmatch(ISO_START))
    return pd.to_datetime(iso, format="ISO8601", errors="coerce")


def _read_orders(text: pd.Series, order: str | None) -> Iterator[Reading]:
    """The readings with the day first and with the month first; one of them if there is no doubt."""
    if re.search(r"[A-Za-z]", text.iloc[0]):
        text = text.str.replace(r"\b([Ss])ept\b", r"\1ep", regex=True)
        text = text.str.replace(r"([AaPp])\.[Mm]\.", r"\1m", regex=True)
    if order == MONTH_FIRST:
        yield Reading(_read_shapes(text, dayfirst=False), MONTH_FIRST)
        return
    day_first = Reading(_read_shapes(text, dayfirst=True), DAY_FIRST)
    if guess_format(text.iloc[0], True) == guess_format(
        text.iloc[0], False
    ):  # the month has a name, or there is no day
        yield Reading(day_first.dates)
        return
    yield day_first
    if order is None and (not day_first.complete or not (day_first.dates.dt.day > MONTHS).any()):
        yield Reading(_read_shapes(text, dayfirst=False), MONTH_FIRST)


def _read_shapes(text: pd.Series, dayfirst: bool) -> pd.Series:
    """Read the cells like the first one, then those like the first that is left, and so on: (rows,)."""
    found: pd.Series = pd.Series(pd.NaT, text.index, dtype="datetime64[us]")
    left = text
    for _ in range(MAX_SHAPES):
        pattern = guess_format(left.iloc[0], dayfirst) if len(left) else None
        if pattern is None:
            break
        parsed = pd.to_datetime(left, format=pattern, errors="coerce")
        if parsed.isna().all():
            break
        found = parsed if left is text else found.fillna(parsed)
        left = text[found.isna().to_numpy()]
    return found


def _read_periods(text: pd.Series, months: int, patterns: tuple[str, ...]) -> pd.Series:
    parts = _extract(text, patterns, ("year", "part"))
    return _from_months((_full_year(parts["year"]) - 1970) * MONTHS + (parts["part"] - 1) * months)


def _translate_roman(text: pd.Series) -> pd.Series:
    """Text with Roman numerals up to four as quarters (rows,): 1990 II is 1990 Q2."""
    return text.str.replace(ROMAN, lambda match: f"Q{ROMANS[match[0]]}", regex=True)


def _read_month_spans(text: pd.Series) -> pd.Series:
    """The first months of spans such as Jan-Mar 1990; the year belongs to the last month."""
    parts = text.str.extract(f"^{MONTH_SPAN.pattern}$").set_axis(["first", "last", "year"], axis=1)
    first, last = (parts[name].map(find_month, na_action="ignore").astype(float) for name in ("first", "last"))
    years = pd.to_numeric(parts["year"]).astype(float) - (first > last)
    return _from_months((years - 1970) * MONTHS + first - 1 + 0 * last)


def _read_weeks(text: pd.Series) -> pd.Series:
    """The day of an ISO week; Monday if the cell has none."""
    parts = _extract(text, WEEKS, ("year", "week", "day"))
    parts = parts.where(parts["week"].between(1, 53))
    fourth = _from_months((parts["year"] - 1970) * MONTHS) + pd.Timedelta(days=3)  # January 4 is in week 1
    days = (parts["week"] - 1) * 7 + parts["day"].fillna(1) - 1 - fourth.dt.day_of_week
    return fourth + pd.to_timedelta(days, unit="D").astype("timedelta64[us]")


def _read_days_of_years(text: pd.Series) -> pd.Series:
    """The dates of days that are counted in their year, as in 2001-365."""
    parts = _extract(text, (DAY_OF_YEAR,), ("year", "day"))
    dates = _from_months((parts["year"] - 1970) * MONTHS) + pd.to_timedelta(parts["day"] - 1, unit="D").astype("m8[us]")
    return dates.where(dates.dt.year == parts["year"])


def read_year_spans(text: pd.Series) -> Reading | None:
    """Years that span two calendar years, such as 2001/02 and FY2001, at the start of the first; None for other text.

    2001-02 alone may be a month: all of several cells must name two years.
    """
    if len(text) < MIN_SPANS or not any(re.fullmatch(each, text.iloc[0].strip(), re.I) for each in YEAR_SPANS):
        return None
    parts = _extract(text.str.strip(), YEAR_SPANS, ("year", "next"))
    if parts["year"].isna().any():
        return None
    following, later = parts["year"] + 1, parts["next"]
    if not (later.isna() | (later == following) | (later == following % 100)).all():
        return None
    return Reading(_from_months((parts["year"] - 1970) * MONTHS), "years that span two calendar years")


def read_quarter_numbers(text: pd.Series) -> Reading | None:
    """Quarters such as 1990-2; None for other text. They may be months: all four must occur, and no other number."""
    if not len(text) or not re.fullmatch(QUARTER_NUMBERS, text.iloc[0].strip()):
        return None
    parts = _extract(text.str.strip(), (QUARTER_NUMBERS,), ("year", "part"))
    if set(parts["part"]) != {1, 2, 3, 4} or parts["year"].nunique() < MIN_QUARTER_YEARS:
        return None
    return Reading(_from_months((parts["year"] - 1970) * MONTHS + (parts["part"] - 1) * 3), "quarters")


def _extract(text: pd.Series, patterns: tuple[str, ...], groups: tuple[str, ...]) -> pd.DataFrame:
    """The numbers of the first pattern that the first cell has: (rows, groups), NaN where a cell differs."""
    matching = (pattern for pattern in patterns if re.fullmatch(pattern, text.iloc[0], re.I))
    pattern = next(matching, None) if len(text) else None
    if pattern is None:
        return pd.DataFrame(np.nan, text.index, list(groups))
    parts = text.str.extract(f"^{pattern}$", flags=re.I)
    return parts.reindex(columns=list(groups)).apply(pd.to_numeric, errors="coerce").astype(float)


def _full_year(years: pd.Series) -> pd.Series:
    return years.where(years >= 100, years + np.where(years >= PIVOT, 1900, 2000))


def _from_months(months: pd.Series) -> pd.Series:
    """The first day of months, which are counted from January 1970; NaT for NaN."""
    given = months.notna()
    dates = months.fillna(0).to_numpy(np.int64).astype("M8[M]").astype("M8[us]")
    return pd.Series(dates, months.index).where(given)
