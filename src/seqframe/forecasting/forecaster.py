"""A forecaster in use: history in, forecasts out."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from seqframe.data.windows import Floats
from seqframe.errors import UserError
from seqframe.forecasting.history import Context, read_context
from seqframe.forecasting.metadata import CONFIG_FILE, ForecasterConfig
from seqframe.forecasting.predict import forecast
from seqframe.framings import FRAMINGS, Framing
from seqframe.networks.backend import keras
from seqframe.networks.build import export_keras, predict
from seqframe.networks.spec import NetworkState

KEEP_ONE = "Keep one: kedro run --pipeline=compare --params data.path=my.csv"


@dataclass(frozen=True)
class Forecaster:
    """Networks of one framing, from several seeds, with the config that they share."""

    config: ForecasterConfig
    networks: tuple[NetworkState, ...]

    def forecast(self, history: pd.DataFrame, name: str = "history") -> pd.DataFrame:
        """Forecast the rows after the last of each series.

        `history` has the columns of the table that the networks were trained on, in physical units: the time and series
        columns where there were any, and the features; columns that are known in advance go on after the rest ends. Of
        every target the answer has the forecast, and below and above it the ends of its interval, which are NaN where
        there is none. `name` is what messages call the history.

        Raises:
            UserError: A column is missing or cannot be read, or there are too few rows.
        """
        past = read_context(history, self.config, name)
        dataset, windows = past.dataset, past.dataset.test
        framing = _find_framing(self.config)
        runs = [forecast(partial(predict, network), framing, dataset, windows) for network in self.networks]
        widths = np.array(self.config.half_widths) * dataset.window_scale(windows)
        return _tabulate(past, np.mean(runs, axis=0), np.where(np.isfinite(widths), widths, np.nan), self.config)

    def treating_missing(self, policy: str) -> "Forecaster":
        """The same with another policy for missing values, as `data.missing`."""
        data_settings = self.config.data_settings.model_copy(update={"missing": policy})
        return replace(self, config=self.config.model_copy(update={"data_settings": data_settings}))

    def save(self, folder: Path) -> None:
        """Write the config, and a `.keras` file for each network."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, network in enumerate(self.networks):
            export_keras(network).save(folder / f"seed_{number}.keras")
        (folder / CONFIG_FILE).write_text(self.config.model_dump_json(indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Any) -> "Forecaster":
        """Read what `save` has written.

        Raises:
            UserError: There is no forecaster in the folder, or one of another version.
        """
        path = Path(folder)
        if not (path / CONFIG_FILE).exists():
            raise UserError(f"A forecast needs a model that was kept. Received: none in {path}. {KEEP_ONE}")
        try:
            config = ForecasterConfig.model_validate_json((path / CONFIG_FILE).read_bytes())
            return cls(config, _read_networks(path, config))
        except (ValidationError, StopIteration, OSError, ValueError) as error:
            reason = (str(error).strip() or "it has another framing").splitlines()[0]
            raise UserError(
                f"A model must be one that this version of Seqframe kept. Received: {path}, which is not ({reason}). "
                f"{KEEP_ONE}"
            ) from error


def _find_framing(config: ForecasterConfig) -> Framing:
    return next(framing for framing in FRAMINGS if framing.name == config.framing)


def _read_networks(path: Path, config: ForecasterConfig) -> tuple[NetworkState, ...]:
    framing, task = _find_framing(config), config.task
    lookback = task.lookback or 0
    steps = framing.training_task(task).lengths(lookback)[2]
    X = framing.to_inputs(np.zeros((1, lookback, len(config.features)), np.float32))
    y = framing.to_targets(np.zeros((1, steps, len(config.targets)), np.float32))
    spec = framing.make_spec(X, y, config.model)
    models = [keras.models.load_model(path / f"seed_{number}.keras") for number in range(config.seeds)]
    return tuple(NetworkState(spec, tuple(model.get_weights())) for model in models)


def _tabulate(past: Context, mean: Floats, widths: Floats, config: ForecasterConfig) -> pd.DataFrame:
    """One line a forecast row: series and time under the names of their columns, lead, and three columns a target."""
    series, leads, _ = mean.shape
    lines: dict[str, Any] = {}
    if config.data_settings.id_column is not None:
        lines[config.data_settings.id_column] = np.repeat(pd.Index(past.series), leads)
    lines[config.data_settings.time_column or "row"] = past.times
    lines["horizon_step"] = np.tile(np.arange(1, leads + 1), series)
    for place, name in enumerate(config.targets):
        middle, width = mean[..., place].reshape(-1), widths[..., place].reshape(-1)  # (series * leads,)
        lines |= {name: middle, f"{name}_low": middle - width, f"{name}_high": middle + width}
    return pd.DataFrame(lines)


# A forecaster as MLflow asks it, from a program or over HTTP.


class PyfuncForecaster:
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
