"""Forecasts of the rows after the end of a table, with the rows before them for context."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from seqframe.data.columns import only_columns
from seqframe.data.tables import prepare_columns, read_columns
from seqframe.data.time_index import ROW
from seqframe.errors import UserError
from seqframe.forecasting.metadata import ForecasterConfig

MIN_HISTORY = 24  # rows before the forecast
HISTORY_HORIZONS = 4, 8  # fewest and most rows before the forecast, in horizons, if the lookback is between them
MAX_SERIES = 4  # series of a panel that have a chart
MAX_PANELS = 8


@dataclass(frozen=True)
class ForecastPanel:
    """History and forecast of one target of one series.

    Attributes:
        series: Id of the series; None if there is only one without an id.
        target: Name of the target.
        history: Its newest values by time: (rows,).
        forecast: Columns forecast, low and high by time: (horizon, 3).
    """

    series: Any
    target: str
    history: pd.Series
    forecast: pd.DataFrame

    @property
    def title(self) -> str:
        """The target, and the series if it has an id."""
        return self.target if self.series is None else f"{self.target} of {self.series}"

    def fan(self) -> pd.DataFrame:
        """The forecast after the last value of the history, where the interval has no width: (1 + horizon, 3).

        Without a history it is the forecast alone.
        """
        last = self.history.dropna().iloc[-1:]
        if last.empty:
            return self.forecast
        return pd.concat([pd.DataFrame(dict.fromkeys(self.forecast.columns, last)), self.forecast])


@dataclass(frozen=True)
class FutureForecast:
    """A forecast of the rows after the end of a table.

    Attributes:
        config: Configuration of the forecaster.
        table: Name of the table.
        forecasts: The result of `Forecaster.forecast`: one row per series and horizon step. Empty without a forecast.
        history: The newest rows of the first series: id column, if any, time and targets. Targets that the table lacks
            are omitted.
        reason: Why there is no forecast; empty if there is one.
    """

    config: ForecasterConfig
    table: str
    forecasts: pd.DataFrame
    history: pd.DataFrame
    reason: str = ""

    @property
    def n_series(self) -> int:
        """Number of series."""
        id_column = self.config.data_settings.id_name
        return 1 if id_column is None else int(self.forecasts[id_column].nunique())

    @property
    def model(self) -> str:
        """The forecaster, for example `dense (ensemble of 3)`."""
        name, seeds = self.config.name, self.config.seeds
        return f"{name} (ensemble of {seeds})" if seeds > 1 else name

    @property
    def rows(self) -> str:
        """The forecast rows of a series, for example `the next 12 rows`, or `rows 3 to 14 ahead` after a gap."""
        horizon, gap = self.config.task.horizon or 0, self.config.task.gap
        if gap:
            return f"rows {gap + 1} to {gap + horizon} ahead" if horizon > 1 else f"row {gap + 1} ahead"
        return f"the next {horizon} rows" if horizon > 1 else "the next row"

    @property
    def title(self) -> str:
        """For example `Forecast of the next 12 rows by dense (ensemble of 3)`."""
        return f"Forecast of {self.rows} by {self.model}"

    def panels(self) -> list[ForecastPanel]:
        """One panel per target of each of the first series, at most `MAX_PANELS`."""
        id_column = self.config.data_settings.id_name
        if id_column is None:
            return self._panels_of(None, self.forecasts, self.history)[:MAX_PANELS]
        panels: list[ForecastPanel] = []
        for series in self.forecasts[id_column].unique()[:MAX_SERIES]:
            rows = (table[table[id_column] == series] for table in (self.forecasts, self.history))
            panels += self._panels_of(series, *rows)
        return panels[:MAX_PANELS]

    def _panels_of(self, series: Any, forecasts: pd.DataFrame, history: pd.DataFrame) -> list[ForecastPanel]:
        time = _time_column(self.config)
        forecasts, history = (_by_local_time(table, time) for table in (forecasts, history))
        return [
            ForecastPanel(
                series,
                target,
                history[target] if target in history else pd.Series(dtype=float),
                forecasts[[target, f"{target}_low", f"{target}_high"]].set_axis(["forecast", "low", "high"], axis=1),
            )
            for target in self.config.targets
        ]


def forecast_future(forecaster: Any, table: Any, name: str) -> FutureForecast:
    """Forecast the rows after the last row of each series of a table, which messages call `name`.

    Raises:
        UserError: As for `Forecaster.forecast`.
    """
    config: ForecasterConfig = forecaster.config
    forecasts = forecaster.forecast(table, name)
    id_column = config.data_settings.id_name
    series = [] if id_column is None else list(forecasts[id_column].unique()[:MAX_SERIES])
    return FutureForecast(config, name, forecasts, newest_rows(table, config, series, name))


def no_forecast(config: ForecasterConfig, name: str, reason: str) -> FutureForecast:
    """A forecast without rows, with the reason."""
    keys = [each for each in (config.data_settings.id_name, _time_column(config), "horizon_step") if each is not None]
    ends = [column for target in config.targets for column in (target, f"{target}_low", f"{target}_high")]
    return FutureForecast(config, name, pd.DataFrame(columns=[*keys, *ends]), pd.DataFrame(columns=keys[:-1]), reason)


def newest_rows(table: Any, config: ForecasterConfig, series: Sequence[Any], name: str) -> pd.DataFrame:
    """The newest rows of some series with a value of a target: id column, if any, time and targets.

    Each series has `count_history_rows(config)` rows, or fewer if it is shorter. The result has no rows if the table
    does not have the targets, which a forecaster with other features does not need.
    """
    id_column, time = config.data_settings.id_name, _time_column(config)
    keys = [time] if id_column is None else [id_column, time]
    try:
        df = _read_targets(table, config, name)
    except UserError:
        return pd.DataFrame(columns=keys)
    df = df.rename_axis(keys).reset_index()
    if id_column is None:
        return _newest(df, config)
    chosen = [_newest(df[df[id_column] == each], config) for each in series]
    return pd.concat(chosen, ignore_index=True) if chosen else df[:0]


def count_history_rows(config: ForecasterConfig) -> int:
    """Number of rows shown before a forecast: the lookback within 4 and 8 horizons, and at least 24."""
    horizon, (fewest, most) = config.task.horizon or 1, HISTORY_HORIZONS
    return max(MIN_HISTORY, min(max(config.task.lookback or 1, fewest * horizon), most * horizon))


def _by_local_time(table: pd.DataFrame, time: str) -> pd.DataFrame:
    """The table by time, without the time zone."""
    table = table.set_index(time)
    return table.tz_localize(None) if getattr(table.index, "tz", None) is not None else table


def _newest(rows: pd.DataFrame, config: ForecasterConfig) -> pd.DataFrame:
    known = rows[[name for name in config.targets if name in rows]].notna().any(axis=1)
    last = int(known.to_numpy().nonzero()[0][-1]) + 1 if known.any() else 0
    return rows.iloc[max(0, last - count_history_rows(config)) : last].reset_index(drop=True)


def _read_targets(table: Any, config: ForecasterConfig, name: str) -> pd.DataFrame:
    """The targets by series and time: missing values are NaN, since none is used."""
    data_settings = config.data_settings
    raw = prepare_columns(table, data_settings, name)
    targets = [target for target in config.targets if target in raw.columns]
    settings = only_columns(data_settings, targets).model_copy(update={"missing": "interpolate"})
    return read_columns(raw, settings, name, frequency=config.frequency)


def _time_column(config: ForecasterConfig) -> str:
    """The column of the times in a table of forecasts."""
    return config.data_settings.time_name or ROW
