"""Forecasts, and what makes their comparison fair: measures, naive and linear forecasters, intervals, ranks, seasons.

Truth and prediction are (origins, leads, targets), in physical units. NaN in the truth was not measured.
"""

from seqframe.forecasts.bootstrap import interval, p_value, resample_origins
from seqframe.forecasts.measures import mae, per_lead, per_origin, rmse, scaled_errors, seasonal_scale, smape
from seqframe.forecasts.naive import drift, persistence, seasonal_naive
from seqframe.forecasts.ranks import Entry, Pair, Ranking, fewest_replicates, rank_entries

__all__ = [
    "Entry",
    "Pair",
    "Ranking",
    "drift",
    "fewest_replicates",
    "interval",
    "mae",
    "p_value",
    "per_lead",
    "per_origin",
    "persistence",
    "rank_entries",
    "resample_origins",
    "rmse",
    "scaled_errors",
    "seasonal_naive",
    "seasonal_scale",
    "smape",
]
