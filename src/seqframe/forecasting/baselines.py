"""Baselines: forecasts that every score is compared with. A baseline is a model with fit and predict.

To add a baseline, write a `Baseline` record and list it in `BASELINES`; it then appears in the leaderboard, the
terminal, the report, MLflow and the documentation. Installed packages add baselines through the entry point group
`seqframe.baselines`.

A history is (origins, lookback, targets), and its last row is the forecast origin; a forecast is (origins, horizon,
targets), and its first row is `gap` + 1 rows after the origin. All values are in physical units.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.config import TaskSettings
from seqframe.config.plugins import load_entry_points
from seqframe.data.dataset import SequenceDataset
from seqframe.data.windows import Floats, Windows, take_rows
from seqframe.errors import UserError
from seqframe.tasks import find_task

SEQUENCES, BACKTEST = "sequences", "backtest"  # where a baseline or metric is used: single networks, or a backtest
PENALTIES = tuple(10.0**power for power in range(-6, 3))  # of ridge regression, relative to the mean input variance


@dataclass(frozen=True)
class FittedBaseline:
    """A fitted baseline.

    Attributes:
        predict: Windows -> predictions (windows, steps, targets), in physical units.
        parameters: Number of fitted parameters.
    """

    predict: Callable[[Windows], Floats]
    parameters: int = 0


@dataclass(frozen=True)
class Baseline:
    """A baseline: a name, how it is fitted, and the tasks it applies to.

    Attributes:
        name: Name in tables, charts and MLflow.
        title: Name in sentences, such as "ridge regression".
        caption: One sentence for the documentation.
        fit: (dataset, season) -> the fitted baseline. It may read the training and validation windows; the season is in
            rows, 1 where none was found.
        applies: (task, season) -> whether the baseline can predict the task.
        used_in: `SEQUENCES` (compared with single networks), `BACKTEST` or both.
        learned: Whether parameters are fitted. The naive baselines have none; skill is relative to the best of them.
    """

    name: str
    title: str
    caption: str
    fit: Callable[[SequenceDataset, int], FittedBaseline]
    applies: Callable[[TaskSettings, int], bool]
    used_in: tuple[str, ...] = (BACKTEST,)
    learned: bool = False


def persistence(history: Floats, horizon: int) -> Floats:
    """The last value of the history, at every forecast step."""
    return np.repeat(history[:, -1:], horizon, axis=1)


def seasonal_naive(history: Floats, season: int, horizon: int, gap: int = 0) -> Floats:
    """The value one season earlier, or as many whole seasons earlier as needed to be inside the history.

    >>> history = np.arange(5.0).reshape(1, 5, 1)  # rows 0 to 4
    >>> seasonal_naive(history, season=3, horizon=4, gap=1)[0, :, 0].tolist()  # rows 6, 7, 8, 9
    [3.0, 4.0, 2.0, 3.0]

    Raises:
        UserError: The history is shorter than a season.
    """
    lookback = history.shape[1]
    if lookback < season:
        raise UserError(
            f"The seasonal naive forecast needs a history of one season. Received: lookback={lookback}, "
            f"season={season}. Raise `task.lookback`."
        )
    rows_after = gap + np.arange(horizon)  # rows after the first row behind the origin
    return history[:, lookback - season + rows_after % season]


def drift(history: Floats, horizon: int, gap: int = 0) -> Floats:
    """The straight line through the first and the last value of the history, extrapolated.

    Source: Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition (2021), section 5.2.

    >>> drift(np.array([[[1.0], [9.0], [5.0]]]), horizon=2, gap=1)[0, :, 0].tolist()  # 5 + 2 * 2, 5 + 3 * 2
    [9.0, 11.0]

    Raises:
        UserError: The history is one row, which has no slope.
    """
    lookback = history.shape[1]
    if lookback < 2:
        raise UserError(
            "The drift forecast needs a history of two rows. Received: lookback=1. Raise `task.lookback` to 2."
        )
    slope = (history[:, -1:] - history[:, :1]) / (lookback - 1)  # (origins, 1, targets)
    rows_ahead = gap + 1 + np.arange(horizon)[:, None]  # (horizon, 1)
    line: Floats = history[:, -1:] + slope * rows_ahead
    return line


Batches = Iterable[tuple[Floats, Floats]]  # X (rows, inputs), y (rows, outputs)


@dataclass(frozen=True)
class RidgeModel:
    """Linear model X @ weights + intercept, with weights (inputs, outputs) and intercept (outputs,)."""

    penalty: float
    weights: Floats
    intercept: Floats

    def predict(self, X: Floats) -> Floats:
        """(rows, inputs) -> (rows, outputs)."""
        return X @ self.weights + self.intercept


def fit_ridge(batches: Batches, penalties: Sequence[float]) -> list[RidgeModel]:
    """Fit one ridge regression per penalty in one pass over the batches; only one batch is in memory at a time.

    Penalties are relative to the mean variance of the inputs, which should be scaled; the intercept is not penalized.
    Duplicate inputs share their weight.

    Source: Hoerl & Kennard, "Ridge regression", Technometrics 12 (1970).
    """
    gram, cross, x_mean, y_mean = _moments(batches)
    values, vectors = np.linalg.eigh(gram)  # once, for all penalties
    values = np.maximum(values, 0)
    # Without a penalty, directions in which the inputs do not vary get no weight, as in numpy.linalg.lstsq.
    varies = values > len(values) * np.finfo(np.float64).eps * values[-1]
    rotated = vectors.T @ cross  # (inputs, outputs)
    fitted = []
    for penalty in penalties:
        divisor = np.where(varies, values + penalty * values.mean(), np.inf)
        weights = vectors @ (rotated / divisor[:, None])
        fitted.append(RidgeModel(penalty, weights, y_mean - x_mean @ weights))
    return fitted


def select_ridge(candidates: Sequence[RidgeModel], batches: Batches) -> RidgeModel:
    """The candidate with the smallest squared error on validation batches; NaN in y is excluded."""
    errors = np.zeros(len(candidates))
    for X, y in batches:
        errors += [np.nansum((each.predict(X) - y) ** 2) for each in candidates]
    return candidates[int(np.argmin(errors))]


def _moments(batches: Batches) -> tuple[Floats, Floats, Floats, Floats]:
    """Centered sums of products X'X (inputs, inputs) and X'y (inputs, outputs), and the means of X and y.

    Raises:
        ValueError: There are no batches.
    """
    batches = iter(batches)
    first = next(batches, None)
    if first is None:
        raise ValueError("Ridge regression needs at least one batch of rows. Received: none.")
    # Relative to the mean of the first batch: a large mean would cost digits.
    x_shift, y_shift = (np.asarray(each, np.float64).mean(axis=0) for each in first)
    rows, x_sum, y_sum = 0, np.zeros(len(x_shift)), np.zeros(len(y_shift))
    gram, cross = np.zeros((len(x_shift), len(x_shift))), np.zeros((len(x_shift), len(y_shift)))
    for X, y in chain([first], batches):
        x, z = X - x_shift, y - y_shift
        gram += x.T @ x
        cross += x.T @ z
        x_sum += x.sum(axis=0)
        y_sum += z.sum(axis=0)
        rows += len(X)
    x_mean, y_mean = x_sum / rows, y_sum / rows
    gram -= rows * np.outer(x_mean, x_mean)
    cross -= rows * np.outer(x_mean, y_mean)
    return gram, cross, x_shift + x_mean, y_shift + y_mean


def fit_ridge_forecast(dataset: SequenceDataset, season: int) -> FittedBaseline:
    """Direct ridge regression from all inputs of a window to all its targets.

    It is fitted to the training windows, with and without instance normalization and with several penalties. The model
    with the smallest error on the validation windows is selected, so that networks are compared with a strong baseline.
    """
    candidates = []
    plain, normalized = (
        replace(dataset, task=dataset.task.model_copy(update={"instance_norm": kind})) for kind in ("none", "mean")
    )
    scale = plain.window_scale(plain.validation)  # (origins, 1, targets): all targets and series count alike
    for view in (plain, normalized):
        models = fit_ridge(_ridge_batches(view, view.train), PENALTIES)
        selected = select_ridge(models, _ridge_batches(view, view.validation))
        y_pred = np.concatenate([_predict_ridge(selected, view, batch) for batch in view.validation.batches()])
        error = float(np.nanmean(((y_pred - view.actuals(view.validation)) / scale) ** 2))
        candidates.append((error, selected, view))
    _, model, view = min(candidates, key=lambda candidate: candidate[0])
    return FittedBaseline(
        lambda windows: _predict_ridge(model, view, windows), model.weights.size + model.intercept.size
    )


def _ridge_batches(dataset: SequenceDataset, windows: Windows) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Batches of X (windows, lookback * features) and y (windows, horizon * targets), scaled."""
    for batch in windows.batches():
        inputs, stats = dataset.scaled.window_inputs(batch)
        yield (
            inputs.reshape(len(batch), -1).astype(np.float64),
            dataset.scaled.window_targets(batch, stats).reshape(len(batch), -1).astype(np.float64),
        )


def _predict_ridge(model: RidgeModel, dataset: SequenceDataset, windows: Windows) -> Floats:
    """Predictions of one batch of windows: (windows, horizon, targets), physical units."""
    inputs, _ = dataset.scaled.window_inputs(windows)
    X = inputs.reshape(len(windows), -1).astype(np.float64)
    return dataset.restore(model.predict(X).reshape(len(windows), windows.steps, -1), windows)


def fit_mean(dataset: SequenceDataset, season: int) -> FittedBaseline:
    """Mean of each target over the training rows, predicted for every row."""
    values = dataset.df[dataset.targets].to_numpy(np.float64)  # (rows, targets)
    mean = values[np.unique(dataset.train.targets)].mean(axis=0)  # (targets,)
    return FittedBaseline(lambda windows: np.broadcast_to(mean, (len(windows), windows.steps, len(mean))))


def fit_persistence(dataset: SequenceDataset, season: int) -> FittedBaseline:
    """The last available value: the last row of the history, or for `next_step` the row before each target."""
    if dataset.task.kind == "next_step":
        values = dataset.df[dataset.targets].to_numpy(np.float64)
        return FittedBaseline(
            lambda windows: take_rows(values, windows.starts() + windows.first_target - 1, windows.steps)
        )
    return FittedBaseline(lambda windows: persistence(dataset.past_targets(windows), windows.steps))


def fit_seasonal_naive(dataset: SequenceDataset, season: int) -> FittedBaseline:
    """The value one season earlier."""
    gap = dataset.task.gap
    return FittedBaseline(lambda windows: seasonal_naive(dataset.past_targets(windows), season, windows.steps, gap))


def fit_drift(dataset: SequenceDataset, season: int) -> FittedBaseline:
    """The line through the first and the last value of the history."""
    gap = dataset.task.gap
    return FittedBaseline(lambda windows: drift(dataset.past_targets(windows), windows.steps, gap))


MEAN = Baseline(
    name="mean",
    title="training mean",
    caption="Mean of the training rows.",
    fit=fit_mean,
    applies=lambda task, season: find_task(task.kind).baseline == "mean",
    used_in=(SEQUENCES,),
)
PERSISTENCE = Baseline(
    name="persistence",
    title="persistence",
    caption="Last value of the history, at every forecast step.",
    fit=fit_persistence,
    applies=lambda task, season: find_task(task.kind).baseline == "persistence",
    used_in=(SEQUENCES, BACKTEST),
)
SEASONAL_NAIVE = Baseline(
    name="seasonal naive",
    title="seasonal naive",
    caption="Value one season earlier, where a season was found and fits into the lookback.",
    fit=fit_seasonal_naive,
    applies=lambda task, season: 1 < season <= (task.lookback or 0),
)
DRIFT = Baseline(
    name="drift",
    title="drift",
    caption="Line through the first and the last value of the history, extrapolated.",
    fit=fit_drift,
    applies=lambda task, season: (task.lookback or 0) > 1,
)
RIDGE = Baseline(
    name="ridge",
    title="ridge regression",
    caption="Direct ridge regression on the inputs of a window; penalty and normalization selected on validation data.",
    fit=fit_ridge_forecast,
    applies=lambda task, season: True,
    learned=True,
)

BASELINES: tuple[Baseline, ...] = (
    MEAN,
    PERSISTENCE,
    SEASONAL_NAIVE,
    DRIFT,
    RIDGE,
)


@cache
def _installed_baselines() -> tuple[Baseline, ...]:
    """The baselines of installed packages."""
    return tuple(load_entry_points("seqframe.baselines", Baseline, taken=[baseline.name for baseline in BASELINES]))


def all_baselines() -> tuple[Baseline, ...]:
    """All baselines, listed here or by installed packages."""
    return (*BASELINES, *_installed_baselines())


def baselines_of(use: str, task: TaskSettings, season: int = 1) -> tuple[Baseline, ...]:
    """The baselines used in `SEQUENCES` or `BACKTEST` that apply to a task."""
    return tuple(baseline for baseline in all_baselines() if use in baseline.used_in and baseline.applies(task, season))


def baseline_names(learned: bool | None = None) -> tuple[str, ...]:
    """Names of all baselines, of the naive ones (`learned=False`), or of those with fitted parameters."""
    return tuple(baseline.name for baseline in all_baselines() if learned is None or baseline.learned == learned)


def find_baseline(name: str) -> Baseline:
    """The baseline of a name."""
    return next(baseline for baseline in all_baselines() if baseline.name == name)


def baseline_label(baseline: Baseline) -> str:
    """Name of a baseline in a comparison of framings, such as `baseline (mean)`."""
    return f"baseline ({baseline.name})"


def baseline_prediction(dataset: SequenceDataset, windows: Windows) -> Floats:
    """Predictions of the first baseline of the dataset's task: (windows, steps, targets), physical units."""
    return baselines_of(SEQUENCES, dataset.task)[0].fit(dataset, 1).predict(windows)
