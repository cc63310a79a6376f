"""Forecasts of statsforecast: AutoARIMA, AutoETS and AutoTheta.

    python -m benchmarks.workers.forecasts_statsforecast problem.json forecasts.npz auto_arima

A model is fitted once per fold, on all rows up to the first test origin. Its parameters are then applied to the rows up
to each origin. AutoARIMA and AutoETS of a season of more than 24 rows forecast the seasonally adjusted series of an STL
decomposition, as the library recommends; its AutoETS has no longer season.
"""

import warnings
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
from statsforecast.models import MSTL, AutoARIMA, AutoETS, AutoTheta  # type: ignore[import-not-found,import-untyped]

from benchmarks.workers.forecasts import Fold, Library, Limits, Predict, Problem, Variant, run

LONG_SEASON = 24  # rows
ADJUSTED = {"auto_arima": AutoARIMA, "auto_ets": partial(AutoETS, model="ZZN")}  # of a series without season
MODELS = {"auto_arima": AutoARIMA, "auto_ets": AutoETS, "auto_theta": AutoTheta}


def fit(model: str, variant: Variant, problem: Problem, fold: Fold, limits: Limits) -> Predict:
    """Fit on the rows up to the first test origin, and update with the rows up to each origin."""
    first, known = fold.train.start, int(fold.test_origins[0]) + 1
    fitted = make_model(model, problem.season).fit(fold.values[first:known])

    def forecast(origin: int) -> Any:
        return fitted.forward(fold.values[first : origin + 1], problem.steps)["mean"][problem.gap :]

    return lambda origins: np.stack([forecast(int(origin)) for origin in origins])


def make_model(model: str, season: int) -> Any:
    """A model with the library's own defaults."""
    if season > LONG_SEASON and model in ADJUSTED:
        return MSTL(season, trend_forecaster=ADJUSTED[model]())
    return MODELS[model](season_length=season)


LIBRARY = Library(
    f"statsforecast {version('statsforecast')}",
    lambda model, problem, fold: [Variant(problem.lookback)],
    fit,
    forecasts_validation=False,
)

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    run(LIBRARY)
