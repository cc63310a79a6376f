"""Forecasts, and what makes their comparison fair: measures, naive and linear forecasters, intervals, ranks, seasons.

Truth and prediction are (origins, leads, targets), in physical units. NaN in the truth was not measured.
"""

from seqframe.forecasts.bootstrap import interval, p_value, resample_origins
from seqframe.forecasts.conformal import calibrate, coverage, fewest_origins
from seqframe.forecasts.linear import Linear, choose_linear, fit_linear
from seqframe.forecasts.measures import mae, per_lead, per_origin, rmse, scaled_errors, seasonal_scale, smape
from seqframe.forecasts.naive import drift, persistence, seasonal_naive
from seqframe.forecasts.ranks import Entry, Pair, Ranking, fewest_replicates, rank_entries
from seqframe.forecasts.season import Season, find_season

__all__ = [
    "Entry",
    "Linear",
    "Pair",
    "Ranking",
    "Season",
    "calibrate",
    "choose_linear",
    "coverage",
    "drift",
    "fewest_origins",
    "fewest_replicates",
    "find_season",
    "fit_linear",
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
