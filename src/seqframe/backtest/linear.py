"""The linear direct forecaster: ridge regression from all that a window has to every value that is asked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.forecasts.linear import choose_linear, fit_linear
from seqframe.posing import Posed, Values
from seqframe.windows import Windows

PENALTIES = tuple(10.0**power for power in range(-6, 3))  # relative to the mean square of the inputs


@dataclass(frozen=True)
class LinearForecasts:
    """Of one fold: (origins, leads, targets), physical units; how many weights, and the seconds that fitting took."""

    test: Values
    validation: Values
    parameters: int
    seconds: float


def forecast_linearly(posed: Posed) -> LinearForecasts:
    """Fit on the training windows, as they are and relative to their own levels, with several penalties.

    Of all these the one is taken that is best on the validation rows, so that framings have a strong line to beat.
    """
    started = perf_counter()
    candidates = []
    plain, relative = (
        replace(posed, task=posed.task.model_copy(update={"normalise": kind})) for kind in ("none", "mean")
    )
    unit = plain.spread(plain.validation)  # (origins, 1, targets): all targets and series count alike
    for seen in (plain, relative):
        fitted = fit_linear(_batches(seen, seen.windows), PENALTIES)
        chosen = choose_linear(fitted, _batches(seen, seen.validation))
        validation = _forecast(chosen, seen, seen.validation)
        error = float(np.nanmean(((validation - seen.truth(seen.validation)) / unit) ** 2))
        candidates.append((error, validation, chosen, seen))
    _, validation, chosen, seen = min(candidates, key=lambda candidate: candidate[0])
    size = chosen.weights.size + chosen.intercept.size
    return LinearForecasts(_forecast(chosen, seen, seen.unseen), validation, size, perf_counter() - started)


def _batches(posed: Posed, windows: Windows) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """X (windows, lookback * features) and y (windows, horizon * targets), scaled, some windows at a time."""
    for some in windows.in_parts():
        read, levels = posed.scaled.read(some)
        yield (
            read.reshape(len(some), -1).astype(np.float64),
            posed.scaled.ask(some, levels).reshape(len(some), -1).astype(np.float64),
        )


def _forecast(linear: Any, posed: Posed, windows: Windows) -> Values:
    parts = []
    for some in windows.in_parts():
        X, _ = next(_batches(posed, some))
        parts.append(posed.restore(linear.predict(X).reshape(len(some), windows.steps, -1), some))
    return np.concatenate(parts)
