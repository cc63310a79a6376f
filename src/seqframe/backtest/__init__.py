"""Forecasts of a table, tried as a careful statistician would: on rows kept from training, on equal terms, with doubt.

Nothing here is Kedro's. `trying` and `keeping` train networks, and are imported where that is wanted.
"""

from seqframe.backtest.design import Design, design_backtest
from seqframe.backtest.entries import Entry, forecast_baselines
from seqframe.backtest.folds import Folds, pose_folds
from seqframe.backtest.leaderboard import OriginsDifferError, Scored, score_entries
from seqframe.backtest.scores import half_widths, measure
from seqframe.backtest.verdict import Verdict, judge

__all__ = [
    "Design",
    "Entry",
    "Folds",
    "OriginsDifferError",
    "Scored",
    "Verdict",
    "design_backtest",
    "forecast_baselines",
    "half_widths",
    "judge",
    "measure",
    "pose_folds",
    "score_entries",
]
