"""Forecasters of untrained networks, and the forecasts of their fold."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import SequenceDataset, dataset_from_split
from seqframe.data.splits import find_segments, split_folds
from seqframe.data.tables import read_table
from seqframe.evaluation.refit import make_baseline_config, make_forecaster_config
from seqframe.forecasting.baselines import find_baseline
from seqframe.forecasting.forecaster import Forecaster
from seqframe.forecasting.predict import forecast
from seqframe.framings import FRAMINGS, Framing
from seqframe.framings.dataset import make_network_spec, training_view
from seqframe.networks.build import init_network, predict

MODEL = ModelSettings(units=3)


def framing_of(name: str) -> Framing:
    return next(framing for framing in FRAMINGS if framing.name == name)


@dataclass(frozen=True)
class Case:
    """A table, and a fold whose test part is the last rows of the table."""

    table: pd.DataFrame
    dataset: SequenceDataset

    @property
    def last(self) -> Any:
        """The last test window of every series."""
        windows = self.dataset.test
        series = self.dataset.df.index.get_level_values(0)[windows.starts()] if self.nested else np.zeros(len(windows))
        numbers = pd.Series(np.arange(len(windows))).groupby(series, sort=False).last().to_numpy()
        return windows.select(numbers)

    @property
    def nested(self) -> bool:
        return self.dataset.df.index.nlevels > 1

    def forecaster(
        self, name: str, seeds: int = 1, half_width: float = 0.5, model: ModelSettings = MODEL
    ) -> Forecaster:
        framing = framing_of(name)
        spec = make_network_spec(training_view(self.dataset, framing), framing, model)
        networks = tuple(init_network(spec, seed) for seed in range(seeds))
        half_widths = np.full((self.dataset.task.horizon, len(self.dataset.targets)), half_width)
        return Forecaster(make_forecaster_config(self.dataset, framing, model, seeds, half_widths, 0.9), networks)

    def baseline(self, name: str, season: int = 1, half_width: float = 0.5) -> Forecaster:
        baseline = find_baseline(name)
        fitted = baseline.fit(self.dataset, (season,))
        half_widths = np.full((self.dataset.task.horizon, len(self.dataset.targets)), half_width)
        config = make_baseline_config(self.dataset, baseline, fitted, MODEL, half_widths, 0.9)
        return Forecaster(config, fitted=fitted)

    def expected(self, forecaster: Forecaster) -> np.ndarray:
        """Forecasts of the backtest for the last windows: (series, horizon, targets)."""
        if forecaster.config.baseline:
            return find_baseline(forecaster.config.baseline).predict(forecaster.fitted, self.dataset, self.last)
        framing = framing_of(forecaster.config.framing)
        runs = [forecast(partial(predict, net), framing, self.dataset, self.last) for net in forecaster.networks]
        return np.mean(runs, axis=0)

    def hidden(self) -> pd.DataFrame:
        """The rows to predict."""
        return self.dataset.df.iloc[self.last.targets.reshape(-1)]


def make_case(
    table: pd.DataFrame, folder: Path, lookback: int, horizon: int, gap: int = 0, hide: int = 12, **data_settings: Any
) -> Case:
    """Write a table, and make the dataset of a fold; the last `hide` rows are its test part."""
    of_task = {"instance_norm": "mean"} | {
        name: data_settings.pop(name)
        for name in ("instance_norm", "recursive_norm", "channels")
        if name in data_settings
    }
    table.to_csv(folder / "table.csv", index=False)
    defaults = {"sequence_length": 5, "path": str(folder / "table.csv"), "scaler": "standard", "scale_per_series": True}
    time = {"time_column": data_settings.pop("time_column", None) or "none"}
    settings = DataSettings.model_validate(defaults | time | data_settings)
    task = TaskSettings.model_validate(
        {"kind": "forecast", "lookback": lookback, "horizon": horizon, "gap": gap} | of_task
    )
    read = read_table(settings)
    (split,) = split_folds(find_segments(read.df), 1, hide, hide)
    return Case(table, dataset_from_split(read.df, split, read.settings, task))


def wave(rows: int, phase: float = 0.0) -> np.ndarray:
    steps = np.arange(rows)
    return np.round(50 + phase + 10 * np.sin(steps / 3 + phase) + steps % 5, 3)
