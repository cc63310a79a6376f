"""Saved forecasters: a table of past rows in, forecasts in physical units out, with times and prediction intervals.

A forecaster is saved in a folder: `config.json`, and one `.keras` file of stock Keras layers per seed. MLflow loads it
with `_load_pyfunc`.
"""

from typing import Any

from seqframe.forecasting.metadata import CONFIG_FILE, ForecasterConfig

__all__ = ["CONFIG_FILE", "ForecasterConfig", "load_forecaster"]


def load_forecaster(folder: Any) -> Any:
    """Load the forecaster in a folder. TensorFlow is imported only here."""
    from seqframe.forecasting.forecaster import Forecaster

    return Forecaster.load(folder)


def _load_pyfunc(path: str) -> Any:
    """Entry point of MLflow."""
    from seqframe.forecasting.forecaster import PyfuncForecaster

    return PyfuncForecaster(load_forecaster(path))
