"""A forecaster as MLflow asks it, from a program or over HTTP."""

from threading import Lock
from typing import Any

import pandas as pd


class Served:
    """Takes a DataFrame, or what JSON gave; one request at a time, since all networks share one Keras model."""

    def __init__(self, forecaster: Any) -> None:
        self.forecaster = forecaster
        self._lock = Lock()

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Forecast; there are no params. The ends of an interval that nothing is known of are None: null in JSON."""
        with self._lock:
            forecasts: pd.DataFrame = self.forecaster.forecast(model_input)
        for column in forecasts.columns[forecasts.isna().any()]:
            known = forecasts[column].astype(object)
            forecasts[column] = known.where(known.notna(), None)
        return forecasts
