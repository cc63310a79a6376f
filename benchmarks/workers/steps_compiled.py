"""Training steps in Seqframe's compiled backend: whole epochs of one network without TensorFlow's graph.

    python -m benchmarks.workers.steps_compiled seqframe 32 20 32

An epoch has one batch, so that an epoch is a step.
"""

from typing import Any

import numpy as np

from benchmarks.problem import find_framing, settings
from benchmarks.workers.loop import Work, serve
from seqframe.config import ModelSettings
from seqframe.networks.backend import keras, tf
from seqframe.networks.build import init_network
from seqframe.networks.spec import NetworkSpec
from seqframe.training.compiled import CompiledTrainer
from seqframe.training.losses import MSE
from seqframe.training.problem import Problem
from seqframe.training.samples import ArraySamples
from seqframe.training.together import trains_together


def make_problem(batch: int, steps: int, units: int) -> tuple[NetworkSpec, Problem]:
    """The network of the other contenders, as a framing, and its training."""
    random = np.random.default_rng(0)
    X, y = (random.standard_normal((batch, steps, 1)).astype(np.float32) for _ in range(2))
    spec = find_framing("many_to_many").make_spec(X, y, ModelSettings(units=units))
    training = settings(1).model_copy(update={"backend": "auto", "batch_size": batch})
    return spec, Problem(ArraySamples(X, y), training, None, None, MSE)


def supports(batch: int, steps: int, units: int) -> bool:
    """Whether `training.backend=auto` trains the network by compiled code."""
    return trains_together(*make_problem(batch, steps, units))


def build(name: str, *sizes: str) -> tuple[Work, str]:
    """The training of one network for (batch, steps, units), and its description."""
    spec, problem = make_problem(*map(int, sizes))
    trainer = CompiledTrainer(spec, problem.config(spec), problem.training, *problem.arrays())
    members: list[Any] = trainer.networks([init_network(spec, 0)], [0])

    def work(count: int) -> float:
        ((losses, _),) = trainer.run(members, count)
        return losses[-1]

    return work, f"TensorFlow {tf.__version__}, Keras {keras.__version__}"


if __name__ == "__main__":
    serve(build, warm=2)
