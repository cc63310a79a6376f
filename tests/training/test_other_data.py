"""One compiled graph trains several networks with different numbers of samples."""

import numpy as np
import pytest

from seqframe.config import TrainingSettings
from seqframe.networks.build import init_network
from seqframe.networks.recurrent_layers import LSTM
from seqframe.networks.spec import Dense, NetworkSpec
from seqframe.training.loop import LoopConfig, get_trainer
from seqframe.training.trainer import train

SPEC = NetworkSpec("test", (3, 2), (LSTM(5),), Dense(1))
TRAINING = TrainingSettings(epochs=4, batch_size=8, learning_rate=0.01, seed=0, n_seeds=1)


def losses(samples: int) -> tuple[float, ...]:
    X = np.random.default_rng(samples).normal(size=(samples, 3, 2)).astype(np.float32)
    return train(init_network(SPEC, 0), X, X[:, 0, :1], TRAINING)[1].losses


@pytest.mark.slow
def test_one_graph_for_all_numbers_of_samples() -> None:
    get_trainer.cache_clear()
    one_after_the_other = [losses(samples) for samples in (19, 33, 8)]
    assert get_trainer.cache_info().currsize == 1
    trainer = get_trainer(SPEC, LoopConfig(shuffle=False, patience=0, validated=False))
    assert trainer._graph.run_epochs.experimental_get_tracing_count() == 1
    again = []
    for samples in (19, 33, 8):
        get_trainer.cache_clear()
        again.append(losses(samples))
    assert one_after_the_other == again
