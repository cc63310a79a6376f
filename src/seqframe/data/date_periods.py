"""Text that is a period: quarters, half-years, weeks, spans of months, days of a year; read as its first day."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from seqframe.data.month_names import find_month

MONTHS = 12
YEAR = r"(?P<year>\d{4}|\d{2})"
QUARTERS = (
    rf"{YEAR}[-/ .:]?Q(?:tr)?[ .]*(?P<part>[1-4])",
    rf"Q(?:tr)?[ .]*(?P<part>[1-4])[-/ .']*{YEAR}",
    rf"(?P<part>[1-4])Q[-/ .']*{YEAR}",
    rf"FY[-' ]?{YEAR}[-/ ]?Q(?P<part>[1-4])",  # of a fiscal year
    rf"Q(?P<part>[1-4])[-/ ]?FY[-' ]?{YEAR}",
    rf"(?P<part>[1-4])(?:\.|st|nd|rd|th)? (?:quarter|qtr|quartal)\.?[-/ ]?{YEAR}",
    rf"(?P<part>[1-4])(?:er|º|e|\.)? ?T(?:rim(?:estr?e)?\.?)?[-/ ']*{YEAR}",  # trimestre
    rf"{YEAR}[-/ ]?T(?P<part>[1-4])",
    rf"T(?P<part>[1-4])[-/ ']*{YEAR}",
)
HALF_YEARS = (r"(?P<year>\d{4})[-/ ]?[HS](?P<part>[12])", r"[HS](?P<part>[12])[-/ ]?(?P<year>\d{4})")
QUARTER_NUMBERS = r"(?P<year>\d{4})[-/ ](?P<part>[1-4])"  # or months
ROMAN = re.compile(r"(?<![^\W_])(IV|I{1,3})(?![^\W_])")
MONTH_SPAN = re.compile(r"([^\W\d_]+)\.?\s*(?:[-–/]|\bto\b)\s*([^\W\d_]+)\.?[, ]+(\d{4})")
WEEK = r"(?:W|KW|week|wk)[- .]?"
WEEKS = (
    rf"(?P<year>\d{{4}})[-/ ]?{WEEK}(?P<week>\d{{1,2}})(?:-?(?P<day>[1-7]))?",
    rf"{WEEK}(?P<week>\d{{1,2}})[-/ ](?P<year>\d{{4}})(?P<day>)",
)
DAY_OF_YEAR = r"(?P<year>\d{4})[-/ ](?P<day>\d{3})"
YEAR_SPANS = (r"(?P<year>\d{4})(?:[/–]|\s*-\s*)(?P<next>\d{2}|\d{4})", r"FY[- ]?(?P<year>\d{4})(?P<next>)")
MAX_WEEK = 53
MIN_SPANS = 3  # rows
MIN_QUARTER_YEARS = 2
ROMANS = {"I": 1, "II": 2, "III": 3, "IV": 4}
PIVOT = 69  # two-digit years from here on are 19xx, as for strptime


def read_month_lookalikes(text: pd.Series) -> tuple[pd.Series, str] | None:
    """Years and quarters that might be months, such as 2001-02 and 2001-2, and what they are; None for other text.

    Several cells must rule out months.
    """
    for name, read in {
        "years that span two calendar years": _read_year_spans,
        "quarters": _read_quarter_numbers,
    }.items():
        if (dates := read(text)) is not None:
            return dates, name
    return None


def _read_quarters(text: pd.Series) -> pd.Series:
    """Quarters; Roman numerals up to four are quarters, too: 1990 II is 1990 Q2."""
    if re.search(ROMAN, text.iloc[0]):
        text = text.str.replace(ROMAN, lambda match: f"Q{ROMANS[match[0]]}", regex=True)
    return _read_parts(text, 3, QUARTERS)


def _read_half_years(text: pd.Series) -> pd.Series:
    return _read_parts(text, 6, HALF_YEARS)


def _read_parts(text: pd.Series, months: int, patterns: tuple[str, ...]) -> pd.Series:
    parts = _extract(text, patterns, ("year", "part"))
    return _from_months((_full_year(parts["year"]) - 1970) * MONTHS + (parts["part"] - 1) * months)


def _read_month_spans(text: pd.Series) -> pd.Series:
    """The first months of spans such as Jan-Mar 1990; the year belongs to the last month."""
    parts = text.str.extract(f"^{MONTH_SPAN.pattern}$").set_axis(["first", "last", "year"], axis=1)
    first, last = (parts[name].map(find_month, na_action="ignore").astype(float) for name in ("first", "last"))
    years = pd.to_numeric(parts["year"]).astype(float) - (first > last)
    return _from_months((years - 1970) * MONTHS + first - 1 + 0 * last)


def _read_weeks(text: pd.Series) -> pd.Series:
    """The day of an ISO week; Monday if the cell has none."""
    parts = _extract(text, WEEKS, ("year", "week", "day"))
    parts = parts.where(parts["week"].between(1, MAX_WEEK))
    return week_starts(parts["year"], parts["week"]) + _days(parts["day"].fillna(1) - 1)


def week_starts(years: pd.Series, weeks: pd.Series) -> pd.Series:
    """The Mondays of weeks of ISO 8601: (rows,) each; NaT for NaN."""
    fourth = _from_months((years - 1970) * MONTHS) + pd.Timedelta(days=3)  # January 4 is in week 1
    return fourth + _days((weeks - 1) * 7 - fourth.dt.day_of_week)


def read_days_of_years(text: pd.Series) -> pd.Series:
    """The dates of days that are counted in their year, as in 2001-365."""
    parts = _extract(text, (DAY_OF_YEAR,), ("year", "day"))
    return days_of_years(parts["year"], parts["day"])


def days_of_years(years: pd.Series, days: pd.Series) -> pd.Series:
    """The dates of days that are counted from 1 in their year: (rows,) each; NaT for NaN and days beyond the year."""
    dates = _from_months((years - 1970) * MONTHS) + _days(days - 1)
    return dates.where(dates.dt.year == years)


def _days(counts: pd.Series) -> pd.Series:
    return pd.to_timedelta(counts, unit="D").astype("timedelta64[us]")


def _read_year_spans(text: pd.Series) -> pd.Series | None:
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
    return _from_months((parts["year"] - 1970) * MONTHS)


def _read_quarter_numbers(text: pd.Series) -> pd.Series | None:
    """Quarters such as 1990-2; None for other text. They may be months: all four must occur, and no other number."""
    if not len(text) or not re.fullmatch(QUARTER_NUMBERS, text.iloc[0].strip()):
        return None
    parts = _extract(text.str.strip(), (QUARTER_NUMBERS,), ("year", "part"))
    if set(parts["part"]) != {1, 2, 3, 4} or parts["year"].nunique() < MIN_QUARTER_YEARS:
        return None
    return _from_months((parts["year"] - 1970) * MONTHS + (parts["part"] - 1) * 3)


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


PERIODS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "quarters": _read_quarters,
    "half-years": _read_half_years,
    "the first months of spans": _read_month_spans,
    "ISO weeks": _read_weeks,
}
