"""One process trains many networks: the loop of one serves the next, also where it has other data."""

import numpy as np
import pytest

from seqframe.config import Training
from seqframe.network import draw_network
from seqframe.plan import Dense, Plan, Recurrent
from seqframe.training import train
from seqframe.training.runner import runner_for

PLAN = Plan("test", (3, 2), (Recurrent(5, every_step=False),), Dense(1))
TRAINING = Training(epochs=4, batch_size=8, learning_rate=0.01, seed=0, seeds=1)


def losses(samples: int) -> tuple[float, ...]:
    X = np.random.default_rng(samples).normal(size=(samples, 3, 2)).astype(np.float32)
    return train(draw_network(PLAN, 0), X, X[:, 0, :1], TRAINING)[1].losses


@pytest.mark.slow
def test_the_same_plan_and_batch_size_with_other_numbers_of_samples() -> None:
    one_after_the_other = [losses(samples) for samples in (19, 33, 8)]
    afresh = []
    for samples in (19, 33, 8):
        runner_for.cache_clear()
        afresh.append(losses(samples))
    assert one_after_the_other == afresh
