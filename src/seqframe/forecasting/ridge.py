"""Ridge regression from the inputs of a window to its targets: the linear baseline of every comparison."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.data.dataset import SequenceDataset
from seqframe.data.windows import Array, Floats, Windows
from seqframe.forecasting.fitted import Fitted
from seqframe.training.ridge import PENALTIES, RidgeModel, fit_ridge, select_ridge


def fit_ridge_forecast(dataset: SequenceDataset, seasons: tuple[int, ...]) -> Fitted:
    """Direct ridge regression from all inputs of a window to all its targets.

    It is fitted to the training windows with several penalties; the one with the smallest squared error on the
    validation windows is selected.
    """
    model = fit_linear(dataset)
    return {"weights": model.weights, "intercept": model.intercept}


def predict_ridge_forecast(fitted: Fitted, dataset: SequenceDataset, windows: Windows) -> Floats:
    """Predictions of a fitted ridge regression: (windows, horizon, targets), physical units."""
    return predict_linear(RidgeModel(0.0, fitted["weights"], fitted["intercept"]), dataset, windows)


def fit_linear(dataset: SequenceDataset, max_windows: int | None = None) -> RidgeModel:
    """Ridge regression on the training windows, with the penalty that is best on the validation windows.

    With more than `max_windows` training windows, evenly spaced ones are used.
    """
    stride = 1 if max_windows is None else -(-len(dataset.train) // max_windows)
    train = dataset.train.select(np.arange(0, len(dataset.train), stride)) if stride > 1 else dataset.train
    models = fit_ridge(_ridge_batches(dataset, train), PENALTIES)
    if not len(dataset.validation):
        return models[len(models) // 2]
    return select_ridge(models, _ridge_batches(dataset, dataset.validation))


def predict_linear(model: RidgeModel, dataset: SequenceDataset, windows: Windows) -> Floats:
    """Predictions of the given windows: (windows, horizon, targets), physical units."""
    parts = []
    for batch in windows.batches():
        inputs = dataset.scaled.split_inputs(dataset.scaled.window_inputs(batch)[0])
        predictions = model.predict(linear_inputs(inputs, dataset.n_calendar).astype(np.float64))
        normalized = dataset.scaled.merge_targets(predictions.reshape(len(inputs), batch.steps, -1))
        parts.append(dataset.restore(normalized, batch))
    return np.concatenate(parts)


def linear_inputs(inputs: Array, n_calendar: int) -> Array:
    """Inputs of a linear model: windows (windows, lookback, features) -> (windows, inputs).

    Calendar features, the last `n_calendar` columns, are taken from the last row only: those of the other rows are
    linear functions of them.
    """
    windows, _, features = inputs.shape
    others = inputs[..., : features - n_calendar].reshape(windows, -1)
    return np.concatenate([others, inputs[:, -1, features - n_calendar :]], axis=1) if n_calendar else others


def _ridge_batches(dataset: SequenceDataset, windows: Windows) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Batches of X (windows, inputs) and y (windows, horizon * targets), normalized."""
    for batch in windows.batches():
        inputs, stats = dataset.scaled.window_inputs(batch)
        targets = dataset.scaled.split_targets(dataset.scaled.window_targets(batch, stats))
        yield (
            linear_inputs(dataset.scaled.split_inputs(inputs), dataset.n_calendar).astype(np.float64),
            targets.reshape(len(targets), -1).astype(np.float64),
        )
