"""Ridge regression from the inputs of a window to its targets: the linear baseline of every comparison."""

import numpy as np

from seqframe.data.dataset import SequenceDataset
from seqframe.data.windows import Array, Floats, Windows
from seqframe.forecasting.fitted import Fitted
from seqframe.forecasting.predict import forecast
from seqframe.framings.base import Framing
from seqframe.framings.blocks import rnn_sequences, time_distributed_head
from seqframe.framings.dataset import frame_samples
from seqframe.training.limits import MAX_LINEAR_WINDOWS
from seqframe.training.linear_layouts import linear_layouts
from seqframe.training.linear_map import fit_linear_map

WINDOW = Framing(
    "window", "One sample is one window.", "b t f -> b t f", "b t f -> b t f", rnn_sequences, time_distributed_head
)


def fit_ridge_forecast(dataset: SequenceDataset, seasons: tuple[int, ...]) -> Fitted:
    """Direct ridge regression from all inputs of a window to all its targets, or series by series.

    It is fitted to the training windows; the penalty, and whether each target is predicted from its own past alone, are
    selected by the squared error on the validation windows.
    """
    weights, intercept = fit_linear(dataset)
    return {"weights": weights, "intercept": intercept}


def predict_ridge_forecast(fitted: Fitted, dataset: SequenceDataset, windows: Windows) -> Floats:
    """Predictions of a fitted ridge regression: (windows, horizon, targets), physical units."""
    return predict_linear((fitted["weights"], fitted["intercept"]), dataset, windows)


def fit_linear(
    dataset: SequenceDataset, max_windows: int = MAX_LINEAR_WINDOWS, by_series: bool = False
) -> tuple[Floats, Floats]:
    """Kernel (inputs, outputs) and bias (outputs,) from flattened windows to their targets, normalized.

    With `by_series`, several targets are predicted from their own past only, which is faster to fit.
    """
    train, validation = (frame_samples(dataset, WINDOW, windows) for windows in (dataset.train, dataset.validation))
    layouts = linear_layouts(dataset, WINDOW)
    found = fit_linear_map(train, validation, layouts[-1:] if by_series else layouts, max_windows)
    return found.kernel, found.bias


def predict_linear(model: tuple[Floats, Floats], dataset: SequenceDataset, windows: Windows) -> Floats:
    """Forecasts of a linear model: (windows, horizon, targets), physical units."""
    kernel, bias = model

    def predict(X: Array) -> Array:
        flat = X.reshape(len(X), -1).astype(np.float64) @ kernel + bias
        return flat.reshape(len(X), windows.steps, -1)

    return forecast(predict, WINDOW, dataset, windows)
