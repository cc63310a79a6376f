"""Keras layers made of a plan, from both kits that there are."""

import numpy as np
import pytest

from seqframe import layers
from seqframe.backend import keras
from seqframe.network import assemble
from seqframe.plan import Bidirectional, Dense, Plan, Recurrent, TimeDistributed


@pytest.mark.parametrize("cell", ["lstm", "gru", "simple_rnn"])
@pytest.mark.parametrize("every_step", [True, False])
def test_a_layer_that_reads_both_ways_is_the_same_from_either_kit(cell: str, every_step: bool) -> None:
    body = (Bidirectional(Recurrent(5, every_step, cell)),)
    plan = Plan("test", (9, 3), body, TimeDistributed(Dense(2)) if every_step else Dense(2))
    stock, fast = (assemble(plan, seed=4, kit=kit) for kit in (keras.layers, layers))
    X = np.random.default_rng(0).normal(size=(7, 9, 3)).astype(np.float32)
    np.testing.assert_allclose(stock(X), fast(X), atol=1e-6)
