"""Seqframe trains networks of many_to_one on all windows of a series.

    python -m benchmarks.workers.training_seqframe series.npy 96 12 32 32 3

The arguments are the file of the series and numbers: lookback, horizon, units, batch size and networks. A unit of work
is an epoch of all networks. The time includes making the windows, and building the networks.
"""

import json

import numpy as np

from benchmarks.problem import find_framing, read_tutorial
from benchmarks.workers.loop import Work, serve
from seqframe.config import ModelSettings, TrainingSettings
from seqframe.networks.backend import keras, tf
from seqframe.networks.build import init_network
from seqframe.networks.spec import NetworkState
from seqframe.training.losses import MSE
from seqframe.training.problem import Problem
from seqframe.training.samples import ArraySamples
from seqframe.training.together import SeedGroup, train_together

RATE = 0.001


def build(path: str, *sizes: str) -> tuple[Work, str]:
    """The training of some networks, after one epoch, and its description."""
    series = np.load(path)
    lookback, horizon, units, batch, count = map(int, sizes)
    seeds = range(count)
    given = read_tutorial()["training"]
    given |= {"batch_size": batch, "learning_rate": RATE, "shuffle": True, "backend": "auto", "patience": None}

    def train(epochs: int) -> tuple[NetworkState, float, int]:
        windows = np.lib.stride_tricks.sliding_window_view(series, lookback + horizon)
        X, y = windows[:, :lookback, None].copy(), windows[:, lookback:].copy()
        spec = find_framing("many_to_one").make_spec(X, y, ModelSettings(units=units), len(X))
        training = TrainingSettings.model_validate({**given, "epochs": epochs})
        problem = Problem(ArraySamples(X, y), training, None, None, MSE)
        group = SeedGroup([init_network(spec, seed) for seed in seeds], problem, seeds, [""] * count)
        (fits,) = train_together([group])
        return fits[0][0], max(history.losses[-1] for _, history in fits), -(-len(X) // batch)

    def work(epochs: int) -> float:
        return train(epochs)[1]

    network, _, updates = train(1)
    version = f"TensorFlow {tf.__version__}, Keras {keras.__version__}"
    parameters = sum(weights.size for weights in network.weights)
    return work, json.dumps({"version": version, "parameters": parameters, "updates": updates})


if __name__ == "__main__":
    serve(build)
