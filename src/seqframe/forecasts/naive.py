"""Forecasts of who has learnt nothing, from the history of each window alone.

A history is (origins, lookback, targets), its last row the origin; a forecast is (origins, horizon, targets), and its
first row lies `gap` + 1 rows after the origin.
"""

import numpy as np

from seqframe.errors import UserError
from seqframe.forecasts.measures import Floats


def persistence(history: Floats, horizon: int) -> Floats:
    """The last value, for every lead, however far away."""
    return np.repeat(history[:, -1:], horizon, axis=1)


def seasonal_naive(history: Floats, season: int, horizon: int, gap: int = 0) -> Floats:
    """The value one season before, or as many whole seasons as it takes to have been read.

    >>> history = np.arange(5.0).reshape(1, 5, 1)  # rows 0 to 4
    >>> seasonal_naive(history, season=3, horizon=4, gap=1)[0, :, 0].tolist()  # rows 6, 7, 8, 9
    [3.0, 4.0, 2.0, 3.0]

    Raises:
        UserError: The history is shorter than a season.
    """
    lookback = history.shape[1]
    if lookback < season:
        raise UserError(
            f"The seasonal naive forecast must read a whole season. Received: lookback={lookback}, season={season}. "
            "Raise `task.lookback`."
        )
    after = gap + np.arange(horizon)  # rows after the first one behind the origin
    return history[:, lookback - season + after % season]


def drift(history: Floats, horizon: int, gap: int = 0) -> Floats:
    """The straight line through the first and the last value of the history, drawn on.

    Source: Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition (2021), section 5.2.

    >>> drift(np.array([[[1.0], [9.0], [5.0]]]), horizon=2, gap=1)[0, :, 0].tolist()  # 5 + 2 * 2, 5 + 3 * 2
    [9.0, 11.0]

    Raises:
        UserError: The history is one row, which has no slope.
    """
    lookback = history.shape[1]
    if lookback < 2:
        raise UserError("The drift forecast needs a slope. Received: lookback=1. Raise `task.lookback`.")
    slope = (history[:, -1:] - history[:, :1]) / (lookback - 1)  # (origins, 1, targets)
    rows_ahead = gap + 1 + np.arange(horizon)[:, None]  # (horizon, 1)
    line: Floats = history[:, -1:] + slope * rows_ahead
    return line
