"""Time zones: local times as instants, and the hours that summer time skips or repeats."""

from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.errors import UserError

COMMON_ZONES = (  # one for each rule of summer time that many people live with
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Australia/Sydney",
    "America/Sao_Paulo",
)


def find_zone(name: str) -> ZoneInfo:
    """The time zone with a name.

    Raises:
        UserError: There is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = get_close_matches(name, available_timezones(), n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}?" if near else "Examples: UTC, Europe/Berlin, America/New_York."
        raise UserError(f"`data.timezone` must be the name of a time zone. Received: {name}. {hint}") from error


def localize(times: pd.DatetimeIndex, zone: str, file: str, series: pd.Series | None = None) -> pd.DatetimeIndex:
    """Local times (rows,) as instants of a time zone; times with a UTC offset are converted to the zone.

    Of an hour that occurs twice, the first row of a series is the one in summer time.

    Raises:
        UserError: There is no such zone, or a time does not exist in it.
    """
    tz = find_zone(zone)
    if times.tz is not None:
        return times.tz_convert(tz)
    skipped = is_skipped(times, tz)
    if skipped.any():
        first = int(skipped.argmax())
        raise UserError(
            f"Column {times.name} of {file} must hold times of `data.timezone`. Received: {times[first]} in row "
            f"{first + 1}, which summer time skips in {zone} ({skipped.sum()} such rows). Set another time zone."
        )
    return times.tz_localize(tz, ambiguous=_is_first(times, series))


def is_skipped(times: pd.DatetimeIndex, tz: ZoneInfo) -> NDArray[np.bool_]:
    """Whether local times (rows,) do not exist, since summer time begins."""
    shown = times.tz_localize(tz, ambiguous=np.ones(len(times), bool), nonexistent="NaT")
    return np.asarray(shown.isna())


def is_repeated(times: pd.DatetimeIndex, tz: ZoneInfo) -> NDArray[np.bool_]:
    """Whether local times (rows,) occur twice, since summer time ends."""
    shown = times.tz_localize(tz, ambiguous="NaT", nonexistent="shift_forward")
    return np.asarray(shown.isna())


def zone_that_skips(times: pd.DatetimeIndex) -> str | None:
    """A common time zone in which none of the local times exists."""
    return next((zone for zone in COMMON_ZONES if len(times) and is_skipped(times, ZoneInfo(zone)).all()), None)


def zone_that_repeats(times: pd.DatetimeIndex) -> str | None:
    """A common time zone in which all of the local times occur twice."""
    return next((zone for zone in COMMON_ZONES if len(times) and is_repeated(times, ZoneInfo(zone)).all()), None)


def _is_first(times: pd.DatetimeIndex, series: pd.Series | None) -> NDArray[np.bool_]:
    """Whether a time occurs in its series for the first time, by age: (rows,)."""
    ids = np.zeros(len(times)) if series is None else pd.factorize(series)[0]
    rows = pd.DataFrame({"id": ids, "time": times})
    newest_first = len(times) > 1 and times[0] > times[-1]
    return np.asarray((rows[::-1] if newest_first else rows).duplicated().sort_index() == 0)
