"""Forecasts of a network: direct, or recursive, where each prediction becomes the next input."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from seqframe.data.dataset import SequenceDataset
from seqframe.data.windows import Array, Floats, Windows
from seqframe.framings import Framing

PredictFn = Callable[[Array], Array]  # X -> an array shaped like y


def forecast(predict_fn: PredictFn, framing: Framing, dataset: SequenceDataset, windows: Windows) -> Floats:
    """Forecasts of the given windows: (windows, horizon, targets), physical units."""
    method = _forecast_recursive if framing.recursive else _forecast_direct
    with np.errstate(over="ignore", invalid="ignore"):  # a diverged network shows in the scores
        return np.concatenate(
            [dataset.restore(method(predict_fn, framing, dataset, batch), batch) for batch in windows.batches()]
        )


def _forecast_direct(predict_fn: PredictFn, framing: Framing, dataset: SequenceDataset, windows: Windows) -> Array:
    """Predict all horizon steps at once: (windows, horizon, targets), instance-normalized."""
    inputs, _ = dataset.scaled.window_inputs(windows)
    predictions = predict_fn(framing.to_inputs(inputs))
    return framing.from_predictions(predictions, (len(windows), windows.steps, len(dataset.targets)))


def _forecast_recursive(predict_fn: PredictFn, framing: Framing, dataset: SequenceDataset, windows: Windows) -> Array:
    """Predict one row at a time and append it to the inputs: (windows, horizon, targets), instance-normalized.

    The window keeps its length and the statistics of its original inputs. If every row is a sample of its own, only
    the last row is predicted.
    """
    scaled, count, lookback = dataset.scaled, len(windows), windows.lookback
    inputs, _ = scaled.window_inputs(replace(windows, first_target=1, steps=lookback))  # (windows, lookback, features)
    past_features = dataset.features[: len(dataset.features) - dataset.n_future]
    positions = [dataset.targets.index(name) for name in past_features]
    rows_are_samples = not framing.stateful and len(framing.to_inputs(inputs[:1])) == lookback
    n_inputs = 1 if rows_are_samples else lookback
    steps: list[Array] = []
    for step in range(windows.first_target - lookback + windows.steps):  # the gap, then the horizon
        X = framing.to_inputs(inputs[:, -n_inputs:])
        predictions = framing.from_predictions(predict_fn(X), (count, n_inputs, len(dataset.targets)))
        steps.append(predictions[:, -1])  # (windows, targets)
        next_rows = np.minimum(windows.starts() + lookback + step + 1, len(scaled.features) - 1)
        future = scaled.features[next_rows, len(positions) :]  # future covariates, one row ahead: (windows, n_future)
        row = np.concatenate([predictions[:, -1, positions], future], axis=1)[:, None]
        inputs = np.concatenate([inputs[:, 1:], row.astype(inputs.dtype)], axis=1)
    return np.stack(steps[-windows.steps :], axis=1)
