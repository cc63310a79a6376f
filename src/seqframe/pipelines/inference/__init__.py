"""Forecasts of a table by the model that was kept."""
