import pytest

from seqframe.networks import layers
from seqframe.networks.build import build_model
from seqframe.networks.layers import lstm as choice
from seqframe.networks.spec import LSTM, Dense, NetworkSpec, TimeDistributed


def spec(steps: int, dropout: float = 0.0) -> NetworkSpec:
    return NetworkSpec(
        "many_to_many", (steps, 3), (LSTM(6, return_sequences=True, dropout=dropout),), TimeDistributed(Dense(2))
    )


def test_what_runs_each_layer_is_said() -> None:
    pytest.importorskip("numba")
    chosen = layers.describe_backends(build_model(spec(50), seed=0, layer_module=layers))
    assert chosen == {"body_1": "Numba kernel", "head": "folded into the batch"}


def test_why_the_kernel_is_left_aside_is_said(monkeypatch) -> None:
    monkeypatch.setattr(choice, "numba_available", lambda: False)
    chosen = layers.describe_backends(build_model(spec(50), seed=0, layer_module=layers))
    assert chosen["body_1"] == "TensorFlow's BlockLSTM: numba is not installed"


def test_why_keras_runs_a_layer_is_said() -> None:
    chosen = layers.describe_backends(build_model(spec(5), seed=0, layer_module=layers))
    assert chosen["body_1"] == "Keras: fewer than 8 steps"


def test_stock_layers_leave_no_choice() -> None:
    assert layers.describe_backends(build_model(spec(50), seed=0)) == {"body_1": "Keras", "head": "Keras"}
