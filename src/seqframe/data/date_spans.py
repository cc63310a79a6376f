"""Text that is a span of time, from its start to its end, such as 01.01.2021 00:00 - 01.01.2021 01:00."""

import re

import numpy as np
import pandas as pd

CLOCK = r"\d{1,2}:\d\d(?::\d\d)?(?:\s*[AaPp]\.?[Mm]\.?)?"
SPACED = r"\s+(?:[-–—]|to|until|till|bis|au|al|a|do|t/m)\s+|\s*[–—]\s*"
SPAN = re.compile(rf"(?P<start>.+?)(?:{SPACED})(?P<end>.+)", re.I)
ISO_DAY = r"\d{4}-\d\d-\d\d(?:[T ][\d:.]+)?"
ISO_SPAN = re.compile(rf"(?P<start>{ISO_DAY})\s*(?:/|\.\.)\s*(?P<end>{ISO_DAY})")
CLOCK_SPAN = re.compile(rf"(?P<start>.*\d\D+{CLOCK})-(?P<end>{CLOCK})")  # the end may be a UTC offset
MIN_NUMBERS = 2  # of an end: 1990 - 01 is a month


def split_spans(text: pd.Series) -> tuple[pd.Series, bool]:
    """The starts of spans (rows,), and whether all cells are spans; otherwise the text is returned.

    An end has the form of the start, or of its time of day.

    >>> split_spans(pd.Series(["1 Jan 2021 - 7 Jan 2021", "8 Jan 2021 - 14 Jan 2021"]))[0].tolist()
    ['1 Jan 2021', '8 Jan 2021']
    """
    for pattern in (ISO_SPAN, SPAN, CLOCK_SPAN):
        if len(text) and pattern.fullmatch(text.iloc[0]):
            parts = text.str.extract(f"^(?:{pattern.pattern})$", flags=pattern.flags)
            if not parts.isna().any(axis=None) and _is_span(parts, pattern is CLOCK_SPAN):
                return parts["start"].str.strip(), True
    return text, False


def _is_span(parts: pd.DataFrame, may_be_offset: bool) -> bool:
    start, end = (_shape(parts[name].iloc[0].strip()) for name in ("start", "end"))
    if not start.endswith(end) or end.count("9") < MIN_NUMBERS:
        return False
    return not may_be_offset or _equally_long(parts)


def _shape(cell: str) -> str:
    """The form of a cell: `1 Jan 2021` is `9 a 9`."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", cell))


def _equally_long(parts: pd.DataFrame) -> bool:
    """Whether ends follow starts by the same time in all rows, and not all are the same, as a UTC offset is."""
    clocks = pd.DataFrame({name: parts[name].str.extract(rf"({CLOCK})$")[0] for name in parts})
    times = [pd.to_datetime(clocks[name], format="mixed", errors="coerce") for name in ("start", "end")]
    minutes = ((times[1] - times[0]).dt.total_seconds().to_numpy() / 60) % (24 * 60)
    return clocks["end"].nunique() > 1 and bool(np.ptp(minutes) == 0)
