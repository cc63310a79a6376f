"""Prediction intervals with a guaranteed coverage for any model: split conformal prediction.

Sources: Vovk, Gammerman & Shafer, "Algorithmic Learning in a Random World" (2005); Lei, G'Sell, Rinaldo, Tibshirani &
Wasserman, "Distribution-free predictive inference for regression", JASA 113 (2018). The guarantee assumes exchangeable
residuals. Residuals of a time series are not quite exchangeable, so the actual `coverage` is reported too.
"""

from math import ceil, inf, nan

import numpy as np

from seqframe.data.windows import Floats

ROUNDING = 1e-9  # 100 * 0.55 is 55.00000000000001 in floating point


def calibrate(residuals: Floats, interval_level: float) -> Floats:
    """Half widths of the intervals: residuals (origins, horizon, targets) -> (horizon, targets).

    The half width is the ceil((n + 1) * interval_level)-th smallest of the n valid absolute residuals, at origins that
    no model was fitted to. It is infinite with fewer than `min_calibration_origins(interval_level)` residuals. If
    residuals have different scales, the caller divides by the scale before and multiplies afterwards.
    """
    ordered = np.sort(np.abs(residuals), axis=0)  # NaN last
    ordered = np.concatenate([ordered, np.full((1, *ordered.shape[1:]), inf)])
    n_valid = np.sum(~np.isnan(residuals), axis=0)  # (horizon, targets)
    rank = np.ceil((n_valid + 1) * interval_level - ROUNDING).astype(np.intp)
    row = np.where(rank <= n_valid, rank - 1, len(residuals))
    half_widths: Floats = np.take_along_axis(ordered, row[None], axis=0)[0]
    return half_widths


def min_calibration_origins(interval_level: float) -> int:
    """Minimum number of residuals for a finite interval.

    >>> min_calibration_origins(0.9), min_calibration_origins(0.95)
    (9, 19)
    """
    return ceil(interval_level / (1 - interval_level) - ROUNDING)


def coverage(actuals: Floats, forecasts: Floats, half_widths: Floats) -> tuple[Floats, float]:
    """Share of the actual values within forecasts ± half_widths: by step and target (horizon, targets), and overall.

    `actuals` and `forecasts` are (origins, horizon, targets); `half_widths` is (horizon, targets) or (origins, horizon,
    targets). NaN if there are no actual values.
    """
    valid = ~np.isnan(actuals)
    within = valid & (np.abs(actuals - forecasts) <= half_widths)
    hits, count = within.sum(axis=0), valid.sum(axis=0)
    shares = np.where(count > 0, hits / np.maximum(count, 1), nan)
    return shares, float(hits.sum() / count.sum()) if count.any() else nan
