"""From what a network answered to scores: every framing is judged on the same rows, leads and physical units."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import TaskSettings
from seqframe.data.dataset import TRAIN, SequenceDataset
from seqframe.data.time_index import SEQUENCE
from seqframe.data.windows import Windows
from seqframe.evaluation.metrics import compute_metrics
from seqframe.forecasting.baselines import baseline_prediction
from seqframe.framings import Framing
from seqframe.framings.dataset import frame_arrays, unframe_predictions

Scores = dict[str, dict[str, float]]  # part -> metric -> value
PredictFn = Callable[[NDArray[Any]], NDArray[Any]]  # X -> an array shaped like y


def evaluate(answer: PredictFn, framing: Framing, dataset: SequenceDataset) -> tuple[pd.DataFrame, Scores]:
    """Every predicted value beside its truth, and the scores on each part, in physical units."""
    tables, scores = [], {}
    for part, windows in dataset.splits():
        X, _ = frame_arrays(dataset, framing, windows)
        prediction = unframe_predictions(answer(X), dataset, framing, windows)
        actuals = dataset.actuals(windows)
        tables.append(tabulate_predictions(actuals, prediction, dataset, windows).assign(split=part))
        scores[part] = compute_metrics(actuals, prediction)
    return pd.concat(tables, ignore_index=True), scores


def tabulate_predictions(
    actuals: NDArray[np.float64], prediction: NDArray[np.float64], dataset: SequenceDataset, windows: Windows
) -> pd.DataFrame:
    """One line a predicted value, with the window, the step in it (from 1) and the name of the row that it is of.

    Both arrays are (windows, steps, targets), in physical units.
    """
    count, steps, targets = actuals.shape
    numbers = np.repeat(windows.targets.reshape(-1), targets)
    index = dataset.df.index
    several = SEQUENCE in index.names
    names = index.get_level_values(-1)
    return pd.DataFrame(
        {
            "sequence": index.get_level_values(SEQUENCE).to_numpy()[numbers] if several else 0,
            "window": np.repeat(np.arange(count), steps * targets),
            "step": np.tile(np.repeat(np.arange(1, steps + 1), targets), count),
            "row": names.to_numpy()[numbers],
            "column": np.tile(dataset.targets, count * steps),
            "actual": actuals.reshape(-1),
            "prediction": prediction.reshape(-1),
            "error": (prediction - actuals).reshape(-1),
        }
    )


def format_first_sequence(predictions: pd.DataFrame, most: int = 8) -> str:
    """The first window's prediction of the first column, to one decimal, as the tutorial prints it."""
    trained_on = predictions[predictions["split"] == TRAIN]
    first = trained_on[(trained_on["window"] == 0) & (trained_on["column"] == trained_on["column"].iloc[0])]
    values = [f"{round(value, 1) + 0.0:.1f}" for value in first["prediction"]]  # + 0.0 turns -0.0 into 0.0
    return " ".join(values[:most]) + (" …" if len(values) > most else "")


def score_baseline(dataset: SequenceDataset, task: TaskSettings) -> Scores:
    """Score the naive answer on the rows that the framings are scored on, in physical units."""
    return {
        part: compute_metrics(dataset.actuals(windows), baseline_prediction(dataset, windows, task))
        for part, windows in dataset.splits()
    }
