"""Epochs of networks that differ in their seed: by the compiled backend, or by the TensorFlow loop one after the other.

    python -m benchmarks.workers.seeds many_to_many auto 32 lstm

The initial weights are drawn before the first request. A request is a number of epochs of all networks.
"""

from typing import Any

import numpy as np

from benchmarks.problem import find_framing, make_problem, read_tutorial
from benchmarks.workers.loop import Work, serve
from seqframe.config import ModelSettings, TrainingSettings
from seqframe.networks.build import init_network
from seqframe.networks.spec import NetworkSpec
from seqframe.training.losses import MSE
from seqframe.training.problem import Problem
from seqframe.training.samples import ArraySamples, Data
from seqframe.training.together import SeedGroup, train_together, trains_together
from seqframe.training.trainer import train_samples

WINDOWS, VALIDATION, LOOKBACK, HORIZON = 512, 64, 36, 12
TABLE = "table"  # a framing of a table with the defaults of tables: 32 units, batches of 32, dropout, a skip connection


def build(problem: str, backend: str, seeds: str, cell: str) -> tuple[Work, str]:
    """The training of some networks, and its description."""
    spec, data, validation, given = make_table(cell) if problem == TABLE else make_tutorial(problem, cell)
    numbers = range(int(seeds))
    networks = [init_network(spec, seed) for seed in numbers]
    samples, val_samples = ArraySamples(*data), ArraySamples(*validation) if validation else None

    def work(count: int) -> float:
        training = TrainingSettings.model_validate({**given, "epochs": count, "backend": backend})
        whole = Problem(samples, training, val_samples, None, MSE)
        if trains_together(spec, whole):
            (fits,) = train_together([SeedGroup(networks, whole, numbers, [""] * len(networks))])
        else:
            each = [training.model_copy(update={"seed": seed}) for seed in numbers]
            fits = [train_samples(*one, val_samples) for one in zip(networks, [samples] * len(each), each, strict=True)]
        return max(history.losses[-1] for _, history in fits)

    return work, f"{problem}, {backend}, {seeds}, {cell}"


def make_tutorial(name: str, cell: str) -> tuple[NetworkSpec, Data, None, dict[str, Any]]:
    """A framing of the tutorial with its settings."""
    tutorial = read_tutorial()
    length, units = tutorial["data"]["sequence_length"], tutorial["model"]["units"]
    spec, X, y = make_problem(find_framing(name), length, units, cell)
    return spec, (X, y), None, tutorial["training"]


def make_table(cell: str) -> tuple[NetworkSpec, Data, Data, dict[str, Any]]:
    """many_to_one on random windows. Patience is larger than the number of epochs, so that all epochs are trained."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(WINDOWS, LOOKBACK, 1)).astype(np.float32)
    y = rng.normal(size=(WINDOWS, HORIZON)).astype(np.float32)
    model = ModelSettings.model_validate({"cell": cell, "units": 32, "dropout": 0.1, "linear_skip": True})
    spec = find_framing("many_to_one").make_spec(X, y, model, WINDOWS)
    tutorial = {name: value for name, value in read_tutorial()["training"].items() if name != "epochs"}
    training = {**tutorial, "batch_size": 32, "learning_rate": 0.003, "shuffle": True, "patience": 10**6}
    return spec, (X, y), (X[:VALIDATION], y[:VALIDATION]), training


if __name__ == "__main__":
    serve(build, warm=2)
