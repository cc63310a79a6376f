"""Networks that mask padded steps: the same numbers as every sequence alone, in training and in stock Keras."""

import subprocess
import sys
from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqframe.data.sequences import MASK_VALUE
from seqframe.networks import layers
from seqframe.networks.backend import tf
from seqframe.networks.build import build_model, count_parameters, export_keras, init_network, predict
from seqframe.networks.recurrent_layers import GRU, LSTM, Bidirectional, Recurrent, SimpleRNN
from seqframe.networks.spec import Dense, LayerSpec, Masking, NetworkSpec, NetworkState, TimeDistributed
from tools.docs.keras_code import model_code

FEATURES = 2
HEADS: dict[str, LayerSpec] = {"TimeDistributed(Dense)": TimeDistributed(Dense(3)), "Dense": Dense(3), "last": Dense(3)}
CELLS: dict[str, type[Recurrent]] = {"LSTM": LSTM, "GRU": GRU, "SimpleRNN": SimpleRNN}
NAMES = list(product(CELLS, ("forward", "bidirectional"), (1, 2), HEADS))  # 1 or 2 recurrent layers
QUICK = [("LSTM", "bidirectional", 2, "TimeDistributed(Dense)"), ("LSTM", "forward", 1, "last")]
OTHER_CELLS = [("GRU", "bidirectional", 2, "TimeDistributed(Dense)"), ("SimpleRNN", "bidirectional", 1, "Dense")]


def every_network(*quick: tuple[str | int, ...]) -> pytest.MarkDecorator:
    """Run a test for every network; it is a slow test for all but some."""
    params = [pytest.param(name, marks=() if name in quick else pytest.mark.slow) for name in NAMES]
    return pytest.mark.parametrize("name", params, ids=lambda name: "-".join(map(str, name)))


lengths_of_a_batch = st.lists(st.integers(1, 10), min_size=1, max_size=6)


def make_spec(cell: str, direction: str, n_layers: int, head: str) -> NetworkSpec:
    """A network of variable length whose padded steps are masked."""
    body: list[LayerSpec] = [Masking(MASK_VALUE)]
    for number in range(1, n_layers + 1):
        layer = CELLS[cell](4, return_sequences=number < n_layers or head != "last")
        body.append(Bidirectional(layer) if direction == "bidirectional" else layer)
    return NetworkSpec("many_to_many", (7, FEATURES), tuple(body), HEADS[head], variable_length=True)


@cache
def make_network(*name: str | int) -> NetworkState:
    return init_network(make_spec(*name), seed=1)


TAGGER = ("LSTM", "forward", 1, "TimeDistributed(Dense)")


def padded(*lengths: int, steps: int = 0) -> np.ndarray:
    """Random sequences of some lengths, padded at the end: (sequences, steps, features)."""
    X = np.full((len(lengths), max(steps, *lengths, 1), FEATURES), MASK_VALUE, np.float32)
    random = np.random.default_rng(0)
    for row, length in enumerate(lengths):
        X[row, :length] = random.normal(size=(length, FEATURES))
    return X


def valid_outputs(outputs: np.ndarray, lengths: list[int]) -> list[np.ndarray]:
    """The outputs of the steps that are not padded, or the output of every sequence."""
    if outputs.ndim == 2:
        return list(outputs)
    return [row[:length] for row, length in zip(outputs, lengths, strict=True)]


def worst(first: list[np.ndarray], second: list[np.ndarray]) -> float:
    """The largest difference."""
    return max(float(np.abs(a - b).max()) for a, b in zip(first, second, strict=True))


@every_network(*QUICK, *OTHER_CELLS)
@settings(max_examples=15, deadline=None)
@given(lengths=lengths_of_a_batch, more=st.integers(1, 7))
def test_padding_changes_no_output(name, lengths, more) -> None:
    network, X = make_network(*name), padded(*lengths)
    outputs = valid_outputs(predict(network, X), lengths)
    padded_more = padded(*lengths, steps=X.shape[1] + more)
    assert worst(valid_outputs(predict(network, padded_more), lengths), outputs) < 1e-6
    alone = [predict(network, X[[row], :length])[0] for row, length in enumerate(lengths)]
    assert worst(alone, outputs) < 1e-6


class Trained:
    """A network as in training: gradients of a loss over the steps that are not padded."""

    def __init__(self, name: tuple[str | int, ...]) -> None:
        self.model = build_model(make_spec(*name), seed=1, layer_module=layers)

    @tf.function(input_signature=[tf.TensorSpec((None, None, FEATURES)), tf.TensorSpec((None, None))], autograph=False)
    def gradients(self, X, valid):
        with tf.GradientTape() as tape:
            outputs = self.model(X, training=True)
            losses = tf.reduce_sum(tf.sin(3 * outputs), axis=-1)  # (samples, steps) or (samples,)
            total = tf.reduce_sum(losses * valid if losses.shape.rank == 2 else losses)
        return tape.gradient(total, [variable.value for variable in self.model.trainable_variables])

    def flat_gradients(self, X: np.ndarray) -> np.ndarray:
        """The gradients of all weights, as one vector in float64."""
        parts = self.gradients(X, (X[..., 0] != MASK_VALUE).astype(np.float32))
        return np.concatenate([part.numpy().ravel() for part in parts]).astype(np.float64)


make_trained = cache(Trained)


@every_network(*QUICK)
@settings(max_examples=8, deadline=None)
@given(lengths=lengths_of_a_batch, more=st.integers(1, 7))
def test_padding_changes_no_gradient(name, lengths, more) -> None:
    trained, X = make_trained(name), padded(*lengths)
    gradients = trained.flat_gradients(X)
    scale = np.abs(gradients).max()
    more_padding = trained.flat_gradients(padded(*lengths, steps=X.shape[1] + more))
    alone = sum(trained.flat_gradients(X[[row], :length]) for row, length in enumerate(lengths))
    assert np.abs(more_padding - gradients).max() < 1e-6 * scale
    assert np.abs(alone - gradients).max() < 2e-6 * scale  # sums of float32 in another order


@pytest.mark.parametrize("name", QUICK, ids=str)
def test_a_sequence_without_steps_changes_no_other(name) -> None:
    network, trained = make_network(*name), make_trained(name)
    X = padded(5, 0, 3)
    outputs = predict(network, X)
    assert np.isfinite(outputs).all()
    np.testing.assert_allclose(outputs[[0, 2]], predict(network, X[[0, 2]]), atol=1e-6)
    assert np.isfinite(trained.flat_gradients(X)).all()
    assert np.isfinite(predict(network, padded(0, 0))).all()


def test_many_networks_predict_without_a_warning_of_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(tf.get_logger(), "warning", lambda message, *_: warnings.append(message))
    for units in range(5, 13):
        spec = replace(make_spec(*TAGGER), body=(Masking(MASK_VALUE), LSTM(units, return_sequences=True)))
        predict(init_network(spec, seed=1), padded(3))
    assert not warnings


def test_the_exported_model_takes_any_number_of_steps() -> None:
    network = make_network(*TAGGER)
    model = export_keras(network)
    assert model.input_shape == (None, None, FEATURES)
    assert count_parameters(network.spec, model) == {"body_1": 0, "body_2": 112, "head": 15}
    X = padded(9, 2)
    np.testing.assert_allclose(model.predict(X, verbose=0), predict(network, X), atol=1e-6)
    unknown = tf.function(model.call, input_signature=[tf.TensorSpec((None, None, FEATURES))])
    np.testing.assert_allclose(unknown(X), predict(network, X), atol=1e-6)


IN_PLAIN_KERAS = """
import sys
import keras, numpy as np
for path in sys.argv[2:]:
    np.save(path.replace(".keras", ".npy"), keras.saving.load_model(path).predict(np.load(sys.argv[1]), verbose=0))
assert not any(name.startswith("seqframe") for name in sys.modules)
"""


@pytest.mark.slow
def test_exported_models_predict_alike_in_plain_keras(tmp_path) -> None:
    X = padded(9, 2, 1, 0, 5)
    np.save(tmp_path / "X.npy", X)
    networks = {tmp_path / f"{number}.keras": make_network(*name) for number, name in enumerate(NAMES)}
    for path, network in networks.items():
        export_keras(network).save(path)
    subprocess.run([sys.executable, "-c", IN_PLAIN_KERAS, tmp_path / "X.npy", *networks], check=True, cwd=tmp_path)
    for path, network in networks.items():
        np.testing.assert_allclose(np.load(path.with_suffix(".npy")), predict(network, X), atol=1e-6)


def test_the_code_of_a_network_of_variable_length() -> None:
    code = model_code(make_spec(*TAGGER))
    assert code[1:3] == [
        "model.add(keras.Input(shape=(None, 2)))",
        "model.add(layers.Masking(mask_value=-1000000000.0))",
    ]
