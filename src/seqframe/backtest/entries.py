"""What stands on the leaderboard: forecasts of every test origin, and of the validation origins that calibrate them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from seqframe.backtest.folds import Folds
from seqframe.backtest.linear import forecast_linearly
from seqframe.forecasts import naive
from seqframe.posing import Posed, Values
from seqframe.windows import Windows

PERSISTENCE, SEASONAL, DRIFT, LINEAR = "persistence", "seasonal naive", "drift", "linear"
NAIVE = (PERSISTENCE, SEASONAL, DRIFT)


@dataclass(frozen=True)
class Entry:
    """Forecasts, fold after fold, by one forecaster.

    Attributes:
        name: As the leaderboard calls it.
        test: (runs, origins, leads, targets), physical units; a run for each seed, one where nothing is drawn.
        validation: By fold, (runs, origins, leads, targets).
        costs: Parameters, seconds, milliseconds, megabytes, by their names on the leaderboard.
        framing: The framing that it is of; empty for baselines.
    """

    name: str
    test: Values
    validation: tuple[Values, ...]
    costs: Mapping[str, float] = field(default_factory=dict)
    framing: str = ""


def forecast_baselines(folds: Folds) -> tuple[Entry, ...]:
    """The naive forecasters that can be had, and the linear one."""
    design = folds.design
    horizon, gap, lookback = design.task.horizon or 0, design.task.gap, design.task.lookback or 0

    def persist(posed: Posed, windows: Windows) -> Values:
        return naive.persistence(posed.history(windows), horizon)

    def repeat(posed: Posed, windows: Windows) -> Values:
        return naive.seasonal_naive(posed.history(windows), design.season, horizon, gap)

    def draw_on(posed: Posed, windows: Windows) -> Values:
        return naive.drift(posed.history(windows), horizon, gap)

    forecasters = {PERSISTENCE: persist}
    if 1 < design.season <= lookback:
        forecasters[SEASONAL] = repeat
    if lookback > 1:
        forecasters[DRIFT] = draw_on
    entries = [
        Entry(
            name,
            np.concatenate([_forecast(forecaster, posed, posed.unseen) for posed in folds.posed])[None],
            tuple(_forecast(forecaster, posed, posed.validation)[None] for posed in folds.posed),
        )
        for name, forecaster in forecasters.items()
    ]
    return (*entries, _linear(folds))


def _forecast(forecaster: Callable[[Posed, Windows], Values], posed: Posed, windows: Windows) -> Values:
    return np.concatenate([forecaster(posed, some) for some in windows.in_parts()])


def _linear(folds: Folds) -> Entry:
    results = [forecast_linearly(posed) for posed in folds.posed]
    return Entry(
        LINEAR,
        np.concatenate([result.test for result in results])[None],
        tuple(result.validation[None] for result in results),
        {"parameters": results[-1].parameters, "training_s": float(np.mean([result.seconds for result in results]))},
    )
