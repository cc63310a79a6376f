"""Seasonal periods of a series or of a panel: the usual periods of its frequency, or else those that a search finds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median, median_low
from typing import Literal

import numpy as np

from seqframe.data.autocorrelation import autocorrelate, find_acf_period, highest_peaks
from seqframe.data.phase_means import MIN_CYCLES, PhaseTest, check_alternation, check_period, moving_trend
from seqframe.data.time_index import NANOSECONDS_PER_UNIT, Frequency
from seqframe.data.windows import Floats

MAX_ROWS = 100_000  # only the newest rows are used
MAX_SERIES = 20  # series of a panel that are inspected
MAX_P_VALUE = 0.003  # of a usual period of the frequency
MAX_ALTERNATION_P_VALUE = 1e-6  # of a season of two rows that was searched for
MIN_SHARE = 0.02  # of the variance of the detrended series, explained by a usual period and by no shorter one
MIN_STRENGTH = 0.1  # autocorrelation at a period that was searched for
MIN_STRENGTH_OF_FEW = 1.4  # the same, multiplied by the square root of the number of periods: cycles of random walks
MIN_OWN_SHARE = 0.2  # share of a season that a multiple of its period must add
SIMILAR_SHARE = 0.8  # share of a season that a fraction of its period must explain
N_PEAKS = 5  # periods whose phase means are tested if no peak of the autocorrelation is significant
MULTIPLES, DIVISORS = (2, 3), (5, 3, 2)  # of a period that was searched for
SIMILAR_PERIOD = 0.05  # relative difference of the periods that are found in the series of a panel
DECIMALS = 6  # of a usual period in rows
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
    `seqframe.data.phase_means.check_period`. If none has, or if rows have no time, one period from 2 to a third of the
    longest segment is searched for by autocorrelation. Only the last 100,000 rows are used. NaN is ignored.
    """
    parts = [_normalize(part) for part in _newest_rows(values, segments or [range(len(values))])]
    longest = max(parts, key=len, default=np.empty(0))
    return _usual_seasons([longest], frequency) or tuple(_search(parts, longest))


def find_panel_seasons(series: Sequence[Floats], frequency: Frequency | None) -> tuple[Seasonality, ...]:
    """Find the seasonal periods that most series of a panel have: (rows,) each, of different lengths.

    The 20 longest series are inspected. A usual period of the frequency is accepted if twice the median p-value of the
    series is small, which is a valid p-value also if the series depend on each other (Rüger, Metrika 25, 1978). If
    none is accepted, at least half of the series must have about the same period in a search.
    """
    inspected = sorted(series, key=len, reverse=True)[:MAX_SERIES]
    newest = [_normalize(np.asarray(values[-MAX_ROWS:], np.float64)) for values in inspected]
    usual = _usual_seasons(newest, frequency)
    if usual:
        return usual
    found = [season for values in newest for season in _search([values], values)]
    if not found:
        return ()
    period = median_low(season.period for season in found)
    similar = [each for each in found if abs(each.period - period) <= max(1, SIMILAR_PERIOD * period)]
    if 2 * len(similar) < len(newest):
        return ()
    return (Seasonality(period, median(season.strength for season in similar)),)


def resolve_seasons(
    values: Floats,
    frequency: Frequency | None,
    setting: int | Sequence[int] | None,
    segments: Sequence[range] | None = None,
) -> tuple[Seasonality, ...]:
    """The seasons of the setting `data.season`, or those found if it is null; 1 or an empty list mean none."""
    if setting is None:
        return find_seasons(values, frequency, segments)
    longest = max(segments or [range(len(values))], key=len, default=range(0))
    return given_seasons(np.asarray(values[longest.start : longest.stop], np.float64), setting)


def given_seasons(values: Floats, setting: int | Sequence[int]) -> tuple[Seasonality, ...]:
    """The seasons of the setting `data.season`, with their strength in a series (rows,)."""
    periods = sorted({setting} if isinstance(setting, int) else set(setting))
    return tuple(Seasonality(period, measure_strength(values, period), "setting") for period in periods if period > 1)


def usual_periods(frequency: Frequency | None) -> tuple[float, ...]:
    """Usual seasonal periods of a frequency in rows, in ascending order; a year of weeks or days is not whole.

    >>> usual_periods(Frequency(3600 * 10**9, "nanoseconds")), usual_periods(Frequency(3, "months"))
    ((24.0, 168.0), (4.0,))
    >>> usual_periods(Frequency(1, "weekdays 1111100")), usual_periods(Frequency(1, "half months 1 15"))
    ((5.0, 260.8875), (24.0,))
    """
    if frequency is None or frequency.unit == "number":
        return ()
    if frequency.calendar is not None:
        periods = [ticks / frequency.size for ticks in frequency.calendar.cycles]
    else:
        days = frequency.size / NANOSECONDS_PER_UNIT["day"]
        cycles = SHORT_CYCLES if frequency.size < NANOSECONDS_PER_UNIT["minute"] else LONG_CYCLES
        periods = [length / days for name, length in cycles.items() if name != "year" or days >= 1]
    periods = [round(each, DECIMALS) for each in periods]
    return tuple(each for each in periods if each > 1.5 and abs(each - round(each)) <= MAX_DEVIATION * each)


def measure_strength(values: Floats, period: int) -> float:
    """Autocorrelation of values (rows,) at a period after the moving average over it was subtracted, from 0 to 1."""
    if len(values) < 2 * period:
        return 0.0
    detrended = values - moving_trend(values, period)
    if not np.isfinite(detrended).any():
        return 0.0
    return float(np.clip(autocorrelate([detrended], period + 1).values[period], 0, 1))


def _usual_seasons(series: Sequence[Floats], frequency: Frequency | None) -> tuple[Seasonality, ...]:
    """The usual periods of a frequency with stable phase means in one series, or in half of several."""
    return tuple(_accepted_periods(series, usual_periods(frequency)))


def _accepted_periods(series: Sequence[Floats], lengths: Sequence[float]) -> Iterator[Seasonality]:
    for length in lengths:
        checks = [_check(values, length) for values in series]
        p_value = median(check.p_value for check in checks) * (1 if len(checks) == 1 else 2) if checks else 1.0
        if p_value <= MAX_P_VALUE and median(check.own_share for check in checks) >= MIN_SHARE:
            yield Seasonality(round(length), median(check.share for check in checks), "frequency")


def _check(values: Floats, length: float) -> PhaseTest:
    if len(values) < MIN_CYCLES * length:
        return PhaseTest(0.0, 0.0, 1.0)
    return check_alternation(values) if round(length) == 2 else check_period(values, length)


def _search(parts: Sequence[Floats], longest: Floats) -> Iterator[Seasonality]:
    """The season that a search of the segments (rows,) finds, if any."""
    alternation = check_alternation(longest)
    if alternation.p_value <= MAX_ALTERNATION_P_VALUE and alternation.share > 0.5:
        period = _fundamental(longest, 2)
        yield Seasonality(period, measure_strength(longest, period))
        return
    found = find_acf_period(parts)
    periods = [found] if found else [each for each in highest_peaks(parts, N_PEAKS) if _is_stable(longest, each)]
    for period in (_fundamental(longest, each) for each in periods):
        strength, few = measure_strength(longest, period), MIN_STRENGTH_OF_FEW * (period / len(longest)) ** 0.5
        if strength >= MIN_STRENGTH and (not found or strength >= few or _is_stable(longest, period)):
            yield Seasonality(period, strength)
            return


def _is_stable(values: Floats, period: int) -> bool:
    """Whether the phase means of a period are stable, where as many periods may be tried as fit in."""
    return _check(values, period).p_value * len(values) / MIN_CYCLES <= MAX_P_VALUE


def _fundamental(values: Floats, period: int) -> int:
    """A multiple of a period that adds to the season, or a fraction of it that explains the same, or the period."""
    for multiple in MULTIPLES:
        check = _check(values, multiple * period)
        if check.p_value <= MAX_P_VALUE and check.own_share >= MIN_OWN_SHARE * check.share:
            return _fundamental(values, multiple * period)
    whole = _check(values, period)
    for divisor in DIVISORS:
        if period % divisor == 0 and whole.p_value > MAX_P_VALUE:
            part = _check(values, period / divisor)
            if part.p_value <= MAX_P_VALUE and part.share >= SIMILAR_SHARE * whole.share:
                return period // divisor
    return period


def _newest_rows(values: Floats, segments: Sequence[range]) -> list[Floats]:
    """Values of the last `MAX_ROWS` rows by segment, from the newest segment to the oldest."""
    parts: list[Floats] = []
    left = MAX_ROWS
    for rows in reversed(segments):
        if left > 0:
            parts.append(np.asarray(values[max(rows.start, rows.stop - left) : rows.stop], np.float64))
            left -= len(parts[-1])
    return parts


def _normalize(values: Floats) -> Floats:
    """Values (rows,) around their median, at most ten interquartile ranges away, and from -1 to 1.

    Outliers are not clipped if most values are equal.
    """
    if not np.isfinite(values).any():
        return np.full(len(values), np.nan)
    low, middle, high = np.nanquantile(values, (0.25, 0.5, 0.75))
    reach = OUTLIER_RANGE * (high - low)
    centered = np.clip(values - middle, -reach, reach) if reach > 0 else values - middle
    normalized: Floats = centered / (np.nanmax(np.abs(centered)) or 1.0)
    return normalized
