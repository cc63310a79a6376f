"""Keras layers made of a plan, from both kits that there are."""

import numpy as np
import pytest

from seqframe.networks import layers
from seqframe.networks.backend import keras
from seqframe.networks.build import build_model
from seqframe.networks.spec import Bidirectional, Dense, NetworkSpec, Recurrent, TimeDistributed


@pytest.mark.parametrize("cell", ["lstm", "gru", "simple_rnn"])
@pytest.mark.parametrize("return_sequences", [True, False])
def test_a_layer_that_reads_both_ways_is_the_same_from_either_kit(cell: str, return_sequences: bool) -> None:
    body = (Bidirectional(Recurrent(5, return_sequences, cell)),)
    spec = NetworkSpec("test", (9, 3), body, TimeDistributed(Dense(2)) if return_sequences else Dense(2))
    stock, fast = (build_model(spec, seed=4, layer_module=layer_module) for layer_module in (keras.layers, layers))
    X = np.random.default_rng(0).normal(size=(7, 9, 3)).astype(np.float32)
    np.testing.assert_allclose(stock(X), fast(X), atol=1e-6)
