"""Saved models as MLflow models: a server replies to a table that cannot be read with status 400 and one line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import pandas as pd

from seqframe.errors import UserError


class PyfuncModel:
    """A saved model as an MLflow model, called by one request at a time, since all networks share one Keras model."""

    def __init__(self, model: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        self._model = model
        self._lock = Lock()

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Predictions for a table; `params` is unused.

        Raises:
            MlflowException: The table cannot be read; the message is the one of the `UserError`.
        """
        with self._lock, _mlflow_errors():
            return self._model(model_input)


class PyfuncForecaster(PyfuncModel):
    """A forecaster as an MLflow model."""

    def __init__(self, forecaster: Any) -> None:
        super().__init__(forecaster.forecast)

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Forecasts; ends of infinite intervals are None, which is null in JSON."""
        forecasts = super().predict(model_input)
        for column in forecasts.columns[forecasts.isna().any()]:
            values = forecasts[column].astype(object)
            forecasts[column] = values.where(values.notna(), None)
        return forecasts


@contextmanager
def _mlflow_errors() -> Iterator[None]:
    """Convert user errors to errors of MLflow, which its server replies as status 400."""
    try:
        yield
    except UserError as error:
        raise _invalid_table(str(error)) from None


def _invalid_table(line: str) -> Exception:
    """The error with this message; MLflow's server assigns another message, with the whole table, which is ignored."""
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

    class InvalidTableError(MlflowException):  # type: ignore[misc]
        message = property(lambda _: line, lambda _, text: None)

    return InvalidTableError(line, INVALID_PARAMETER_VALUE)
