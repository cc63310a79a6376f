"""Forecast with the saved forecaster."""

from pathlib import Path

import pandas as pd

from seqframe.config import DataSettings
from seqframe.data.files import find_table, read_raw_table
from seqframe.errors import UserError
from seqframe.forecasting import load_forecaster
from seqframe.training.events import Message, emit


def load_context(table: Path | None) -> pd.DataFrame:
    """The table whose newest rows are the context of the forecast, unprocessed: the forecaster selects its columns.

    Raises:
        UserError: No table is given, or it cannot be read.
    """
    return read_raw_table(_find(table))


def forecast(folder: Path, context: pd.DataFrame, table: Path | None, data_settings: DataSettings) -> pd.DataFrame:
    """Forecast the rows after the last row of each series, in physical units, with prediction intervals.

    Missing values are treated as in training, unless `data.missing` is other than `raise`.
    """
    model = load_forecaster(folder)
    emit(Message(f"Model: {model.config.about}."))
    if data_settings.missing != "raise":
        model = model.with_missing_policy(data_settings.missing)
    forecasts: pd.DataFrame = model.forecast(context, _find(table).name)
    return forecasts


def _find(table: Path | None) -> Path:
    if table is None:
        raise UserError(
            "A forecast needs a table with the newest rows. Received: no `data.path`. "
            "Run: kedro run --pipeline=predict --params data.path=my.csv"
        )
    return find_table(str(table))
