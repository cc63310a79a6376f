"""From what a network answered back to rows: every framing is judged on the same rows, leads and physical units."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.framings import Framing
from seqframe.scaling import Scaler
from seqframe.windows import Windows


def true_values(rows: pd.DataFrame, columns: list[str], windows: Windows) -> NDArray[np.float64]:
    """What was to be predicted: (windows, steps, targets), physical units."""
    values: NDArray[np.float64] = rows[columns].to_numpy(np.float64)  # (rows, targets)
    return values[windows.targets]


def predicted_values(
    answer: NDArray[Any], framing: Framing, scaler: Scaler, columns: list[str], windows: Windows
) -> NDArray[np.float64]:
    """A network's answer, shaped like y and scaled -> (windows, steps, targets), physical units."""
    shape = (*windows.targets.shape, len(columns))
    return scaler.unscale(framing.unframe(answer, shape), columns)


def tabulate_predictions(
    truth: NDArray[np.float64],
    prediction: NDArray[np.float64],
    rows: pd.DataFrame,
    columns: list[str],
    windows: Windows,
) -> pd.DataFrame:
    """One line a predicted value, with the window, the step in it (from 1) and the name of the row that it is of.

    Both arrays are (windows, steps, targets), in physical units.
    """
    count, steps, targets = truth.shape
    return pd.DataFrame(
        {
            "window": np.repeat(np.arange(count), steps * targets),
            "step": np.tile(np.repeat(np.arange(1, steps + 1), targets), count),
            "row": rows.index.to_numpy()[np.repeat(windows.targets.reshape(-1), targets)],
            "column": np.tile(columns, count * steps),
            "truth": truth.reshape(-1),
            "prediction": prediction.reshape(-1),
            "error": (prediction - truth).reshape(-1),
        }
    )


def first_sequence(predictions: pd.DataFrame, most: int = 8) -> str:
    """The first window's prediction of the first column, to one decimal, as the tutorial prints it."""
    first = predictions[(predictions["window"] == 0) & (predictions["column"] == predictions["column"].iloc[0])]
    values = [f"{round(value, 1) + 0.0:.1f}" for value in first["prediction"]]  # + 0.0 turns -0.0 into 0.0
    return " ".join(values[:most]) + (" …" if len(values) > most else "")
