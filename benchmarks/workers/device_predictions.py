"""Predictions of many_to_one after some epochs on the device that TensorFlow uses: a JSON list, (windows, horizon).

    python -m benchmarks.workers.device_predictions 5

Initial weights and samples do not depend on the device: the predictions of two devices are equal up to rounding.
"""

import json
import sys

import numpy as np

from benchmarks.problem import find_framing, read_tutorial
from seqframe.config import ModelSettings, TrainingSettings
from seqframe.networks.build import init_network, predict
from seqframe.training.trainer import train

ROWS, LOOKBACK, HORIZON, UNITS = 400, 36, 12, 32


def train_and_predict(epochs: int) -> list[list[float]]:
    """Train on all windows of two sines, and predict them."""
    rows = np.arange(ROWS, dtype=np.float32)
    series = (np.sin(rows / 5) + 0.5 * np.sin(rows / 17)).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(series, LOOKBACK + HORIZON)
    X, y = windows[:, :LOOKBACK, None].copy(), windows[:, LOOKBACK:].copy()
    spec = find_framing("many_to_one").make_spec(X, y, ModelSettings(units=UNITS), len(X))
    given = {**read_tutorial()["training"], "epochs": epochs, "batch_size": 32, "backend": "tensorflow"}
    network, _ = train(init_network(spec, seed=0), X, y, TrainingSettings.model_validate(given))
    predictions: list[list[float]] = predict(network, X).tolist()
    return predictions


if __name__ == "__main__":
    print(json.dumps(train_and_predict(int(sys.argv[1]))))
