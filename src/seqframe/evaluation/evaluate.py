"""Evaluation of one network: every framing is scored on the same rows, in physical units."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.dataset import TRAIN, SequenceDataset
from seqframe.data.time_index import SEQUENCE
from seqframe.data.windows import Windows
from seqframe.evaluation.metrics import compute_metrics
from seqframe.forecasting.baselines import SEQUENCES, baseline_label, baselines_of
from seqframe.framings import Framing
from seqframe.framings.dataset import frame_arrays, unframe_predictions

Scores = dict[str, dict[str, float]]  # split -> metric -> value
PredictFn = Callable[[NDArray[Any]], NDArray[Any]]  # X -> an array shaped like y


def evaluate(predict: PredictFn, framing: Framing, dataset: SequenceDataset) -> tuple[pd.DataFrame, Scores]:
    """All predicted and actual values, one per row, and the metrics of each split, in physical units."""
    tables, scores = [], {}
    for split, windows in dataset.splits():
        X, _ = frame_arrays(dataset, framing, windows)
        y_pred = unframe_predictions(predict(X), dataset, framing, windows)
        y_true = dataset.actuals(windows)
        tables.append(tabulate_predictions(y_true, y_pred, dataset, windows).assign(split=split))
        scores[split] = compute_metrics(y_true, y_pred)
    return pd.concat(tables, ignore_index=True), scores


def tabulate_predictions(
    y_true: NDArray[np.float64], y_pred: NDArray[np.float64], dataset: SequenceDataset, windows: Windows
) -> pd.DataFrame:
    """One row per predicted value: its window, its step in the window (from 1), and the name of its row.

    Both arrays are (windows, steps, targets), in physical units.
    """
    count, steps, targets = y_true.shape
    rows = np.repeat(windows.targets.reshape(-1), targets)
    index = dataset.df.index
    has_sequences = SEQUENCE in index.names
    names = index.get_level_values(-1)
    return pd.DataFrame(
        {
            "sequence": index.get_level_values(SEQUENCE).to_numpy()[rows] if has_sequences else 0,
            "window": np.repeat(np.arange(count), steps * targets),
            "step": np.tile(np.repeat(np.arange(1, steps + 1), targets), count),
            "row": names.to_numpy()[rows],
            "column": np.tile(dataset.targets, count * steps),
            "actual": y_true.reshape(-1),
            "prediction": y_pred.reshape(-1),
            "error": (y_pred - y_true).reshape(-1),
        }
    )


def format_first_sequence(predictions: pd.DataFrame, max_values: int = 8) -> str:
    """The predictions of the first training window and column, to one decimal, as the tutorial prints them."""
    train = predictions[predictions["split"] == TRAIN]
    first = train[(train["window"] == 0) & (train["column"] == train["column"].iloc[0])]
    values = [f"{round(value, 1) + 0.0:.1f}" for value in first["prediction"]]  # + 0.0 turns -0.0 into 0.0
    return " ".join(values[:max_values]) + (" …" if len(values) > max_values else "")


def score_baselines(dataset: SequenceDataset) -> dict[str, Scores]:
    """Metrics of all baselines of the task on the rows that networks are scored on, by label, in physical units."""
    scores: dict[str, Scores] = {}
    for baseline in baselines_of(SEQUENCES, dataset.task):
        fitted = baseline.fit(dataset, ())
        scores[baseline_label(baseline)] = {
            split: compute_metrics(dataset.actuals(windows), baseline.predict(fitted, dataset, windows))
            for split, windows in dataset.splits()
        }
    return scores
