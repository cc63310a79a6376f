"""Configuration of a forecaster: everything except what is fitted, stored as JSON."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.columns import future_covariate_columns
from seqframe.data.scalers import Scaler
from seqframe.data.time_index import Frequency
from seqframe.forecasting.baselines import find_baseline


class ForecasterConfig(BaseModel):
    """Configuration of a forecaster: how a table becomes network inputs, and network outputs become forecasts.

    Attributes:
        framing: Name of the framing; empty for a baseline.
        baseline: Name of the baseline; empty for networks.
        data_settings: Source of the training table and the roles of its columns.
        task: Lookback, horizon, gap and instance normalization.
        model: Settings of the networks.
        features: Input columns; future covariates are the last ones.
        targets: Columns to predict.
        columns: The scaled columns.
        series: The series with a scale of their own, or `all`.
        offset: Offset of the scaler (series, columns), physical units; with scales by series, the last row is of all
            series, for a series without training rows.
        span: Span of the scaler, of the same shape, physical units.
        constant: Whether a column is constant in the training rows, of the same shape.
        step: Size and unit of the frequency.
        deviations: Standard deviation of each feature in the training rows, scaled units; calendar features are last.
        transform: Lag and floor of the transform of the targets.
        n_calendar: Number of calendar features.
        half_widths: Half widths of the prediction intervals (horizon, targets), in units of the scale of a forecast;
            infinite without finite residuals.
        quantiles: Levels of the quantiles that the networks predict; empty for one output for each target.
        interval_level: Nominal coverage of the prediction intervals.
        seeds: Number of networks, whose mean is the forecast; 0 for a baseline.
        history: Number of rows that a forecast needs.
        rows: Number of rows of the training table.
        trained_at: Time of training, for example 2001-12-31 23:59 UTC.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    framing: str
    baseline: str = ""
    data_settings: DataSettings
    task: TaskSettings
    model: ModelSettings
    features: list[str]
    targets: list[str]
    columns: tuple[str, ...]
    series: tuple[Any, ...]
    offset: list[list[float]]
    span: list[list[float]]
    constant: list[list[bool]]
    step: tuple[int | float, str]
    deviations: list[float]
    transform: tuple[int, tuple[float, ...]]
    n_calendar: int
    half_widths: list[list[float]]
    quantiles: tuple[float, ...] = ()
    interval_level: float
    seeds: int = Field(ge=0)
    history: int = Field(ge=1)
    rows: int
    trained_at: str

    @property
    def name(self) -> str:
        """Name of the framing or of the baseline."""
        return self.framing or self.baseline

    @property
    def reads_inputs(self) -> bool:
        """Whether a forecast reads the lookback of the features; a baseline may read all rows of the targets."""
        return not self.baseline or find_baseline(self.baseline).reads == "inputs"

    @property
    def scaler(self) -> Scaler:
        """The fitted scaler."""
        return Scaler(self.columns, self.series, np.array(self.offset), np.array(self.span), np.array(self.constant))

    @property
    def frequency(self) -> Frequency:
        """Time between consecutive rows."""
        return Frequency(*self.step)  # type: ignore[arg-type]

    @property
    def lengths(self) -> tuple[int, int]:
        """The lookback, and the number of rows from the last input row to the last row to predict."""
        return self.task.lookback or 0, self.task.gap + (self.task.horizon or 0)

    @property
    def n_future(self) -> int:
        """Number of future covariates that a forecast reads."""
        return len(future_covariate_columns(self.data_settings)) if self.reads_inputs else 0

    @property
    def past_columns(self) -> list[str]:
        """The columns that a forecast reads up to the newest row: the features that are not future covariates."""
        return self.features[: len(self.features) - self.n_future] if self.reads_inputs else self.targets

    @property
    def about(self) -> str:
        """One line that identifies the model."""
        networks = f"mean of {self.seeds} networks, " if self.seeds > 1 else "one network, "
        trained = f"trained {self.trained_at} on {self.data_settings.name} ({self.rows} rows)"
        return f"{self.name}, {networks if self.seeds else ''}{trained}"

    @property
    def card(self) -> dict[str, str]:
        """Model card: properties by name."""
        data_settings, task = self.data_settings, self.task
        columns = {
            "time column": data_settings.time_name,
            "id column": data_settings.id_name,
            "wide columns": ", ".join(data_settings.wide_columns or []),
        }
        model = {"framing": self.framing, "networks": str(self.seeds)} if self.framing else {"baseline": self.baseline}
        all_given = "" if self.reads_inputs else "; all rows given are used"
        return {
            **model,
            "trained at": self.trained_at,
            "table": data_settings.name,
            "rows": str(self.rows),
            **{name: column for name, column in columns.items() if column},
            "features": ", ".join(self.features),
            **({"future covariates": ", ".join(future_covariate_columns(data_settings))} if self.n_future else {}),
            "targets": ", ".join(self.targets),
            "lookback": str(task.lookback),
            "history": f"at least {self.history} rows{all_given}",
            "gap": str(task.gap),
            "horizon": str(task.horizon),
            "frequency": str(self.frequency) if data_settings.time_name else "1 row",
            "missing": data_settings.missing,
            "interval level": str(self.interval_level),
        }


def to_lists(values: NDArray[Any] | Sequence[Any]) -> list[Any]:
    """An array as nested lists."""
    listed: list[Any] = np.asarray(values).tolist()
    return listed
