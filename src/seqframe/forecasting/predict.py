"""Forecasts of a network: direct, or recursive, where each prediction becomes the next input.

A network of quantiles forecasts the median, and its distances to the lowest and to the highest quantile.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from seqframe.data.dataset import SequenceDataset
from seqframe.data.windows import Array, Floats, Windows
from seqframe.framings import Framing
from seqframe.framings.dataset import window_predictions

PredictFn = Callable[[Array], Array]  # X -> an array shaped like y


def forecast(predict_fn: PredictFn, framing: Framing, dataset: SequenceDataset, windows: Windows) -> Floats:
    """Forecasts of the given windows: (windows, horizon, targets), physical units."""
    if not framing.recursive:
        values: Floats = _forecast_direct(predict_fn, framing, dataset, windows)[0]
        return values
    with np.errstate(over="ignore", invalid="ignore"):  # a diverged network shows in the scores
        batches = windows.batches()
        return np.concatenate([_forecast_recursive(predict_fn, framing, dataset, batch) for batch in batches])


def forecast_tails(
    predict_fn: PredictFn,
    framing: Framing,
    dataset: SequenceDataset,
    windows: Windows,
    quantiles: tuple[float, ...] = (),
) -> tuple[Floats, Floats | None]:
    """Forecasts (windows, horizon, targets) and their tails (2, windows, horizon, targets), physical units.

    The tails are the median minus the lowest quantile, and the highest quantile minus the median; None without
    quantiles. Quantiles that cross are sorted: Chernozhukov, Fernandez-Val and Galichon, "Quantile and probability
    curves without crossing", Econometrica 78 (2010).
    """
    if not quantiles:
        return forecast(predict_fn, framing, dataset, windows), None
    ordered = np.sort(_forecast_direct(predict_fn, framing, dataset, windows, len(quantiles)), axis=0)
    median = ordered[quantiles.index(0.5)]
    return median, np.stack([median - ordered[0], ordered[-1] - median])


def _forecast_direct(
    predict_fn: PredictFn, framing: Framing, dataset: SequenceDataset, windows: Windows, count: int = 1
) -> Floats:
    """Predict all horizon steps at once, `count` values for each target: (count, windows, horizon, targets)."""
    forecasts, scaled, end = np.empty((count, len(windows), windows.steps, len(dataset.targets))), dataset.scaled, 0
    with np.errstate(over="ignore", invalid="ignore"):
        for batch in windows.batches():
            start, end = end, end + len(batch)
            outputs = predict_fn(framing.to_inputs(scaled.split_inputs(scaled.window_inputs(batch)[0])))
            for number in range(count):
                values = window_predictions(outputs[..., number::count], scaled, framing, len(batch), batch.steps)
                forecasts[number, start:end] = dataset.restore(values, batch)
    return forecasts


def _forecast_recursive(predict_fn: PredictFn, framing: Framing, dataset: SequenceDataset, windows: Windows) -> Floats:
    """Predict one row at a time and append it to the inputs: (windows, horizon, targets), physical units.

    The window keeps its length, and its running statistics are computed again. If every row is a sample of its own,
    only the last row is predicted.
    """
    scaled, count, lookback = dataset.with_norm(dataset.task.recursive_norm).scaled, len(windows), windows.lookback
    rows = scaled.raw_inputs(replace(windows, first_target=1, steps=lookback))  # (windows, lookback, features)
    past_features = dataset.features[: len(dataset.features) - dataset.n_future]
    positions = [dataset.targets.index(name) for name in past_features]
    rows_are_samples = not framing.stateful and len(framing.to_inputs(rows[:1])) == lookback
    n_inputs = 1 if rows_are_samples else lookback
    steps: list[Array] = []
    for step in range(windows.first_target - lookback + windows.steps):  # the gap, then the horizon
        inputs, stats = scaled.normalize_running(rows)
        X = framing.to_inputs(scaled.split_inputs(inputs[:, -n_inputs:]))
        predictions = window_predictions(predict_fn(X), scaled, framing, count, n_inputs)
        last = stats.at(slice(-1, None)).select(scaled.target_positions).denormalize(predictions[:, -1:])
        steps.append(last[:, 0])  # (windows, targets)
        next_rows = np.minimum(windows.starts() + lookback + step + 1, len(scaled.features) - 1)
        future = scaled.features[next_rows, len(positions) :]  # future covariates, one row ahead: (windows, n_future)
        row = np.concatenate([last[:, 0, positions], future], axis=1)[:, None]
        rows = np.concatenate([rows[:, 1:], row.astype(rows.dtype)], axis=1)
    return dataset.unscale(np.stack(steps[-windows.steps :], axis=1), windows)
