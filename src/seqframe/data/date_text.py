"""Text that is a date: the readings of a column, each with the cells that it can read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.date_periods import PERIODS, read_days_of_years
from seqframe.data.month_names import translate_months

DAY_FIRST, MONTH_FIRST = "day first", "month first"
MAX_SHAPES = 5  # ways to write a date in one column, for example with and without a time of day
MONTHS = 12
ISO_START = r"\d{4}([-/.]?\d{1,2}){1,2}(\D.*)?"
OFFSET = re.compile(
    r"(?P<local>.*\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s*[AP]\.?M\.?)?)\s*"
    r"(?P<offset>Z|(?:UTC|GMT)?[+-]\d\d:?\d\d|(?:UTC|GMT)[+-]\d\d?|UTC|GMT)(?:\[[\w/+-]+\]|\s*\([^()\d]+\))?",
    re.I,
)
CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:(?P<minute>:\d{2})(?P<second>:\d{2})?(?P<fraction>[.,]\d+)?|(?=\s*[AaPp][Mm]))"
    r"(?P<gap>\s*)(?P<half>[AaPp][Mm])?"
)
MONTH_NAMES = {pd.Timestamp(2001, month, 1).strftime("%B").lower() for month in range(1, MONTHS + 1)}
DAY_NAMES = {pd.Timestamp(2001, 1, day).strftime("%A").lower() for day in range(1, 8)}
LITERALS = {"m", "st", "nd", "rd", "th", "de", "年", "月", "日", "년", "월", "일"}  # words in dates
CLOCK_MARK = "\0"  # takes the place of a time of day in a date


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
    for name, read in PERIODS.items():
        yield [Reading(read(text), name)]
    if re.search(r"[^\W\d_]", text.iloc[0]):
        yield list(_read_orders(translate_months(text), order))
    yield [Reading(read_days_of_years(text), "days of the year")]


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
