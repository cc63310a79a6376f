"""From networks to forecasts: all at once, or a row at a time where a framing feeds its answers back."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from seqframe.data.dataset import SequenceDataset
from seqframe.data.windows import Array, Floats, Windows
from seqframe.framings import Framing

PredictFn = Callable[[Array], Array]  # X -> an array shaped like y


def forecast(answer: PredictFn, framing: Framing, dataset: SequenceDataset, windows: Windows) -> Floats:
    """What a network forecasts for some windows: (windows, horizon, targets), physical units."""
    make = _feed_back if framing.recursive else _answer_at_once
    with np.errstate(over="ignore", invalid="ignore"):  # a network may diverge: the scores say so
        return np.concatenate(
            [dataset.restore(make(answer, framing, dataset, some), some) for some in windows.batches()]
        )


def _answer_at_once(answer: PredictFn, framing: Framing, dataset: SequenceDataset, windows: Windows) -> Array:
    """All leads in one answer: (windows, horizon, targets), relative."""
    read, _ = dataset.scaled.window_inputs(windows)
    return framing.from_predictions(
        answer(framing.to_inputs(read)), (len(windows), windows.steps, len(dataset.targets))
    )


def _feed_back(answer: PredictFn, framing: Framing, dataset: SequenceDataset, windows: Windows) -> Array:
    """Answer row by row, each from a window that ends in the answers before: (windows, horizon, targets), relative.

    A window keeps its length and the levels that it was first read relative to. Of a window whose rows are samples of
    their own, the last is enough.
    """
    scaled, count, lookback = dataset.scaled, len(windows), windows.lookback
    read, _ = scaled.window_inputs(replace(windows, first_target=1, steps=lookback))  # (windows, lookback, features)
    targets = [dataset.targets.index(name) for name in dataset.features[: len(dataset.features) - dataset.n_future]]
    alone = not framing.stateful and len(framing.to_inputs(read[:1])) == lookback
    rows_read = 1 if alone else lookback
    leads: list[Array] = []
    for lead in range(windows.first_target - lookback + windows.steps):  # the gap first, then the horizon
        X = framing.to_inputs(read[:, -rows_read:])
        answers = framing.from_predictions(answer(X), (count, rows_read, len(dataset.targets)))
        leads.append(answers[:, -1])  # (windows, targets)
        rows = np.minimum(windows.starts() + lookback + lead + 1, len(scaled.features) - 1)  # known one row ahead
        known = scaled.features[rows, len(targets) :]  # (windows, known)
        row = np.concatenate([answers[:, -1, targets], known], axis=1)[:, None]
        read = np.concatenate([read[:, 1:], row.astype(read.dtype)], axis=1)
    return np.stack(leads[-windows.steps :], axis=1)
