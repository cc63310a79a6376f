"""Ridge regression from the inputs of a window to its targets: the linear baseline of every comparison."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.data.dataset import SequenceDataset
from seqframe.data.windows import Floats, Windows
from seqframe.forecasting.fitted import Fitted

PENALTIES = tuple(10.0**power for power in range(-6, 3))  # relative to the mean variance of the inputs


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


def fit_ridge_forecast(dataset: SequenceDataset, seasons: tuple[int, ...]) -> Fitted:
    """Direct ridge regression from all inputs of a window to all its targets.

    It is fitted to the training windows, with and without instance normalization and with several penalties. The model
    with the smallest error on the validation windows is selected, so that networks are compared with a strong baseline.
    """
    candidates = []
    plain, normalized = (_normalize(dataset, kind) for kind in ("none", "mean"))
    scale = plain.window_scale(plain.validation)  # (origins, 1, targets): all targets and series count alike
    for view in (plain, normalized):
        models = fit_ridge(_ridge_batches(view, view.train), PENALTIES)
        selected = select_ridge(models, _ridge_batches(view, view.validation))
        y_pred = np.concatenate([_predict_ridge(selected, view, batch) for batch in view.validation.batches()])
        error = float(np.nanmean(((y_pred - view.actuals(view.validation)) / scale) ** 2))
        candidates.append((error, selected, view))
    _, model, view = min(candidates, key=lambda candidate: candidate[0])
    norm = np.array(view.task.instance_norm)
    return {"weights": model.weights, "intercept": model.intercept, "instance_norm": norm}


def predict_ridge_forecast(fitted: Fitted, dataset: SequenceDataset, windows: Windows) -> Floats:
    """Predictions of a fitted ridge regression: (windows, horizon, targets), physical units."""
    model = RidgeModel(0.0, fitted["weights"], fitted["intercept"])
    view = _normalize(dataset, str(fitted["instance_norm"]))
    return np.concatenate([_predict_ridge(model, view, batch) for batch in windows.batches()])


def _normalize(dataset: SequenceDataset, kind: str) -> SequenceDataset:
    """The dataset with another instance normalization."""
    return replace(dataset, task=dataset.task.model_copy(update={"instance_norm": kind}))


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
