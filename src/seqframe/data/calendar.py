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
    return pd.DataFrame(dict(_fourier_terms(steps, seasons)), index)


def _fourier_terms(steps: Floats, seasons: Sequence[int]) -> Iterator[tuple[str, Floats]]:
    for season in seasons:
        phase = 2 * np.pi * np.mod(steps, season) / season
        for harmonic in range(1, min(HARMONICS, (season - 1) // 2) + 1):
            yield f"{PREFIX} {season} sin {harmonic}", np.sin(harmonic * phase)
            yield f"{PREFIX} {season} cos {harmonic}", np.cos(harmonic * phase)
        if season == 2:
            yield f"{PREFIX} 2 cos 1", np.cos(phase)
