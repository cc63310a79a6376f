"""Forecasts of a table with the saved forecaster."""
