"""One process trains many networks: the loop of one serves the next, also where it has other data."""

import numpy as np
import pytest

from seqframe.config import TrainingSettings
from seqframe.networks.build import init_network
from seqframe.networks.spec import LSTM, Dense, NetworkSpec
from seqframe.training.loop import get_trainer
from seqframe.training.trainer import train

PLAN = NetworkSpec("test", (3, 2), (LSTM(5),), Dense(1))
TRAINING = TrainingSettings(epochs=4, batch_size=8, learning_rate=0.01, seed=0, n_seeds=1)


def losses(samples: int) -> tuple[float, ...]:
    X = np.random.default_rng(samples).normal(size=(samples, 3, 2)).astype(np.float32)
    return train(init_network(PLAN, 0), X, X[:, 0, :1], TRAINING)[1].losses


@pytest.mark.slow
def test_the_same_plan_and_batch_size_with_other_numbers_of_samples() -> None:
    one_after_the_other = [losses(samples) for samples in (19, 33, 8)]
    afresh = []
    for samples in (19, 33, 8):
        get_trainer.cache_clear()
        afresh.append(losses(samples))
    assert one_after_the_other == afresh
