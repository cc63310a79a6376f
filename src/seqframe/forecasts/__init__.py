"""Forecasts, and what makes their comparison fair: measures, naive and linear forecasters, intervals, ranks, seasons.

Truth and prediction are (origins, leads, targets), in physical units. NaN in the truth was not measured.
"""

from seqframe.forecasts.measures import mae, per_lead, per_origin, rmse, scaled_errors, seasonal_scale, smape
from seqframe.forecasts.naive import drift, persistence, seasonal_naive

__all__ = [
    "drift",
    "mae",
    "per_lead",
    "per_origin",
    "persistence",
    "rmse",
    "scaled_errors",
    "seasonal_naive",
    "seasonal_scale",
    "smape",
]
