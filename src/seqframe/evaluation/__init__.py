"""Scores, backtests and conclusions: forecasts are compared on the same rows, with confidence intervals.

Actual values and predictions are (origins, horizon, targets), in physical units; NaN marks an actual value that is
missing.
"""
