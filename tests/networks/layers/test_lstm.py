"""The LSTM layer with each of its backends, compared with keras.layers.LSTM."""

import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

from helpers.lstm_reference import random_masks
from seqframe.networks.backend import keras, tf
from seqframe.networks.layers import lstm, lstm_kernel
from seqframe.networks.layers.lstm import (
    BLOCK,
    KERAS,
    KERNEL,
    LSTM,
    MIN_MASKED_STEPS,
    MIN_STEPS,
    Backend,
    choose_backend,
)

SIZES = [(1, MIN_STEPS, 5, 1), (7, 9, 33, 3), (64, 20, 16, 2)]  # batch, steps, units, features
RUN_BY_KERAS = [
    ({"return_state": True}, "return_state"),
    ({"stateful": True}, "stateful"),
    ({"unroll": True}, "unroll"),
    ({"recurrent_dropout": 0.1}, "recurrent dropout"),
    ({"activation": "relu"}, "activation is not tanh"),
    ({"recurrent_activation": "hard_sigmoid"}, "recurrent activation is not sigmoid"),
    ({"use_bias": False}, "no bias"),
    ({"dtype": "float64"}, "float64"),
    ({"dtype": "mixed_bfloat16"}, "bfloat16"),
    ({"implementation": 1}, "implementation 1"),
]


@pytest.fixture
def with_numba() -> None:
    pytest.importorskip("numba")


@pytest.fixture
def without_numba(monkeypatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "numba", None)
    lstm_kernel.numba_available.cache_clear()
    yield
    lstm_kernel.numba_available.cache_clear()


@pytest.fixture(params=[KERNEL, BLOCK])
def backend(request) -> str:
    """A backend other than Keras, which is the one that is chosen."""
    request.getfixturevalue("with_numba" if request.param == KERNEL else "without_numba")
    return request.param


@pytest.fixture
def calls(monkeypatch) -> list[str]:
    """The backend of every call that is not run by Keras."""
    ran: list[str] = []
    for name, run in lstm.RUN.items():
        monkeypatch.setitem(lstm.RUN, name, lambda *inputs, name=name, run=run: ran.append(name) or run(*inputs))
    return ran


def values(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def error(value: np.ndarray, expected: np.ndarray) -> float:
    return float(np.linalg.norm(value - expected) / (np.linalg.norm(expected) or 1))


def pair(units: int, shape: tuple[int, ...], **options):
    """Keras' layer and ours with the same weights."""
    keras.utils.set_random_seed(0)
    stock, ours = keras.layers.LSTM(units, **options), LSTM(units, **options)
    stock.build(shape)
    ours.build(shape)
    ours.set_weights([weights + 0.1 for weights in stock.get_weights()])
    stock.set_weights(ours.get_weights())
    return stock, ours


def output_and_gradients(layer, x: np.ndarray, *mask: np.ndarray, signature=None) -> list[np.ndarray]:
    """The output, and the gradients of a loss with respect to x and the weights, from one graph."""

    @tf.function(input_signature=signature)
    def run(x, mask=None):
        with tf.GradientTape() as tape:
            tape.watch(x)
            output = layer(x, training=True, mask=mask)
            loss = tf.reduce_sum(tf.sin(output * 3))
        return [output, *tape.gradient(loss, [x, *[variable.value for variable in layer.trainable_variables]])]

    return [value.numpy() for value in run(*map(tf.constant, (x, *mask)))]


def inputs(batch: int, steps: int, features: int, mask: str | None = None) -> tuple[np.ndarray, ...]:
    """Inputs of a layer, with a mask of this kind if there is one."""
    x = values(batch, steps, features)
    return (x, random_masks(batch, steps)[mask]) if mask else (x,)


@cache
def results_of_keras(units: int, sizes: tuple[int, ...], mask: str | None = None, **options: Any) -> list[np.ndarray]:
    """The output and gradients of Keras' layer for `inputs`, with which every backend is compared."""
    stock, _ = pair(units, sizes, **options)
    return output_and_gradients(stock, *inputs(*sizes, mask))


@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: "-".join(map(str, sizes)))
def test_output_and_gradients_agree_with_keras(sizes, return_sequences, backend, calls) -> None:
    batch, steps, units, features = sizes
    sizes = (batch, steps, features)
    _, ours = pair(units, sizes, return_sequences=return_sequences)
    expected_values = results_of_keras(units, sizes, return_sequences=return_sequences)
    for value, expected in zip(output_and_gradients(ours, *inputs(*sizes)), expected_values, strict=True):
        assert value.shape == expected.shape
        assert error(value, expected) < 1e-5  # both round; other tests compare each backend with float64
    assert set(calls) == {backend}


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("kind", [None, "right", "scattered"])
def test_masks_and_directions_agree_with_keras(kind, return_sequences, go_backwards, backend, calls) -> None:
    sizes, options = (9, 12, 3), {"return_sequences": return_sequences, "go_backwards": go_backwards}
    _, ours = pair(6, sizes, **options)
    expected_values = results_of_keras(6, sizes, kind, **options)
    for value, expected in zip(output_and_gradients(ours, *inputs(*sizes, kind)), expected_values, strict=True):
        assert value.shape == expected.shape
        assert error(value, expected) < 1e-6
    assert set(calls) == {backend}


@pytest.mark.parametrize("known", [(None, None), (None, 11), (3, None)], ids=str)
@pytest.mark.parametrize("masked", [False, True])
def test_sizes_may_be_unknown_until_the_graph_runs(masked, known, backend, calls) -> None:
    stock, ours = pair(5, (None, None, 2), return_sequences=True)
    given = inputs(3, 11, 2, "right" if masked else None)
    signature = [tf.TensorSpec((*known, 2)), tf.TensorSpec(known, tf.bool)][: len(given)]
    results = [output_and_gradients(layer, *given, signature=signature) for layer in (ours, stock)]
    assert all(error(value, expected) < 2e-6 for value, expected in zip(*results, strict=True))
    assert calls == [backend]


@pytest.mark.parametrize("return_sequences", [False, True])
def test_outputs_of_masked_steps_may_be_zero(return_sequences, backend, calls) -> None:
    sizes, options = (9, 12, 3), {"return_sequences": return_sequences, "zero_output_for_mask": True}
    _, ours = pair(6, sizes, **options)
    expected_values = results_of_keras(6, sizes, "right", **options)
    for value, expected in zip(output_and_gradients(ours, *inputs(*sizes, "right")), expected_values, strict=True):
        assert error(value, expected) < 1e-6
    assert set(calls) == {backend}


def test_a_mask_may_hold_for_all_samples(backend, calls) -> None:
    x, mask = values(4, 9, 2), random_masks(3, 9)["scattered"]
    layer = LSTM(6)
    assert (layer(x, mask=mask[:1]).numpy() == layer(x, mask=np.repeat(mask[:1], 4, axis=0)).numpy()).all()
    with pytest.raises(tf.errors.InvalidArgumentError):
        layer(x, mask=mask)
    assert set(calls) == {backend}


@pytest.mark.parametrize("return_sequences", [False, True])
def test_bidirectional_layers_run_both_directions(return_sequences, backend, calls) -> None:
    x, mask = values(5, 9, 2), random_masks(5, 9)["right"]
    keras.utils.set_random_seed(0)
    with keras.saving.custom_object_scope({"LSTM": LSTM}):
        stock, ours = (
            keras.layers.Bidirectional(layer_class(4, return_sequences=return_sequences))
            for layer_class in (keras.layers.LSTM, LSTM)
        )
    stock.build(x.shape)
    ours.build(x.shape)
    stock.set_weights(ours.get_weights())
    for value, expected in zip(output_and_gradients(ours, x, mask), output_and_gradients(stock, x, mask), strict=True):
        assert error(value, expected) < 1e-6
    assert calls == [backend] * 2


def test_trains_inside_a_graph_loop(backend, calls) -> None:
    x = tf.constant(values(5, 13, 2))
    results = []
    for layer in pair(6, x.shape, return_sequences=True):

        def descend(done, _, layer=layer):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(layer(x, training=True) - 0.5))
            variables = layer.trainable_variables
            for variable, slope in zip(variables, tape.gradient(loss, variables), strict=True):
                variable.assign_sub(0.5 * slope)
            return done + 1, loss

        loop = tf.function(
            lambda descend=descend: tf.while_loop(lambda done, _: done < 5, descend, (0, 0.0))[1], autograph=False
        )
        results.append([loop().numpy(), *layer.get_weights()])
    assert all(error(value, expected) < 1e-5 for value, expected in zip(*results, strict=True))
    assert set(calls) == {backend}


@pytest.mark.parametrize(("options", "reason"), RUN_BY_KERAS, ids=str)
def test_layers_that_only_keras_supports(options, reason, calls) -> None:
    layer, x = LSTM(6, **options), tf.constant(values(3, 9, 2))
    layer(x)
    assert choose_backend(layer, x) == Backend(KERAS, reason)
    assert calls == []


def test_calls_that_only_keras_supports(calls) -> None:
    layer, x = LSTM(6), tf.constant(values(3, 9, 2))
    mask, state = tf.ones((3, 9, 1), bool), [tf.ones((3, 6))] * 2
    few = MIN_MASKED_STEPS - 1
    layer(x, mask=mask)
    layer(x, initial_state=state)
    layer(x[:, : MIN_STEPS - 1])
    layer(x[:, :few], mask=mask[:, :few, 0])
    assert choose_backend(layer, x, mask=mask) == Backend(KERAS, "the mask is not (batch, timesteps)")
    assert choose_backend(layer, x, initial_state=state) == Backend(KERAS, "initial state")
    assert choose_backend(layer, x[:, : MIN_STEPS - 1]) == Backend(KERAS, f"fewer than {MIN_STEPS} steps")
    assert choose_backend(layer, x[:, :few], mask[:, :few, 0]) == Backend(KERAS, f"fewer than {few + 1} steps")
    assert calls == []


def test_a_stateful_layer_with_a_mask_is_run_by_keras(calls) -> None:
    x, mask = values(3, 9, 2), random_masks(3, 9)["right"]
    stock, ours = pair(6, x.shape, stateful=True)
    assert choose_backend(ours, tf.constant(x), mask=mask) == Backend(KERAS, "stateful")
    for _ in range(2):  # the second call continues from the state of the last valid step
        assert (ours(x, mask=mask).numpy() == stock(x, mask=mask).numpy()).all()
    assert calls == []


def test_keras_runs_on_a_gpu(monkeypatch) -> None:
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [kind])
    assert choose_backend(LSTM(6), tf.constant(values(3, 9, 2))) == Backend(KERAS, "a GPU is available")


def test_backends_of_a_model(with_numba) -> None:
    model = keras.Sequential([keras.Input((None, 2)), LSTM(6, return_sequences=True), LSTM(3, unroll=True)])
    assert [choose_backend(layer, layer.input).name for layer in model.layers] == [KERNEL, KERAS]


def test_block_lstm_runs_without_numba(without_numba, calls) -> None:
    layer, x = LSTM(6), tf.constant(values(3, 9, 2))
    layer(x)
    assert choose_backend(layer, x) == Backend(BLOCK, "numba is not installed")
    assert set(calls) == {BLOCK}


def test_a_layer_can_disable_the_kernel(calls) -> None:
    layer, x = LSTM(6), tf.constant(values(3, 9, 2))
    layer.use_kernel = False
    layer(x)
    assert choose_backend(layer, x) == Backend(BLOCK, "use_kernel is False")
    assert set(calls) == {BLOCK}


def test_dropout_draws_the_same_masks_as_keras(backend, calls) -> None:
    x = values(16, 12, 8)
    outputs = []
    for layer_class in (keras.layers.LSTM, LSTM):
        keras.utils.set_random_seed(1)
        layer = layer_class(8, dropout=0.5, seed=3)
        outputs.append([layer(x, training=training).numpy() for training in (True, False, True)])
    assert all(error(value, expected) < 1e-6 for value, expected in zip(*outputs, strict=True))
    assert error(outputs[0][0], outputs[0][2]) > 0.1
    assert calls == [backend] * 3


def fitted(layer_class, x: np.ndarray):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([layer_class(8, return_sequences=True), layer_class(4), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    history = model.fit(x, x[:, -1, :1], batch_size=16, epochs=2, verbose=0, shuffle=False)
    return model, history.history["loss"]


@pytest.mark.slow
def test_trains_like_keras_and_exports_to_stock_layers(tmp_path, backend) -> None:
    x = values(40, 12, 2)
    ours, losses = fitted(LSTM, x)
    stock, expected = fitted(keras.layers.LSTM, x)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    stock.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours.predict(x, verbose=0), stock.predict(x, verbose=0), atol=1e-6)
    ours.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", custom_objects={"LSTM": LSTM})
    assert (again.predict(x, verbose=0) == ours.predict(x, verbose=0)).all()


def test_results_are_repeatable_bit_for_bit(backend) -> None:
    _, ours = pair(24, (40, 30, 3), return_sequences=True)
    x = values(40, 30, 3)
    first, second = output_and_gradients(ours, x), output_and_gradients(ours, x)
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_is_built_from_a_keras_config() -> None:
    config = keras.layers.LSTM(6, return_sequences=True, name="body_1").get_config()
    assert LSTM.from_config(config).get_config() == config
