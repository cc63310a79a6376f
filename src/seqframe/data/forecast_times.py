"""Thinning of forecast times: where a split has very many of them, evenly spaced ones are scored.

Forecasts of neighboring origins overlap and have nearly the same errors, so that they add time and memory and hardly
any information.
"""

from collections.abc import Sequence
from itertools import count
from math import ceil, gcd

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import Windows

MAX_VALUES = 500_000  # forecast values of a split: of all times, series, steps and targets
MAX_TABLE_VALUES = 200_000  # of them in a table of forecasts


def thinning_interval(
    times: int, values_per_time: float, overlap: int, seasons: Sequence[int], max_times: int | None
) -> int:
    """The n for which one in n of `times` forecast times is scored; 1 for all, also if `max_times` is None.

    At most `max_times` times and `MAX_VALUES` values remain; but values alone never thin to fewer than one time in
    `overlap`, the number of steps from which on forecasts do not overlap. n has no common divisor with a season, so
    that forecasts begin at every position in a season.

    >>> thinning_interval(125_000, values_per_time=24, overlap=24, seasons=(24, 168), max_times=5000)
    25
    >>> thinning_interval(5000, values_per_time=24, overlap=24, seasons=(24,), max_times=5000)
    1
    >>> thinning_interval(96, values_per_time=24_000, overlap=24, seasons=(24,), max_times=5000)
    5
    """
    if max_times is None:
        return 1
    by_values = min(ceil(times * values_per_time / MAX_VALUES), overlap)
    least = max(ceil(times / max_times), by_values, 1)
    return 1 if least == 1 else next(n for n in count(least) if all(gcd(n, season) == 1 for season in seasons))


def thin_windows(windows: Windows, times: NDArray[np.int64], interval: int) -> Windows:
    """The windows of one in `interval` forecast times of all series, counted back from the newest time.

    `times` (rows,) is the time of every row of the data, in steps.
    """
    if interval == 1:
        return windows
    of_windows = times[windows.origins]  # (windows,)
    return windows.select(np.flatnonzero(np.isin(of_windows, np.unique(of_windows)[::-interval])))
