"""Ask the model that was kept."""

from pathlib import Path

import pandas as pd

from seqframe.config import DataSettings
from seqframe.data.files import find_table, read_raw_table
from seqframe.errors import UserError
from seqframe.forecasting import load_forecaster
from seqframe.training.events import Message, emit


def load_context(data_settings: DataSettings) -> pd.DataFrame:
    """The table that forecasts are to go on from, as it is: the model knows which columns it needs, and how.

    Raises:
        UserError: There is no table.
    """
    return read_raw_table(_find(data_settings))


def forecast(folder: Path, history: pd.DataFrame, data_settings: DataSettings) -> pd.DataFrame:
    """Forecast the rows after the last of each series, in physical units, with intervals.

    Missing values are treated as in training, unless `data.missing` says more than refuse.
    """
    model = load_forecaster(folder)
    emit(Message(f"Model: {model.config.about}."))
    if data_settings.missing != "raise":
        model = model.treating_missing(data_settings.missing)
    forecasts: pd.DataFrame = model.forecast(history, _find(data_settings).name)
    return forecasts


def _find(data_settings: DataSettings) -> Path:
    if data_settings.path is None:
        raise UserError(
            "A forecast goes on where a table ends. Received: no table. "
            "Type: kedro run --pipeline=predict --params data.path=my.csv"
        )
    return find_table(data_settings.path)
