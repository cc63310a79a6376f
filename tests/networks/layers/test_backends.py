"""Descriptions of the backends of a model."""

import pytest

from seqframe.networks import layers
from seqframe.networks.build import build_model
from seqframe.networks.layers import lstm
from seqframe.networks.recurrent_layers import GRU, LSTM, Bidirectional
from seqframe.networks.spec import Dense, Masking, NetworkSpec, TimeDistributed


def spec(steps: int, dropout: float = 0.0) -> NetworkSpec:
    return NetworkSpec(
        "many_to_many", (steps, 3), (LSTM(6, return_sequences=True, dropout=dropout),), TimeDistributed(Dense(2))
    )


def test_the_backend_of_each_layer() -> None:
    pytest.importorskip("numba")
    backends = layers.describe_backends(build_model(spec(50), seed=0, layer_module=layers))
    assert backends == {"body_1": "Numba kernel", "head": "folded into the batch"}


def test_the_backend_of_masked_and_bidirectional_layers() -> None:
    pytest.importorskip("numba")
    body = (Masking(), Bidirectional(LSTM(6, return_sequences=True)), Bidirectional(GRU(6)))
    network = NetworkSpec("many_to_one", (50, 3), body, Dense(2), variable_length=True)
    backends = layers.describe_backends(build_model(network, seed=0, layer_module=layers))
    assert backends == {"body_1": "Keras", "body_2": "Numba kernel", "body_3": "Keras", "head": "Keras"}


def test_the_reason_against_the_kernel(monkeypatch) -> None:
    monkeypatch.setattr(lstm, "numba_available", lambda: False)
    backends = layers.describe_backends(build_model(spec(50), seed=0, layer_module=layers))
    assert backends["body_1"] == "TensorFlow's BlockLSTM: numba is not installed"


def test_the_reason_for_keras() -> None:
    backends = layers.describe_backends(build_model(spec(5), seed=0, layer_module=layers))
    assert backends["body_1"] == "Keras: fewer than 8 steps"


def test_stock_layers_are_run_by_keras() -> None:
    assert layers.describe_backends(build_model(spec(50), seed=0)) == {"body_1": "Keras", "head": "Keras"}
