"""Calendar features: sine and cosine of the position in each season and in the year.

They are known in advance, so they are future covariates. Their number of harmonics limits how sharp a seasonal pattern
they can describe. Source: Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition (2021),
section 7.4 (Fourier terms).
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from seqframe.data.time_index import Frequency, has_row_numbers, to_ticks
from seqframe.data.windows import Floats

HARMONICS = 3
PREFIX = "calendar"  # of the names of the columns


def calendar_steps(index: pd.Index, frequency: Frequency) -> Floats | None:
    """Time of every row in steps from a fixed time: (rows,). None for row numbers.

    Row numbers have no fixed start, so the phase of the rows of another table would be unknown.
    """
    if has_row_numbers(index):
        return None
    times = index.get_level_values(-1)
    return np.asarray(to_ticks(times, frequency.unit), np.float64) / float(frequency.in_ticks(times))


def calendar_features(steps: Floats, seasons: Sequence[int], index: pd.Index) -> pd.DataFrame:
    """Sine and cosine of the phase of every season: (rows, features); `steps` is (rows,).

    >>> calendar_features(np.array([8.0, 9.0]), [4], pd.RangeIndex(2)).round(3).to_numpy().tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    terms = list(_fourier_terms(seasons))
    values = np.empty((len(terms), len(steps)))
    for row, (season, harmonic, function) in zip(values, terms, strict=True):
        function(harmonic * (2 * np.pi * np.mod(steps, season) / season), out=row)
    names = [f"{PREFIX} {season} {function.__name__} {harmonic}" for season, harmonic, function in terms]
    return pd.DataFrame(values.T, index, names, copy=False)


def _fourier_terms(seasons: Sequence[int]) -> Iterator[tuple[int, int, np.ufunc]]:
    """Season, harmonic, and sine or cosine of every feature."""
    for season in seasons:
        harmonics = range(1, min(HARMONICS, (season - 1) // 2) + 1)
        yield from ((season, harmonic, function) for harmonic in harmonics for function in (np.sin, np.cos))
        if season == 2:
            yield 2, 1, np.cos
