"""The tutorial's scripts with `Masking` and sequences of two lengths, through our layers.

Source: "How to Use the TimeDistributed Layer in Keras", whose readers add `Masking` to its example.
"""

import numpy as np
import pytest

from seqframe.networks.backend import keras
from seqframe.networks.layers import LSTM, TimeDistributed

LENGTHS, PADDING = (5, 3), -1.0
UPDATES = 800
ECHO = np.full((2, 5, 1), PADDING, np.float32)  # x[i] = i / length, padded at the end
for row, length in enumerate(LENGTHS):
    ECHO[row, :length, 0] = np.arange(length) / length
VALID = ECHO != PADDING
TARGETS = np.where(VALID, ECHO, 0.0)


def one_to_one():
    """Every step is a sample; padded steps are no samples."""
    X, y = ECHO[VALID].reshape(-1, 1, 1), ECHO[VALID].reshape(-1, 1)
    return X, y, np.ones_like(y, bool), [LSTM(5), keras.layers.Dense(1)]


def many_to_one():
    """All steps of a sequence in one vector, with zeros beyond its end."""
    y = TARGETS[..., 0]
    return ECHO, y, np.ones_like(y, bool), [LSTM(5), keras.layers.Dense(5)]


def many_to_many():
    """One output per step; the loss skips the outputs of masked steps."""
    return ECHO, TARGETS, VALID, [LSTM(5, return_sequences=True), TimeDistributed(keras.layers.Dense(1))]


def compiled(steps: int | None, layers: list, learning_rate: float = 0.001):
    """The model of a script, whose inputs have some steps, or any number of them."""
    model = keras.Sequential([keras.Input((steps, 1)), keras.layers.Masking(PADDING), *layers])
    model.compile(loss="mean_squared_error", optimizer=keras.optimizers.Adam(learning_rate))
    return model


@pytest.mark.parametrize(
    "known", [pytest.param(True, marks=pytest.mark.slow), False], ids=["known steps", "any number"]
)
@pytest.mark.parametrize(
    "script",
    [pytest.param(one_to_one, marks=pytest.mark.slow), pytest.param(many_to_one, marks=pytest.mark.slow), many_to_many],
    ids=lambda script: script.__name__,
)
def test_a_script_trains_and_predicts_right(script, known: bool) -> None:
    keras.utils.set_random_seed(1)
    X, y, counts, layers = script()
    model = compiled(X.shape[1] if known else None, layers, learning_rate=0.02)
    copies = [np.tile(values, (UPDATES, *[1] * (values.ndim - 1))) for values in (X, y)]  # one epoch, many updates
    model.fit(*copies, epochs=1, batch_size=len(X), shuffle=False, verbose=0)
    predicted = model.predict(X, verbose=0)
    assert predicted.shape == y.shape
    assert np.abs(predicted - y)[counts].max() < 0.05


def test_losses_are_as_in_stock_keras_and_skip_padded_steps() -> None:
    keras.utils.set_random_seed(1)
    ours = compiled(None, many_to_many()[-1])
    stock_layers = [
        keras.layers.LSTM(5, return_sequences=True),
        keras.layers.TimeDistributed(keras.layers.Dense(1)),
    ]
    stock = compiled(ECHO.shape[1], stock_layers)  # Keras' TimeDistributed needs to know the number of steps
    stock.set_weights(ours.get_weights())
    predicted, loss = ours.predict(ECHO, verbose=0), ours.evaluate(ECHO, TARGETS, verbose=0)
    np.testing.assert_allclose(loss, np.square(predicted - ECHO)[VALID].mean(), rtol=1e-5)
    assert ours.evaluate(ECHO, np.where(VALID, ECHO, 1e6), verbose=0) == loss
    np.testing.assert_allclose(stock.predict(ECHO, verbose=0), predicted, atol=1e-6)
    np.testing.assert_allclose(stock.evaluate(ECHO, TARGETS, verbose=0), loss, rtol=1e-5)
