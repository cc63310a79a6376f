"""Scores of a prediction, in the physical units of the truth."""

from collections.abc import Callable, Sequence
from math import nan, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import Floats
from seqframe.errors import UserError

TOLERANCE_TO_ONE_DECIMAL = 0.05  # how far a value may be off and still be right to one decimal


def compute_metrics(actuals: NDArray[Any], prediction: NDArray[Any]) -> dict[str, float]:
    """Mean squared, mean absolute and largest error, and 1.0 where every value is right to one decimal, else 0.0.

    Both arrays have the same shape, in physical units; `mse` is in their square. Where no truth is known, NaN, nothing
    is scored.

    >>> compute_metrics(np.array([1.0, np.nan]), np.array([1.5, 9.0]))["mae"]
    0.5
    """
    known = ~np.isnan(actuals)
    error = np.abs(np.asarray(prediction, np.float64) - actuals)[known]
    if not error.size:
        return dict.fromkeys(("mse", "mae", "max_error", "all_within_0.05"), nan)
    return {
        "mse": float(np.mean(error**2)),
        "mae": float(np.mean(error)),
        "max_error": float(np.max(error)),
        "all_within_0.05": float(np.all(error <= TOLERANCE_TO_ONE_DECIMAL)),
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


# Errors of forecasts, in numbers. What was not measured (NaN in the truth) is left out of every mean.

PERFECT = 1e-9  # of the error of the value one row before: a seasonal error below it is rounding


def mae(actuals: Floats, prediction: Floats) -> float:
    """Mean absolute error, in physical units; NaN where nothing was measured."""
    return _mean(absolute_errors(actuals, prediction))


def rmse(actuals: Floats, prediction: Floats) -> float:
    """Root of the mean squared error, in physical units; NaN where nothing was measured."""
    return sqrt(_mean(absolute_errors(actuals, prediction) ** 2))


def smape(actuals: Floats, prediction: Floats) -> float:
    """Symmetric mean absolute percentage error, 0 … 200 percent; where truth and prediction are both 0 it is 0.

    Source: Makridakis, "Accuracy measures", International Journal of Forecasting 9 (1993), in the form of Makridakis,
    Spiliotis & Assimakopoulos, "The M4 competition", International Journal of Forecasting 36 (2020).

    >>> smape(np.array([1.0, 0.0, 2.0]), np.array([3.0, 0.0, 2.0]))  # 200 * 2 / 4, 0, 0
    33.333333333333336
    """
    errors = absolute_errors(actuals, prediction)
    size = np.abs(actuals) + np.abs(prediction)
    return _mean(200 * errors / np.where(size == 0, 1.0, size))


def per_lead(measure: Callable[[Floats, Floats], float], actuals: Floats, prediction: Floats) -> Floats:
    """A measure of every lead alone: (origins, leads, targets) twice -> (leads,).

    >>> truth = np.array([[[1.0], [2.0]], [[3.0], [4.0]]])  # 2 origins, 2 leads, 1 target
    >>> per_lead(mae, truth, truth + [[0.5], [1.5]]).tolist()
    [0.5, 1.5]
    """
    return np.array([measure(actuals[:, lead], prediction[:, lead]) for lead in range(actuals.shape[1])])


def absolute_errors(actuals: Floats, prediction: Floats) -> Floats:
    """How far off every value is, of any shape; NaN where the truth was not measured.

    Raises:
        UserError: A prediction is not a number where there is a truth to hold it against.
    """
    errors = np.abs(prediction - actuals)
    wrong = int(np.sum(~np.isfinite(errors) & ~np.isnan(actuals)))
    if wrong:
        raise UserError(
            f"A forecast must be finite to be scored. Received: {wrong} of {errors.size} values that are not. "
            "Look at the loss: training may have diverged."
        )
    return errors


def scaled_errors(actuals: Floats, prediction: Floats, scale: Floats) -> Floats:
    """Absolute errors in units of each target's scale, (targets,); their mean is the MASE. (origins, leads, targets).

    Source: Hyndman & Koehler, "Another look at measures of forecast accuracy", International Journal of Forecasting 22
    (2006).
    """
    return absolute_errors(actuals, prediction) / scale


def per_origin(errors: Floats) -> Floats:
    """The mean error of every origin: (origins, leads, targets) -> (origins,); NaN where nothing was measured."""
    measured = ~np.isnan(errors)
    count = measured.sum(axis=(1, 2))
    total = np.where(measured, errors, 0).sum(axis=(1, 2))
    return np.where(count > 0, total / np.maximum(count, 1), nan)


def seasonal_scale(runs: Sequence[Floats], season: int, targets: Sequence[str]) -> Floats:
    """How far a value lies from that one season before, on average over the training rows: (targets,), physical units.

    Each run is (rows, targets); no difference crosses the end of one. It is the denominator of the MASE (Hyndman &
    Koehler 2006). Of a target that repeats itself to the last digit, the value one row before is taken instead.

    Raises:
        UserError: No run is longer than a season, or a target is constant.
    """
    longest = max(len(run) for run in runs)
    if longest <= season:
        raise UserError(
            f"A season must fit into the training part. Received: season={season}, rows={longest}. "
            "Shorten the season, or train on more rows."
        )
    seasonal, plain = _mean_difference(runs, season), _mean_difference(runs, 1)
    scale = np.where(seasonal > PERFECT * plain, seasonal, plain)
    constant = [name for name, size in zip(targets, scale, strict=True) if not size > 0]
    if constant:
        raise UserError(
            f"Errors are scaled by how much a target changes while it is trained on. Received: {', '.join(constant)}, "
            "constant in the training part. Leave it out, or train on more rows."
        )
    return scale


def _mean_difference(runs: Sequence[Floats], rows: int) -> Floats:
    """The mean absolute difference of values so many rows apart: (targets,)."""
    differences = np.concatenate([np.abs(run[rows:] - run[:-rows]) for run in runs])
    return np.array([_mean(column) for column in differences.T])


def _mean(errors: Floats) -> float:
    """The mean of what was measured; NaN where nothing was."""
    measured = errors[~np.isnan(errors)]
    return float(measured.mean()) if measured.size else nan
