"""Saved models: a table of past rows in, forecasts in physical units out; or sequences in, labels out.

A model is saved in a folder: `config.json`, and one `.keras` file of stock Keras layers per seed. MLflow loads it with
`_load_pyfunc`.
"""

from pathlib import Path
from typing import Any

from seqframe.forecasting.metadata import ForecasterConfig
from seqframe.forecasting.saved_model import CONFIG_FILE, HOW_TO_SAVE, found_kind

__all__ = ["CONFIG_FILE", "HOW_TO_SAVE", "ForecasterConfig", "load_classifier", "load_forecaster"]


def load_forecaster(folder: Any) -> Any:
    """Load the forecaster in a folder. TensorFlow is imported only here."""
    from seqframe.forecasting.forecaster import Forecaster

    return Forecaster.load(folder)


def load_classifier(folder: Any) -> Any:
    """Load the classifier in a folder. TensorFlow is imported only here."""
    from seqframe.forecasting.classifier import Classifier

    return Classifier.load(folder)


def _load_pyfunc(path: str) -> Any:
    """Entry point of MLflow."""
    from seqframe.forecasting.served import PyfuncForecaster, PyfuncModel

    if found_kind((Path(path) / CONFIG_FILE).read_bytes()) == "labels":
        return PyfuncModel(load_classifier(path).predict)
    return PyfuncForecaster(load_forecaster(path))
