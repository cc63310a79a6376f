"""Forecast with the saved forecaster."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from seqframe.config import DataSettings
from seqframe.config.commands import run_command, table_parameters
from seqframe.data.files import find_table, read_raw_table
from seqframe.data.raw_table import RawTable
from seqframe.errors import UserError
from seqframe.forecasting import HOW_TO_SAVE, load_classifier, load_forecaster
from seqframe.forecasting.future import FutureForecast, forecast_future
from seqframe.reporting.figures import plot_future
from seqframe.training.events import Message, emit


def load_context(table: Path | None, data_settings: DataSettings) -> RawTable:
    """The table whose newest rows are the context of the forecast, unprocessed: the forecaster selects its columns.

    Raises:
        UserError: No table is given, or it cannot be read.
    """
    return read_raw_table(_find(table), data_settings.csv)


def forecast(folder: Path, context: RawTable, table: Path | None, data_settings: DataSettings) -> FutureForecast:
    """Forecast the rows after the last row of each series, in physical units, with prediction intervals.

    Missing values are treated as in training, unless `data.missing` is other than `raise`.
    """
    model = _load(load_forecaster, folder, data_settings)
    emit(Message(f"Model: {model.config.about}."))
    if data_settings.missing != "raise":
        model = model.with_missing_policy(data_settings.missing)
    return forecast_future(model, context, _find(table).name)


def predict_sequences(folder: Path, context: RawTable, table: Path | None, data_settings: DataSettings) -> pd.DataFrame:
    """Labels and probabilities of the sequences of a table, by the saved classifier."""
    model = _load(load_classifier, folder, data_settings)
    emit(Message(f"Model: {model.config.about}."))
    predictions: pd.DataFrame = model.predict(context, _find(table).name)
    return predictions


def report_forecast(forecast: FutureForecast) -> tuple[pd.DataFrame, Figure]:
    """Table and figure of the forecast."""
    return forecast.forecasts, plot_future(forecast)


def _load(load: Callable[[Path], Any], folder: Path, data_settings: DataSettings) -> Any:
    """Load a saved model; if there is none, the message has the command for this table."""
    try:
        return load(folder)
    except UserError as error:
        command = f"Train and save one: {run_command('compare', table_parameters(data_settings))}"
        raise UserError(str(error).replace(HOW_TO_SAVE, command)) from None


def _find(table: Path | None) -> Path:
    if table is None:
        raise UserError(
            "A forecast needs a table with the newest rows. Received: no `data.path`. "
            "Run: kedro run --pipeline=predict --params data.path=my.csv"
        )
    return find_table(str(table))
