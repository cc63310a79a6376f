"""Keras models from network specs: initial weights, parameter counts, exports."""

import dataclasses

import numpy as np
import pytest

from seqframe.networks.backend import keras
from seqframe.networks.build import (
    ParameterCountError,
    build_model,
    count_parameters,
    export_keras,
    init_network,
    predict,
)
from seqframe.networks.recurrent_layers import LSTM
from seqframe.networks.spec import Dense, NetworkSpec, ParamCount, Shape, TimeDistributed

SPEC = NetworkSpec("test", (7, 3), (LSTM(6, return_sequences=True),), TimeDistributed(Dense(2)))


def same(first: tuple[np.ndarray, ...], second: tuple[np.ndarray, ...]) -> bool:
    return all((a == b).all() for a, b in zip(first, second, strict=True))


def test_equal_seeds_give_equal_weights_in_any_order() -> None:
    first = init_network(SPEC, seed=3)
    init_network(SPEC, seed=9)
    assert same(first.weights, init_network(SPEC, seed=3).weights)


def test_other_seeds_and_other_layers_give_other_weights() -> None:
    kernels = [init_network(SPEC, seed).weights[0] for seed in range(4)]
    assert len({kernel.tobytes() for kernel in kernels}) == 4
    stacked = NetworkSpec("test", (7, 6), (LSTM(6, return_sequences=True), LSTM(6, return_sequences=True)), Dense(2))
    weights = init_network(stacked, seed=0).weights
    assert weights[0].shape == weights[3].shape
    assert (weights[0] != weights[3]).any()


def test_a_wrong_formula_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclasses.dataclass(frozen=True)
    class WrongDense(Dense):
        def param_count(self, shape: Shape) -> ParamCount:
            return ParamCount("inputs * outputs", f"{shape[-1]} * {self.units}", shape[-1] * self.units)

    monkeypatch.setattr(keras.layers, "WrongDense", keras.layers.Dense, raising=False)
    spec = NetworkSpec("test", (7, 3), (LSTM(6),), WrongDense(2))
    with pytest.raises(ParameterCountError, match=r"has 6 \* 2 = 12 parameters by its formula, and Keras counts 14"):
        count_parameters(spec, build_model(spec, seed=0))
    with pytest.raises(ParameterCountError):
        init_network(spec, seed=0)


def test_an_exported_model_is_independent_of_the_network() -> None:
    network = init_network(SPEC, seed=3)
    X = np.ones((2, 7, 3), np.float32)
    before = predict(network, X)
    export_keras(network).layers[-1].set_weights([np.zeros((6, 2)), np.zeros(2)])
    assert (predict(network, X) == before).all()
