"""TimeDistributed with time folded into the batch, compared with Keras' loop over time steps."""

from functools import wraps

import numpy as np
import pytest

from seqframe.networks.backend import keras, tf
from seqframe.networks.layers.lstm import LSTM
from seqframe.networks.layers.time_distributed import TimeDistributed, why_not_foldable

layers = keras.layers


def functional():
    """A block with a skip connection: (3) -> (3)."""
    inputs = keras.Input((3,))
    return keras.Model(inputs, layers.Add()([inputs, layers.Dense(3)(inputs)]))


WRAPPED = {  # a wrapped layer, and the shape of one step of its input
    "Dense": (lambda: layers.Dense(2, activation="softmax"), (3,)),
    "Dense on matrices": (lambda: layers.Dense(2), (4, 3)),
    "LSTM": (lambda: layers.LSTM(2), (6, 3)),
    "LSTM, sequences": (lambda: layers.LSTM(2, return_sequences=True), (6, 3)),
    "our LSTM": (lambda: LSTM(2), (9, 3)),
    "Bidirectional": (lambda: layers.Bidirectional(layers.GRU(2)), (4, 3)),
    "Conv1D": (lambda: layers.Conv1D(2, 3, padding="causal", activation="relu"), (6, 3)),
    "pooling": (layers.GlobalAveragePooling1D, (6, 3)),
    "Flatten": (layers.Flatten, (6, 3)),
    "Sequential": (lambda: keras.Sequential([layers.Conv1D(4, 2), layers.Flatten(), layers.Dense(2)]), (6, 3)),
    "LayerNormalization": (layers.LayerNormalization, (3,)),
    "TimeDistributed": (lambda: layers.TimeDistributed(layers.Dense(2)), (4, 3)),
    "our TimeDistributed": (lambda: TimeDistributed(layers.Dense(2)), (4, 3)),
    "functional": (functional, (3,)),
}
every_layer = pytest.mark.parametrize("name", WRAPPED)


def values(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def pair(make, shape: tuple[int | None, ...]):
    """Keras' wrapper and ours around the same layer with the same weights."""
    keras.utils.set_random_seed(1)
    stock, ours = layers.TimeDistributed(make()), TimeDistributed(make())
    stock.build(tuple(shape))
    ours.build(tuple(shape))
    ours.set_weights([weights + 0.1 for weights in ours.get_weights()])
    stock.set_weights(ours.get_weights())
    return stock, ours


def output_and_gradients(layer, x, **options) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The output, and the gradients of a loss with respect to x and all weights, as one vector."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        output = layer(x, training=True, **options)
        loss = tf.reduce_sum(tf.sin(output * 3))
    by_x, *by_weights = tape.gradient(loss, [x, *[variable.value for variable in layer.trainable_variables]])
    return output, by_x, tf.concat([tf.zeros(1), *[tf.reshape(gradient, [-1]) for gradient in by_weights]], axis=0)


def close(value, expected) -> bool:
    """Equal up to 1e-6 of the largest expected value."""
    value, expected = np.asarray(value), np.asarray(expected)
    assert value.shape == expected.shape
    return bool(np.abs(value - expected).max() <= 1e-6 * np.abs(expected).max())


@pytest.fixture
def loops(monkeypatch) -> list[str]:
    """The wrapped layer of every call that Keras runs as a loop over time steps."""
    looped: list[str] = []
    original = layers.TimeDistributed.call

    @wraps(original)  # Keras reads the names of the arguments
    def counted(self, *arguments, **options):
        if isinstance(self, TimeDistributed):
            looped.append(self.layer.name)
        return original(self, *arguments, **options)

    monkeypatch.setattr(layers.TimeDistributed, "call", counted)
    return looped


@pytest.mark.parametrize("length", [1, 5])
@every_layer
def test_output_and_gradients_agree_with_keras(name, length, loops) -> None:
    make, step = WRAPPED[name]
    x = tf.constant(values(2, length, *step))
    stock, ours = pair(make, x.shape)
    results = output_and_gradients(ours, x), output_and_gradients(stock, x)
    assert all(close(value, expected) for value, expected in zip(*results, strict=True))
    assert loops == []


@pytest.mark.slow
@pytest.mark.parametrize(("name", "step"), [("Dense", (3,)), ("LSTM", (2, 3)), ("Conv1D", (6, 3))])
def test_a_long_sequence(name, step, loops) -> None:
    make, _ = WRAPPED[name]
    x = tf.constant(values(2, 300, *step))
    stock, ours = pair(make, x.shape)
    results = output_and_gradients(ours, x), output_and_gradients(stock, x)
    assert all(close(value, expected) for value, expected in zip(*results, strict=True))
    assert loops == []


@pytest.mark.parametrize("name", ["LSTM", "our LSTM", "LSTM, sequences", "pooling"])
def test_a_mask_within_the_steps_reaches_the_wrapped_layer(name, loops) -> None:
    make, step = WRAPPED[name]
    x = tf.constant(values(2, 5, *step))
    mask = np.random.default_rng(1).random((2, 5, step[0])) > 0.4
    stock, ours = pair(make, x.shape)
    results = output_and_gradients(ours, x, mask=mask), output_and_gradients(stock, x, mask=mask)
    assert all(close(value, expected) for value, expected in zip(*results, strict=True))
    assert not close(ours(x), results[0][0])
    assert loops == []


class RecordMasks(layers.Dense):
    """A Dense layer that records its masks."""

    def build(self, shape):
        super().build(shape)
        self.masks = []

    def call(self, inputs, mask=None):
        self.masks.append(mask)
        return super().call(inputs)


def test_a_mask_of_steps_is_passed_without_time_and_returned_unchanged(monkeypatch) -> None:
    monkeypatch.setattr("seqframe.networks.layers.time_distributed.why_not_foldable", lambda layer, training: None)
    x, mask = values(2, 5, 3), np.array([[1, 1, 1, 0, 0], [1, 0, 1, 1, 1]], bool)
    stock, ours = pair(lambda: RecordMasks(2), x.shape)
    outputs = [layer(x, mask=tf.constant(mask)) for layer in (ours, stock)]
    assert close(*outputs)
    (folded,), stepped = ours.layer.masks.copy(), stock.layer.masks.copy()
    assert (folded.numpy().reshape(2, 5) == np.stack(stepped, axis=1)).all()
    assert all((output._keras_mask.numpy() == mask).all() for output in outputs)


def test_masks_pass_through_a_model(loops) -> None:
    x = np.concatenate([values(2, 3, 2), np.zeros((2, 4, 2), np.float32)], axis=1)
    predictions, weights = [], None
    for wrapper in (layers.TimeDistributed, TimeDistributed):
        model = keras.Sequential([keras.Input((7, 2)), layers.Masking(), wrapper(layers.Dense(3)), layers.LSTM(2)])
        weights = weights or model.get_weights()
        model.set_weights(weights)
        predictions.append(model(x))
    assert close(*predictions)
    assert loops == []


@pytest.mark.parametrize("mask", [np.ones(2, bool), np.ones((2, 4), bool), np.ones((3, 5), bool)])
def test_a_mask_of_another_shape_is_refused_as_by_keras(mask) -> None:
    x = values(2, 5, 3)
    for layer in pair(lambda: layers.Dense(2), x.shape):
        with pytest.raises(ValueError, match="mask"):
            layer(x, mask=tf.constant(mask))


@pytest.mark.parametrize("name", ["Dense", "Conv1D", "Sequential", "our LSTM", "our TimeDistributed"])
@pytest.mark.parametrize("known", [(2, None), (None, 5), (None, None)], ids=["any length", "any batch", "both"])
def test_sizes_may_be_unknown_until_the_graph_runs(name, known, loops) -> None:
    make, step = WRAPPED[name]
    x = tf.constant(values(2, 5, *step))
    stock, ours = pair(make, (*known, *step))
    signature = tf.TensorSpec((*known, *step))
    traced = tf.function(lambda x: output_and_gradients(ours, x), input_signature=[signature])
    assert traced.get_concrete_function().structured_outputs[0].shape[:2] == tf.TensorShape(known)
    assert all(close(*both) for both in zip(traced(x), output_and_gradients(stock, x), strict=True))
    assert loops == []


def test_a_loop_of_unknown_length_is_refused() -> None:
    layer, x = TimeDistributed(layers.Dropout(0.5)), values(2, 5, 3)
    signature = [tf.TensorSpec((2, None, 3))]
    assert close(tf.function(lambda x: layer(x, training=False), input_signature=signature)(x), x)
    with pytest.raises(ValueError, match=r"Received: inputs of shape \(2, None, 3\).*noise"):
        tf.function(lambda x: layer(x, training=True), input_signature=signature)(x)


LOOPED = {
    "batch statistics": (lambda: layers.BatchNormalization(momentum=0.5), "batch statistics"),
    "noise": (lambda: layers.Dropout(0.5, seed=3), "noise"),
    "noise within": (lambda: keras.Sequential([layers.Dense(2), layers.Dropout(0.5, seed=3)]), "noise"),
    "another activation": (
        lambda: layers.Dense(2, activation=lambda x: x - keras.ops.mean(x)),
        "activation is not a Keras activation",
    ),
    "Lambda": (lambda: layers.Lambda(lambda x: x - keras.ops.mean(x), output_shape=(3,)), "Lambda is not supported"),
    "another axis": (lambda: layers.Softmax(axis=0), "another axis"),
}


@pytest.mark.parametrize("name", LOOPED)
def test_layers_that_would_differ_are_called_step_by_step(name, loops) -> None:
    make, reason = LOOPED[name]
    x = tf.constant(values(4, 5, 3))
    stock, ours = pair(make, x.shape)
    assert reason in why_not_foldable(ours.layer, training=True)
    outputs = [[layer(x, training=training) for training in (True, False, True)] for layer in (ours, stock)]
    assert all(close(*both) for both in zip(*outputs, strict=True))
    assert all(close(*both) for both in zip(ours.get_weights(), stock.get_weights(), strict=True))
    assert len(loops) in (2, 3)


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (layers.LSTM(2, stateful=True), "stateful"),
        (layers.LSTM(2, return_state=True), "return_state"),
        (layers.LSTM(2, dropout=0.1), "dropout"),
        (layers.Bidirectional(layers.GRU(2, recurrent_dropout=0.1)), "dropout"),
        (layers.Dense(2, activity_regularizer="l2"), "activity regularizer"),
        (layers.LSTM(2, recurrent_activation=tf.sigmoid), "recurrent_activation is not a Keras activation"),
        (layers.RandomFlip(), "RandomFlip is not supported"),
        (keras.Model(inputs := keras.Input((3,)), keras.ops.abs(inputs)), "operations that are not layers"),
        (RecordMasks(2), "RecordMasks is not supported"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_reason_is_returned(layer, reason) -> None:
    assert why_not_foldable(layer, training=False).endswith(reason)


def test_noise_and_frozen_statistics_are_folded_if_they_have_no_effect() -> None:
    frozen = layers.BatchNormalization(trainable=False)
    assert why_not_foldable(layers.Dropout(0.5), training=False) is None
    assert why_not_foldable(layers.Dropout(0.0), training=True) is None
    assert why_not_foldable(layers.BatchNormalization(), training=None) is None
    assert why_not_foldable(frozen, training=True) is None


def test_recurrent_dropout_draws_the_same_masks_as_keras() -> None:
    x = values(4, 3, 5, 2)
    stock, ours = pair(lambda: layers.LSTM(2, dropout=0.5, seed=3), x.shape)
    outputs = [[layer(x, training=training) for training in (True, False, True)] for layer in (ours, stock)]
    assert all(close(*both) for both in zip(*outputs, strict=True))


def test_is_built_from_a_keras_config_and_saved(tmp_path) -> None:
    stock = layers.TimeDistributed(layers.Dense(2, name="inner"), name="head")
    ours = TimeDistributed.from_config(stock.get_config())
    assert ours.get_config() == stock.get_config()
    model, x = keras.Sequential([keras.Input((5, 3)), ours]), values(2, 5, 3)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", custom_objects={"TimeDistributed": TimeDistributed})
    assert (again(x).numpy() == model(x).numpy()).all()
    plain = keras.Sequential([keras.Input((5, 3)), stock])
    plain.set_weights(model.get_weights())
    assert close(plain(x), model(x))
    assert [weights.name for weights in stock.weights] == [weights.name for weights in ours.weights]


def test_the_graph_does_not_grow_with_the_sequence() -> None:
    def operations(length: int) -> int:
        layer = TimeDistributed(layers.Dense(2))
        layer.build((2, length, 3))
        graph = tf.function(lambda x: output_and_gradients(layer, x)).get_concrete_function(
            tf.TensorSpec((2, length, 3))
        )
        return len(graph.graph.get_operations())

    assert operations(5) == operations(500)
