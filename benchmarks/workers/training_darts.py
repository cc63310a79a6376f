"""Darts trains networks of BlockRNNModel (LSTM) on all windows of a series, one after the other.

    python -m benchmarks.workers.training_darts series.npy 96 12 32 32 3

The arguments are the file of the series and numbers: lookback, horizon, units, batch size and networks. A unit of work
is an epoch of all networks. The time includes making the windows, and building the networks.
"""

import json
import logging
import os
import warnings
from importlib.metadata import version
from typing import Any

import numpy as np
import torch  # type: ignore[import-not-found]
from darts import TimeSeries  # type: ignore[import-not-found]
from darts.models import BlockRNNModel  # type: ignore[import-not-found]

from benchmarks.workers.loop import Work, serve


def build(path: str, *sizes: str) -> tuple[Work, str]:
    """The training of some networks, after one epoch, and its description."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    series = TimeSeries.from_values(np.load(path))
    lookback, horizon, units, batch, count = map(int, sizes)

    def train(seed: int, epochs: int) -> Any:
        model = BlockRNNModel(
            input_chunk_length=lookback,
            output_chunk_length=horizon,
            model="LSTM",
            hidden_dim=units,
            n_rnn_layers=1,
            batch_size=batch,
            n_epochs=epochs,
            optimizer_kwargs={"lr": 0.001},
            random_state=seed,
            save_checkpoints=False,
            pl_trainer_kwargs={
                "accelerator": "cpu",
                "enable_progress_bar": False,
                "enable_model_summary": False,
                "logger": False,
                "enable_checkpointing": False,
            },
        )
        return model.fit(series, verbose=False)

    def work(epochs: int) -> float:
        models = [train(seed, epochs) for seed in range(count)]
        return max(float(model.trainer.callback_metrics["train_loss"]) for model in models)

    first = train(0, 1)
    parameters = sum(each.numel() for each in first.model.parameters() if each.requires_grad)
    about = {"version": f"Darts {version('darts')}, PyTorch {torch.__version__}", "parameters": parameters}
    return work, json.dumps({**about, "updates": int(first.trainer.global_step)})


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    serve(build)
