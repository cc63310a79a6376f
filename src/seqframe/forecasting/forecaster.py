"""The saved model: past rows of a table in, forecasts out. TensorFlow is imported only for networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.alignment import window_lengths
from seqframe.data.bounds import clip_to_bounds
from seqframe.data.dataset import SequenceDataset, sample_columns
from seqframe.data.windows import Floats, Windows
from seqframe.forecasting.baselines import check_package, find_baseline
from seqframe.forecasting.context import Context, read_context
from seqframe.forecasting.intervals import residual_scales
from seqframe.forecasting.metadata import ForecasterConfig
from seqframe.forecasting.predict import forecast_tails
from seqframe.forecasting.saved_model import load_model, read_config, read_fitted, read_networks, save_model
from seqframe.framings import FRAMINGS, Framing
from seqframe.networks.spec import NetworkSpec, NetworkState
from seqframe.training.events import Message, emit


@dataclass(frozen=True, repr=False)
class Forecaster:
    """Networks of one framing, trained from several seeds, or a fitted baseline; and the configuration.

    Attributes:
        config: The configuration.
        networks: The networks; none for a baseline.
        fitted: What the baseline has fitted; empty for networks.
    """

    config: ForecasterConfig
    networks: tuple[NetworkState, ...] = ()
    fitted: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def forecast(self, history: Any, name: str = "history") -> pd.DataFrame:
        """Forecast the rows after the last row of each series.

        `history` is a table in memory or the path of one, as for `seqframe.compare`. It has the columns of the training
        table in physical units: the time and id columns, if any, and the features. Future covariates continue after the
        last row of the other columns. The result has one row per series and horizon step, with three columns per
        target: the forecast and the two ends of its prediction interval, which are NaN if the interval is infinite. A
        series that is too short is skipped, and the reason is emitted. Messages call the table `name`.

        Raises:
            UserError: A column is missing or cannot be read, or every series has too few rows.
        """
        context = read_context(history, self.config, name)
        for note in context.notes:
            emit(Message(note))
        dataset, windows = context.dataset, context.dataset.test
        mean, tails = self._predict(dataset, windows)
        widths = np.array(self.config.half_widths) * residual_scales(dataset.window_scale(windows), tails)
        return _tabulate(context, mean, np.where(np.isfinite(widths), widths, np.nan), self.config)

    def _predict(self, dataset: SequenceDataset, windows: Windows) -> tuple[Floats, Floats | None]:
        """Forecasts of the given windows, and their tails if networks predict quantiles: see `forecast_tails`."""
        if self.config.baseline:
            return find_baseline(self.config.baseline).forecast(self.fitted, dataset, windows), None
        return forecast_mean(self.networks, _find_framing(self.config), dataset, windows)

    def with_missing_policy(self, policy: str) -> "Forecaster":
        """The same forecaster with another handling of missing values, as `data.missing`."""
        data_settings = self.config.data_settings.model_copy(update={"missing": policy})
        return replace(self, config=self.config.model_copy(update={"data_settings": data_settings}))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.config.about}>"

    def save(self, folder: str | Path) -> None:
        """Write the configuration, and one `.keras` file per network or the arrays of a baseline."""
        save_model(Path(folder), self.config, self.networks, self.fitted)

    @classmethod
    def load(cls, folder: Any) -> "Forecaster":
        """Load a saved forecaster.

        Raises:
            UserError: The folder has no forecaster, or one of another version, or its baseline needs a package that is
                not installed.
        """
        return load_model(folder, _read_forecaster, "A forecast")


def _read_forecaster(path: Path) -> Forecaster:
    config = ForecasterConfig.model_validate_json(read_config(path, "forecasts"))
    if not config.baseline:
        return Forecaster(config, read_networks(path, _make_spec(config), config.seeds))
    check_package(find_baseline(config.baseline))
    return Forecaster(config, fitted=read_fitted(path))


def forecast_mean(
    networks: Sequence[NetworkState], framing: Framing, dataset: SequenceDataset, windows: Windows
) -> tuple[Floats, Floats | None]:
    """Mean over networks of the forecasts of the given windows, and of their tails: see `forecast_tails`."""
    from seqframe.networks.build import predict

    runs = [
        forecast_tails(partial(predict, network), framing, dataset, windows, network.spec.quantiles)
        for network in networks
    ]
    all_tails = [tails for _, tails in runs if tails is not None]
    mean: Floats = np.mean([values for values, _ in runs], axis=0)
    return mean, np.mean(all_tails, axis=0) if all_tails else None


def _find_framing(config: ForecasterConfig) -> Framing:
    return next(framing for framing in FRAMINGS if framing.name == config.framing)


def _make_spec(config: ForecasterConfig) -> NetworkSpec:
    framing, task = _find_framing(config), config.task
    lookback = task.lookback or 0
    _, _, steps = window_lengths(framing.training_task(task), lookback)
    features, targets = sample_columns(task, len(config.features) + config.n_calendar, len(config.targets))
    X = framing.to_inputs(np.zeros((1, lookback, features), np.float32))
    y = framing.to_targets(np.zeros((1, steps, targets), np.float32))
    return framing.make_spec(X, y, config.model, quantiles=config.quantiles)


def _tabulate(context: Context, mean: Floats, half_widths: Floats, config: ForecasterConfig) -> pd.DataFrame:
    """Forecasts (series, horizon, targets), with the widths of the intervals below and above them, as a table.

    It has one row per series and horizon step.
    """
    series, horizon, _ = mean.shape
    below, above = half_widths
    shown = [clip_to_bounds(values, config.data_settings) for values in (mean, mean - below, mean + above)]
    columns: dict[str, Any] = {}
    if config.data_settings.id_name is not None:
        columns[config.data_settings.id_name] = np.repeat(pd.Index(context.series), horizon)
    columns[config.data_settings.time_name or "row"] = context.times
    columns["horizon_step"] = np.tile(np.arange(1, horizon + 1), series)
    for position, name in enumerate(config.targets):
        forecasts, low, high = (values[..., position].reshape(-1) for values in shown)  # (series * horizon,)
        columns |= {name: forecasts, f"{name}_low": low, f"{name}_high": high}
    return pd.DataFrame(columns)
