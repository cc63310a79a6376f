"""Forecasts of who has learnt nothing, from the history of each window alone.

A history is (origins, lookback, targets), its last row the origin; a forecast is (origins, horizon, targets), and its
first row lies `gap` + 1 rows after the origin.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.config import TaskSettings
from seqframe.data.dataset import SequenceDataset
from seqframe.data.windows import Floats, Windows, take_rows
from seqframe.errors import UserError


def persistence(history: Floats, horizon: int) -> Floats:
    """The last value, for every lead, however far away."""
    return np.repeat(history[:, -1:], horizon, axis=1)


def seasonal_naive(history: Floats, season: int, horizon: int, gap: int = 0) -> Floats:
    """The value one season before, or as many whole seasons as it takes to have been read.

    >>> history = np.arange(5.0).reshape(1, 5, 1)  # rows 0 to 4
    >>> seasonal_naive(history, season=3, horizon=4, gap=1)[0, :, 0].tolist()  # rows 6, 7, 8, 9
    [3.0, 4.0, 2.0, 3.0]

    Raises:
        UserError: The history is shorter than a season.
    """
    lookback = history.shape[1]
    if lookback < season:
        raise UserError(
            f"The seasonal naive forecast must read a whole season. Received: lookback={lookback}, season={season}. "
            "Raise `task.lookback`."
        )
    after = gap + np.arange(horizon)  # rows after the first one behind the origin
    return history[:, lookback - season + after % season]


def drift(history: Floats, horizon: int, gap: int = 0) -> Floats:
    """The straight line through the first and the last value of the history, drawn on.

    Source: Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition (2021), section 5.2.

    >>> drift(np.array([[[1.0], [9.0], [5.0]]]), horizon=2, gap=1)[0, :, 0].tolist()  # 5 + 2 * 2, 5 + 3 * 2
    [9.0, 11.0]

    Raises:
        UserError: The history is one row, which has no slope.
    """
    lookback = history.shape[1]
    if lookback < 2:
        raise UserError("The drift forecast needs a slope. Received: lookback=1. Raise `task.lookback`.")
    slope = (history[:, -1:] - history[:, :1]) / (lookback - 1)  # (origins, 1, targets)
    rows_ahead = gap + 1 + np.arange(horizon)[:, None]  # (horizon, 1)
    line: Floats = history[:, -1:] + slope * rows_ahead
    return line


# A linear forecaster: every output is a weighted sum of the inputs. Ridge regression, from batches of windows.

Batches = Iterable[tuple[Floats, Floats]]  # X (rows, inputs), y (rows, outputs)


@dataclass(frozen=True)
class RidgeModel:
    """prediction = X @ weights + intercept; `weights` (inputs, outputs), `intercept` (outputs,)."""

    penalty: float
    weights: Floats
    intercept: Floats

    def predict(self, X: Floats) -> Floats:
        """(rows, inputs) -> (rows, outputs)."""
        return X @ self.weights + self.intercept


def fit_ridge(batches: Batches, penalties: Sequence[float]) -> list[RidgeModel]:
    """Fit one forecaster for each penalty, reading the batches once; no more than one of them is in memory at a time.

    Inputs are scaled, so that one penalty suits all; it is relative to the mean variance of the inputs, and spares the
    intercept. Inputs that say the same twice share the weight.

    Source: Hoerl & Kennard, "Ridge regression", Technometrics 12 (1970).
    """
    gram, cross, x_mean, y_mean = _sum_up(batches)
    values, vectors = np.linalg.eigh(gram)  # once, for all penalties
    values = np.maximum(values, 0)
    # Without a penalty, directions in which the inputs do not vary get no weight, as lstsq does.
    varies = values > len(values) * np.finfo(np.float64).eps * values[-1]
    rotated = vectors.T @ cross  # (inputs, outputs)
    fitted = []
    for penalty in penalties:
        divisor = np.where(varies, values + penalty * values.mean(), np.inf)
        weights = vectors @ (rotated / divisor[:, None])
        fitted.append(RidgeModel(penalty, weights, y_mean - x_mean @ weights))
    return fitted


def select_ridge(candidates: Sequence[RidgeModel], batches: Batches) -> RidgeModel:
    """The candidate with the smallest squared error on rows that it was not fitted to; NaN in y is left out."""
    errors = np.zeros(len(candidates))
    for X, y in batches:
        errors += [np.nansum((each.predict(X) - y) ** 2) for each in candidates]
    return candidates[int(np.argmin(errors))]


def _sum_up(batches: Batches) -> tuple[Floats, Floats, Floats, Floats]:
    """Sums about the means: X'X (inputs, inputs) and X'y (inputs, outputs); and the means of X and y.

    Raises:
        ValueError: There are no batches.
    """
    batches = iter(batches)
    first = next(batches, None)
    if first is None:
        raise ValueError("A linear forecaster is fitted to at least one batch of rows.")
    # Rows are taken relative to the mean of the first batch: digits would be lost to a large one.
    x_near, y_near = (np.asarray(each, np.float64).mean(axis=0) for each in first)
    rows, x_sum, y_sum = 0, np.zeros(len(x_near)), np.zeros(len(y_near))
    gram, cross = np.zeros((len(x_near), len(x_near))), np.zeros((len(x_near), len(y_near)))
    for X, y in chain([first], batches):
        x, z = X - x_near, y - y_near
        gram += x.T @ x
        cross += x.T @ z
        x_sum += x.sum(axis=0)
        y_sum += z.sum(axis=0)
        rows += len(X)
    x_mean, y_mean = x_sum / rows, y_sum / rows
    gram -= rows * np.outer(x_mean, x_mean)
    cross -= rows * np.outer(x_mean, y_mean)
    return gram, cross, x_near + x_mean, y_near + y_mean


# The linear direct forecaster: ridge regression from all that a window has to every value that is asked.

PENALTIES = tuple(10.0**power for power in range(-6, 3))  # relative to the mean square of the inputs


@dataclass(frozen=True)
class RidgeForecasts:
    """Of one fold: (origins, leads, targets), physical units; how many weights, and the seconds that fitting took."""

    test: Floats
    validation: Floats
    parameters: int
    seconds: float


def forecast_ridge(dataset: SequenceDataset) -> RidgeForecasts:
    """Fit on the training windows, as they are and relative to their own levels, with several penalties.

    Of all these the one is taken that is best on the validation rows, so that framings have a strong line to beat.
    """
    started = perf_counter()
    candidates = []
    plain, relative = (
        replace(dataset, task=dataset.task.model_copy(update={"instance_norm": kind})) for kind in ("none", "mean")
    )
    unit = plain.window_scale(plain.validation)  # (origins, 1, targets): all targets and series count alike
    for seen in (plain, relative):
        fitted = fit_ridge(_batches(seen, seen.train), PENALTIES)
        chosen = select_ridge(fitted, _batches(seen, seen.validation))
        validation = _forecast(chosen, seen, seen.validation)
        error = float(np.nanmean(((validation - seen.actuals(seen.validation)) / unit) ** 2))
        candidates.append((error, validation, chosen, seen))
    _, validation, chosen, seen = min(candidates, key=lambda candidate: candidate[0])
    size = chosen.weights.size + chosen.intercept.size
    return RidgeForecasts(_forecast(chosen, seen, seen.test), validation, size, perf_counter() - started)


def _batches(dataset: SequenceDataset, windows: Windows) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """X (windows, lookback * features) and y (windows, horizon * targets), scaled, some windows at a time."""
    for some in windows.batches():
        read, levels = dataset.scaled.window_inputs(some)
        yield (
            read.reshape(len(some), -1).astype(np.float64),
            dataset.scaled.window_targets(some, levels).reshape(len(some), -1).astype(np.float64),
        )


def _forecast(linear: Any, dataset: SequenceDataset, windows: Windows) -> Floats:
    parts = []
    for some in windows.batches():
        X, _ = next(_batches(dataset, some))
        parts.append(dataset.restore(linear.predict(X).reshape(len(some), windows.steps, -1), some))
    return np.concatenate(parts)


# The naive answer that every score is read beside.


def baseline_name(task: TaskSettings) -> str:
    """What the naive answer is called in tables."""
    return "baseline (mean)" if task.kind == "echo" else "baseline (persistence)"


def baseline_prediction(dataset: SequenceDataset, windows: Windows, task: TaskSettings) -> NDArray[np.float64]:
    """The answer of who has learnt nothing: (windows, steps, targets), physical units.

    A forecast repeats the last value that could be had (persistence); an echo, which has its answer before its eyes,
    gives the mean of the rows that were trained on.
    """
    values = dataset.df[dataset.targets].to_numpy(np.float64)  # (rows, targets)
    if task.kind == "echo":
        mean = values[np.unique(dataset.train.targets)].mean(axis=0)  # (targets,)
        return np.broadcast_to(mean, (len(windows), windows.steps, len(mean)))
    if task.kind == "next_step":
        return take_rows(values, windows.starts() + windows.first_target - 1, windows.steps)
    last = values[windows.origins]  # (windows, targets)
    return np.repeat(last[:, None, :], windows.steps, axis=1)
