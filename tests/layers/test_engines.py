import pytest

from seqframe import layers
from seqframe.layers import choice
from seqframe.network import assemble
from seqframe.plan import Dense, Plan, Recurrent, TimeDistributed


def plan(steps: int, dropout: float = 0.0) -> Plan:
    return Plan(
        "many_to_many", (steps, 3), (Recurrent(6, every_step=True, dropout=dropout),), TimeDistributed(Dense(2))
    )


def test_what_runs_each_layer_is_said() -> None:
    pytest.importorskip("numba")
    chosen = layers.engines(assemble(plan(50), seed=0, kit=layers))
    assert chosen == {"body_1": "Numba kernel", "head": "folded into the batch"}


def test_why_the_kernel_is_left_aside_is_said(monkeypatch) -> None:
    monkeypatch.setattr(choice, "numba_runs", lambda: False)
    chosen = layers.engines(assemble(plan(50), seed=0, kit=layers))
    assert chosen["body_1"] == "TensorFlow's BlockLSTM: numba is not installed"


def test_why_keras_runs_a_layer_is_said() -> None:
    chosen = layers.engines(assemble(plan(5), seed=0, kit=layers))
    assert chosen["body_1"] == "Keras: fewer than 8 steps"


def test_stock_layers_leave_no_choice() -> None:
    assert layers.engines(assemble(plan(50), seed=0)) == {"body_1": "Keras", "head": "Keras"}
