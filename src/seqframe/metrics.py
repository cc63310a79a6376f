"""Scores of a prediction, in the physical units of the truth."""

from math import nan, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

ONE_DECIMAL = 0.05  # how far a value may be off and still be right to one decimal


def score(truth: NDArray[Any], prediction: NDArray[Any]) -> dict[str, float]:
    """Mean squared, mean absolute and largest error, and 1.0 where every value is right to one decimal, else 0.0.

    Both arrays have the same shape, in physical units; `mse` is in their square. Where no truth is known, NaN, nothing
    is scored.

    >>> score(np.array([1.0, np.nan]), np.array([1.5, 9.0]))["mae"]
    0.5
    """
    known = ~np.isnan(truth)
    error = np.abs(np.asarray(prediction, np.float64) - truth)[known]
    if not error.size:
        return dict.fromkeys(("mse", "mae", "largest_error", "right_to_one_decimal"), nan)
    return {
        "mse": float(np.mean(error**2)),
        "mae": float(np.mean(error)),
        "largest_error": float(np.max(error)),
        "right_to_one_decimal": float(np.all(error <= ONE_DECIMAL)),
    }


def wilson_interval(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Where the share of successes lies: the score interval, which stays within 0 … 1 and holds for few trials.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).

    >>> low, high = wilson_interval(8, 20)
    >>> round(low, 3), round(high, 3)
    (0.219, 0.613)
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / trials
    middle = share + z**2 / (2 * trials)
    spread = z * sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    low, high = ((middle + sign * spread) / (1 + z**2 / trials) for sign in (-1, 1))
    return low if successes else 0.0, high if successes < trials else 1.0  # exact at the ends, free of rounding
