"""All that a forecaster knows beside the weights of its networks, as plain values that a JSON file holds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.scalers import Scaler
from seqframe.data.tables import future_covariate_columns
from seqframe.data.time_index import Frequency

CONFIG_FILE = "config.json"


class ForecasterConfig(BaseModel):
    """How raw history becomes what a network reads, and its answer a forecast.

    Attributes:
        framing: The name of the framing.
        problem: Where the rows that it was trained on came from, and which columns are read and predicted.
        task: Lookback, horizon, gap, and what windows are read relative to.
        model: The settings of the network.
        features: The columns that are read, those known in advance last.
        targets: The columns that are predicted.
        columns: The columns that are scaled.
        series: The series that have a scale of their own, or `all`.
        offset: (series, columns), physical units.
        span: (series, columns), physical units.
        step: What lies between a row and the next: its size and unit.
        half_widths: Of the interval of each lead and target, in units of the spread of a window: (leads, targets);
            infinite where there were too few forecasts to calibrate it by.
        interval_level: The share of values that intervals are to hold.
        seeds: How many networks the forecast is the mean of.
        rows: How many rows the table had.
        trained_at: When, as 2001-12-31 23:59 UTC.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    framing: str
    data_settings: DataSettings
    task: TaskSettings
    model: ModelSettings
    features: list[str]
    targets: list[str]
    columns: tuple[str, ...]
    series: tuple[Any, ...]
    offset: list[list[float]]
    span: list[list[float]]
    step: tuple[int | float, str]
    half_widths: list[list[float]]
    interval_level: float
    seeds: int = Field(ge=1)
    rows: int
    trained_at: str

    @property
    def scaler(self) -> Scaler:
        """The scaler that was fitted."""
        return Scaler(self.columns, self.series, np.array(self.offset), np.array(self.span))

    @property
    def time_step(self) -> Frequency:
        """What lies between a row and the next."""
        return Frequency(*self.step)  # type: ignore[arg-type]

    @property
    def lengths(self) -> tuple[int, int]:
        """The rows that are read, and the rows from the last of them to the last that is predicted."""
        return self.task.lookback or 0, self.task.gap + (self.task.horizon or 0)

    @property
    def n_future(self) -> int:
        """How many of the features are known in advance."""
        return len(future_covariate_columns(self.data_settings))

    @property
    def own_features(self) -> list[str]:
        """The features that are not known in advance."""
        return self.features[: len(self.features) - self.n_future]

    @property
    def about(self) -> str:
        """Which model it is, in a line."""
        networks = f"the mean of {self.seeds} networks" if self.seeds > 1 else "one network"
        return f"{self.framing}, {networks}, trained {self.trained_at} on {self.data_settings.name} ({self.rows} rows)"

    @property
    def card(self) -> dict[str, str]:
        """What people ask about a model, by name."""
        data_settings, task = self.data_settings, self.task
        named = {
            "time": data_settings.time_column,
            "series": data_settings.id_column,
            "unfold": ", ".join(data_settings.wide_columns or []),
        }
        return {
            "framing": self.framing,
            "networks": str(self.seeds),
            "trained at": self.trained_at,
            "table": data_settings.name,
            "rows": str(self.rows),
            **{name: column for name, column in named.items() if column},
            "features": ", ".join(self.features),
            **({"known in advance": ", ".join(future_covariate_columns(data_settings))} if self.n_future else {}),
            "targets": ", ".join(self.targets),
            "lookback": str(task.lookback),
            "gap": str(task.gap),
            "horizon": str(task.horizon),
            "step": str(self.time_step) if data_settings.time_column else "1 row",
            "missing": data_settings.missing,
            "interval_level": str(self.interval_level),
        }


def to_lists(values: NDArray[Any] | Sequence[Any]) -> list[Any]:
    """An array as nested lists."""
    listed: list[Any] = np.asarray(values).tolist()
    return listed
