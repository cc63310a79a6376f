"""The model that is kept: raw history in, forecasts in physical units out, with time stamps and intervals.

It lies in a folder: `config.json`, and a `.keras` file of stock Keras layers for each seed. `load` makes it ready to be
asked; MLflow loads it by `_load_pyfunc`, in a process that need not know anything else of Seqframe.
"""

from typing import Any

from seqframe.forecasting.metadata import CONFIG_FILE, ForecasterConfig

__all__ = ["CONFIG_FILE", "ForecasterConfig", "load_forecaster"]


def load_forecaster(folder: Any) -> Any:
    """The forecaster in a folder. TensorFlow is imported here, and not before."""
    from seqframe.forecasting.forecaster import Forecaster

    return Forecaster.load(folder)


def _load_pyfunc(path: str) -> Any:
    """What MLflow calls."""
    from seqframe.forecasting.forecaster import PyfuncForecaster

    return PyfuncForecaster(load_forecaster(path))
