"""From what a network answered to scores: every framing is judged on the same rows, leads and physical units."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.framings import Framing
from seqframe.metrics import score
from seqframe.posing import TRAINING, Posed
from seqframe.problems import SEQUENCE
from seqframe.windows import Windows

Scores = dict[str, dict[str, float]]  # part -> metric -> value
Answer = Callable[[NDArray[Any]], NDArray[Any]]  # X -> an array shaped like y


def evaluate(answer: Answer, framing: Framing, posed: Posed) -> tuple[pd.DataFrame, Scores]:
    """Every predicted value beside its truth, and the scores on each part, in physical units."""
    tables, scores = [], {}
    for part, windows in posed.parts():
        X, _ = posed.frame(framing, windows)
        prediction = posed.read_back(answer(X), framing, windows)
        truth = posed.truth(windows)
        tables.append(tabulate_predictions(truth, prediction, posed, windows).assign(part=part))
        scores[part] = score(truth, prediction)
    return pd.concat(tables, ignore_index=True), scores


def tabulate_predictions(
    truth: NDArray[np.float64], prediction: NDArray[np.float64], posed: Posed, windows: Windows
) -> pd.DataFrame:
    """One line a predicted value, with the window, the step in it (from 1) and the name of the row that it is of.

    Both arrays are (windows, steps, targets), in physical units.
    """
    count, steps, targets = truth.shape
    numbers = np.repeat(windows.targets.reshape(-1), targets)
    index = posed.rows.index
    several = SEQUENCE in index.names
    names = index.get_level_values(-1)
    return pd.DataFrame(
        {
            "sequence": index.get_level_values(SEQUENCE).to_numpy()[numbers] if several else 0,
            "window": np.repeat(np.arange(count), steps * targets),
            "step": np.tile(np.repeat(np.arange(1, steps + 1), targets), count),
            "row": names.to_numpy()[numbers],
            "column": np.tile(posed.targets, count * steps),
            "truth": truth.reshape(-1),
            "prediction": prediction.reshape(-1),
            "error": (prediction - truth).reshape(-1),
        }
    )


def first_sequence(predictions: pd.DataFrame, most: int = 8) -> str:
    """The first window's prediction of the first column, to one decimal, as the tutorial prints it."""
    trained_on = predictions[predictions["part"] == TRAINING]
    first = trained_on[(trained_on["window"] == 0) & (trained_on["column"] == trained_on["column"].iloc[0])]
    values = [f"{round(value, 1) + 0.0:.1f}" for value in first["prediction"]]  # + 0.0 turns -0.0 into 0.0
    return " ".join(values[:most]) + (" …" if len(values) > most else "")
