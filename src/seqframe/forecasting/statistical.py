"""Statistical models of statsforecast, one for each series and target: AutoARIMA, AutoETS and AutoTheta.

A model is fitted once, to the rows of a series up to its first forecast origin, and then updated with all rows up to
each origin: its parameters stay, its states follow the new rows. Nothing after an origin is read. The rows after
a gap in time are a series of their own.

Source: Hyndman & Khandakar, "Automatic time series forecasting: the forecast package for R", Journal of Statistical
Software 27 (2008); Fiorucci et al., "Models for optimising the theta method and their relationship to state space
models", International Journal of Forecasting 32 (2016). Implementation: Garza et al., "StatsForecast" (2022).
"""

import warnings
from typing import Any

import numpy as np

from seqframe.data.dataset import SequenceDataset
from seqframe.data.windows import Floats, RowNumbers, Windows
from seqframe.forecasting.fitted import FitError, Fitted
from seqframe.forecasting.history import TargetRows, read_target_rows

PACKAGE = "statsforecast"
MAX_ETS_SEASON = 24  # of statsforecast's exponential smoothing
MAX_ARIMA_SEASON = 12  # with a longer season a seasonal ARIMA model takes minutes: Fourier terms take its place
HARMONICS = 3
MIN_ROWS = 20  # of the history that a saved model needs, if two seasons are fewer


def fit_season(dataset: SequenceDataset, seasons: tuple[int, ...]) -> Fitted:
    """The primary season: a model is fitted when it forecasts, to the rows up to its first origin."""
    return {"season": np.array((*seasons, 1)[0])}


def statistical_history(fitted: Fitted) -> int:
    """Rows that a forecast needs: two seasons."""
    return max(2 * int(fitted["season"]) + 1, MIN_ROWS)


def predict_arima(fitted: Fitted, dataset: SequenceDataset, windows: Windows) -> Floats:
    """AutoARIMA: seasonal for seasons of up to 12 rows, with three harmonics as regressors for longer ones."""
    season = int(fitted["season"])
    return _predict("AutoARIMA", season, dataset, windows, fourier=season > MAX_ARIMA_SEASON)


def predict_ets(fitted: Fitted, dataset: SequenceDataset, windows: Windows) -> Floats:
    """AutoETS, for seasons of up to 24 rows.

    Raises:
        FitError: The season is longer.
    """
    season = int(fitted["season"])
    if season > MAX_ETS_SEASON:
        raise FitError(f"AutoETS models seasons of up to {MAX_ETS_SEASON} rows. Received: a season of {season}.")
    return _predict("AutoETS", season, dataset, windows)


def predict_theta(fitted: Fitted, dataset: SequenceDataset, windows: Windows) -> Floats:
    """AutoTheta, after seasonal decomposition where the season is significant."""
    return _predict("AutoTheta", int(fitted["season"]), dataset, windows)


def _predict(name: str, season: int, dataset: SequenceDataset, windows: Windows, fourier: bool = False) -> Floats:
    """Forecasts of one model for each target and each stretch of rows without a gap: (windows, steps, targets)."""
    rows, origins = read_target_rows(dataset), windows.origins
    gap = windows.first_target - windows.lookback
    forecasts = np.empty((len(windows), windows.steps, rows.values.shape[1]))
    for start in np.unique(rows.starts[origins]):
        selected = np.flatnonzero(rows.starts[origins] == start)
        lengths = origins[selected] - start + 1  # rows up to each origin
        for target, column in enumerate(rows.values.T):
            series = column[start : start + lengths.max()]
            try:
                ahead = _forecast_series(name, season, series, lengths, gap + windows.steps, fourier)
            except Exception as error:  # statsforecast raises plain ones
                raise FitError(_message(name, rows, start, lengths.min(), dataset.targets[target], error)) from error
            forecasts[selected, :, target] = ahead[:, gap:]
    return forecasts


def _forecast_series(name: str, season: int, values: Floats, lengths: RowNumbers, ahead: int, fourier: bool) -> Floats:
    """Forecasts of the next `ahead` rows after the first n values, for every n of `lengths`: (lengths, ahead)."""
    terms = _fourier_terms(len(values) + ahead, season) if fourier else None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        model = _make_model(name, 1 if fourier else season)
        first = int(lengths.min())
        model.fit(values[:first], None if terms is None else terms[:first])
        forecasts = []
        for length in lengths.tolist():
            inputs = {} if terms is None else {"X": terms[:length], "X_future": terms[length : length + ahead]}
            forecasts.append(model.forward(values[:length], ahead, **inputs)["mean"])
    return np.stack(forecasts)


def _make_model(name: str, season: int) -> Any:
    from statsforecast import models

    # As in R, long series and seasonal ones are selected with an approximation of the likelihood.
    options = {"approximation": None} if name == "AutoARIMA" else {}
    return getattr(models, name)(season_length=season, **options)


def _fourier_terms(rows: int, season: int) -> Floats:
    """Sine and cosine of the first harmonics of a season: (rows, terms)."""
    angles = 2 * np.pi * np.arange(rows)[:, None] * np.arange(1, min(HARMONICS, (season - 1) // 2) + 1) / season
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


def _message(name: str, rows: TargetRows, start: int, length: int, target: str, error: Exception) -> str:
    series = rows.names[rows.series[start]]
    where = f"{length} rows of {target}" + (f" in series {series}" if series else "")
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return f"{name} cannot be fitted to {where}: {reason}."
