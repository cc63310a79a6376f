"""NeuralForecast trains networks of LSTM on windows of a series, one after the other.

    python -m benchmarks.workers.training_neuralforecast series.npy 96 12 32 32 3

The arguments are the file of the series and numbers: lookback, horizon, units, batch size and networks. A unit of work
is as many updates of all networks as an epoch has. The library draws the windows of every update at random. The time
includes making the windows, and building the networks.
"""

import json
import logging
import os
import warnings
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import torch  # type: ignore[import-not-found]
from neuralforecast import NeuralForecast  # type: ignore[import-not-found]
from neuralforecast.losses.pytorch import MSE  # type: ignore[import-not-found]
from neuralforecast.models import LSTM  # type: ignore[import-not-found]

from benchmarks.workers.loop import Work, serve


def build(path: str, *sizes: str) -> tuple[Work, str]:
    """The training of some networks, after one epoch, and its description."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    values = np.load(path)
    table = pd.DataFrame({"unique_id": 0, "ds": np.arange(len(values)), "y": values})
    lookback, horizon, units, batch, count = map(int, sizes)
    updates = -(-(len(values) - lookback - horizon + 1) // batch)

    def train(seed: int, epochs: int) -> Any:
        model = LSTM(
            h=horizon,
            input_size=lookback,
            encoder_n_layers=1,
            encoder_hidden_size=units,
            decoder_layers=1,
            loss=MSE(),
            max_steps=epochs * updates,
            learning_rate=0.001,
            windows_batch_size=batch,
            scaler_type="identity",
            random_seed=seed,
            accelerator="cpu",
            enable_progress_bar=False,
            enable_model_summary=False,
            logger=False,
            enable_checkpointing=False,
        )
        forecaster = NeuralForecast([model], freq=1)
        forecaster.fit(table)
        return forecaster.models[0]

    def work(epochs: int) -> float:
        models = [train(seed, epochs) for seed in range(count)]
        return max(float(model.train_trajectories[-1][1]) for model in models)

    first = train(0, 1)
    parameters = sum(each.numel() for each in first.parameters() if each.requires_grad)
    versions = f"NeuralForecast {version('neuralforecast')}, PyTorch {torch.__version__}"
    return work, json.dumps({"version": versions, "parameters": parameters, "updates": len(first.train_trajectories)})


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    serve(build)
