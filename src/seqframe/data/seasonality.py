"""Seasonal periods of a series: the usual periods of its frequency, or else a search of its autocorrelation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from seqframe.data.autocorrelation import autocorrelate, find_acf_period
from seqframe.data.phase_means import MIN_CYCLES, check_period, moving_trend
from seqframe.data.time_index import NANOSECONDS_PER_UNIT, Frequency
from seqframe.data.windows import Floats

MAX_ROWS = 100_000  # only the newest rows are used
MAX_P_VALUE = 0.003  # of a usual period of the frequency
MIN_SHARE = 0.02  # of the variance of the detrended series, explained by a usual period and by no shorter one
MIN_STRENGTH = 0.1  # autocorrelation at a period that was searched for
MIN_STRENGTH_OF_FEW = 1.4  # the same, multiplied by the square root of the number of periods: cycles of random walks
MAX_DEVIATION = 0.005  # relative deviation of a usual period from a whole number of rows
OUTLIER_RANGE = 10  # interquartile ranges from the median at which values are clipped
DAYS_PER_YEAR = 365.2425
LONG_CYCLES = {"day": 1.0, "week": 7.0, "year": DAYS_PER_YEAR}  # days, for rows at least a minute apart
SHORT_CYCLES = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1.0}  # for rows less than a minute apart

Source = Literal["frequency", "autocorrelation", "setting"]


@dataclass(frozen=True)
class Seasonality:
    """A seasonal period.

    Attributes:
        period: The period in rows.
        strength: Share of the variance of the detrended series that the season explains, from 0 to 1: of a period of
            the frequency, the share of its phase means; otherwise the autocorrelation at the period.
        source: Whether the frequency suggested the period, or the autocorrelation, or the settings contain it.
    """

    period: int
    strength: float
    source: Source = "autocorrelation"


def find_seasons(
    values: Floats, frequency: Frequency | None, segments: Sequence[range] | None = None
) -> tuple[Seasonality, ...]:
    """Find the seasonal periods of the training rows of a series (rows,), in ascending order; empty if there is none.

    The usual periods of the frequency are tested first: 24 and 168 for hours, 7 and 365 for days, 52 for weeks, 12 for
    months, 4 for quarters. Each must have stable phase means in the longest segment; see
    `seqframe.data.phase_means.check_period`. If none has, or if rows have no time, periods from 2 to a third of the
    longest segment are searched for by autocorrelation. Only the last 100,000 rows are used. NaN is ignored.
    """
    parts = [_clip_outliers(part) for part in _newest_rows(values, segments or [range(len(values))])]
    longest = max(parts, key=len, default=np.empty(0))
    usual = (_check_usual_period(longest, length) for length in usual_periods(frequency))
    found = tuple(season for season in usual if season)
    if found:
        return found
    period = find_acf_period(parts)
    if period is None:
        return ()
    strength = measure_strength(longest, period)
    least = max(MIN_STRENGTH, MIN_STRENGTH_OF_FEW * (period / len(longest)) ** 0.5)
    return (Seasonality(period, strength),) if strength >= least else ()


def resolve_seasons(
    values: Floats,
    frequency: Frequency | None,
    setting: int | Sequence[int] | None,
    segments: Sequence[range] | None = None,
) -> tuple[Seasonality, ...]:
    """The seasons of the setting `data.season`, or those found if it is null; 1 or an empty list mean none."""
    if setting is None:
        return find_seasons(values, frequency, segments)
    periods = sorted({setting} if isinstance(setting, int) else set(setting))
    longest = max(segments or [range(len(values))], key=len, default=range(0))
    part = np.asarray(values[longest.start : longest.stop], np.float64)
    return tuple(Seasonality(period, measure_strength(part, period), "setting") for period in periods if period > 1)


def usual_periods(frequency: Frequency | None) -> tuple[float, ...]:
    """Usual seasonal periods of a frequency in rows, in ascending order; a year of weeks or days is not whole.

    >>> usual_periods(Frequency(3600 * 10**9, "nanoseconds")), usual_periods(Frequency(3, "months"))
    ((24.0, 168.0), (4.0,))
    """
    if frequency is None or frequency.unit == "number":
        return ()
    if frequency.unit != "nanoseconds":
        periods = [12 / frequency.size]
    else:
        days = frequency.size / NANOSECONDS_PER_UNIT["day"]
        cycles = dict(SHORT_CYCLES if frequency.size < NANOSECONDS_PER_UNIT["minute"] else LONG_CYCLES)
        if days < 1:
            cycles.pop("year", None)
        periods = [length / days for length in cycles.values()]
    return tuple(each for each in periods if each > 1.5 and abs(each - round(each)) <= MAX_DEVIATION * each)


def measure_strength(values: Floats, period: int) -> float:
    """Autocorrelation of values (rows,) at a period after the moving average over it was subtracted, from 0 to 1."""
    if len(values) < 2 * period:
        return 0.0
    detrended = values - moving_trend(values, period)
    if not np.isfinite(detrended).any():
        return 0.0
    return float(np.clip(autocorrelate([detrended]).values[period], 0, 1))


def _check_usual_period(values: Floats, length: float) -> Seasonality | None:
    """The season of a usual period, if phase means are stable and explain enough of the variance."""
    if len(values) < MIN_CYCLES * length:
        return None
    check = check_period(values, length)
    if check.p_value > MAX_P_VALUE or check.own_share < MIN_SHARE:
        return None
    return Seasonality(round(length), check.share, "frequency")


def _newest_rows(values: Floats, segments: Sequence[range]) -> list[Floats]:
    """Values of the last `MAX_ROWS` rows by segment, from the newest segment to the oldest."""
    parts: list[Floats] = []
    left = MAX_ROWS
    for rows in reversed(segments):
        if left > 0:
            parts.append(np.asarray(values[max(rows.start, rows.stop - left) : rows.stop], np.float64))
            left -= len(parts[-1])
    return parts


def _clip_outliers(values: Floats) -> Floats:
    """Values (rows,) within ten interquartile ranges of the median; unchanged if most values are equal."""
    if np.isnan(values).all():
        return values
    low, median, high = np.nanquantile(values, (0.25, 0.5, 0.75))
    reach = OUTLIER_RANGE * (high - low)
    return np.clip(values, median - reach, median + reach) if reach > 0 else values
