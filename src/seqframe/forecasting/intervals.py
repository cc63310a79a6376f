"""Intervals that hold the truth as often as they say, whatever the forecaster: split conformal prediction.

Sources: Vovk, Gammerman & Shafer, "Algorithmic Learning in a Random World" (2005); Lei, G'Sell, Rinaldo, Tibshirani &
Wasserman, "Distribution-free predictive inference for regression", JASA 113 (2018). The promise is for residuals that
could have come in any order; those of a series that changes are not quite so, hence `coverage`.
"""

from math import ceil, inf, nan

import numpy as np

from seqframe.data.windows import Floats

ROUNDING = 1e-9  # 100 * 0.55 is 55.00000000000001, and still the 55th


def calibrate(residuals: Floats, confidence: float) -> Floats:
    """Half the width of the interval of each lead and target: (origins, leads, targets) -> (leads, targets).

    It is the ceil((n + 1) * confidence)-th smallest of the n absolute residuals that were measured, on origins that
    nothing was fitted to. With fewer than `fewest_origins(confidence)` of them it is infinite: so few promise nothing.
    A caller whose residuals differ in size may divide them by a spread before, and multiply after.
    """
    ordered = np.sort(np.abs(residuals), axis=0)  # NaN last
    ordered = np.concatenate([ordered, np.full((1, *ordered.shape[1:]), inf)])
    measured = np.sum(~np.isnan(residuals), axis=0)  # (leads, targets)
    rank = np.ceil((measured + 1) * confidence - ROUNDING).astype(np.intp)
    row = np.where(rank <= measured, rank - 1, len(residuals))
    half_widths: Floats = np.take_along_axis(ordered, row[None], axis=0)[0]
    return half_widths


def min_calibration_origins(confidence: float) -> int:
    """How many calibrating origins it takes for an interval that is not infinite.

    >>> min_calibration_origins(0.9), min_calibration_origins(0.95)
    (9, 19)
    """
    return ceil(confidence / (1 - confidence) - ROUNDING)


def coverage(actuals: Floats, prediction: Floats, half_widths: Floats) -> tuple[Floats, float]:
    """The share of truths that lie within prediction ± half_widths: of each lead and target (leads, targets), and all.

    `half_widths` are (leads, targets), or (origins, leads, targets) where they were multiplied by a spread. NaN where
    nothing was measured.
    """
    measured = ~np.isnan(actuals)
    within = measured & (np.abs(actuals - prediction) <= half_widths)
    hits, count = within.sum(axis=0), measured.sum(axis=0)
    shares = np.where(count > 0, hits / np.maximum(count, 1), nan)
    return shares, float(hits.sum() / count.sum()) if count.any() else nan
