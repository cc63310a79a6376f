"""Keras layers from specs, stock and our own."""

import numpy as np
import pytest

from seqframe.networks import layers
from seqframe.networks.backend import keras
from seqframe.networks.build import build_model
from seqframe.networks.recurrent_layers import GRU, LSTM, Bidirectional, Recurrent, SimpleRNN
from seqframe.networks.spec import Dense, NetworkSpec, TimeDistributed


@pytest.mark.parametrize("cell", [LSTM, GRU, SimpleRNN])
@pytest.mark.parametrize("return_sequences", [True, False])
def test_bidirectional_layers_are_the_same_stock_or_our_own(cell: type[Recurrent], return_sequences: bool) -> None:
    body = (Bidirectional(cell(5, return_sequences)),)
    spec = NetworkSpec("test", (9, 3), body, TimeDistributed(Dense(2)) if return_sequences else Dense(2))
    stock, ours = (build_model(spec, seed=4, layer_module=layer_module) for layer_module in (keras.layers, layers))
    X = np.random.default_rng(0).normal(size=(7, 9, 3)).astype(np.float32)
    np.testing.assert_allclose(stock(X), ours(X), atol=1e-6)
