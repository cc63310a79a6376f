"""Networks that mask padded steps: the same numbers as every sequence alone, in training and in stock Keras."""

import numpy as np

from seqframe.data.sequences import MASK_VALUE
from seqframe.networks.build import count_parameters, export_keras, init_network, predict
from seqframe.networks.spec import LSTM, Dense, Masking, NetworkSpec, TimeDistributed
from tools.docs.keras_code import model_code

TAGGER = NetworkSpec(
    "many_to_many",
    (7, 2),
    (Masking(MASK_VALUE), LSTM(4, return_sequences=True)),
    TimeDistributed(Dense(3)),
    variable_length=True,
)


def padded(*lengths: int, features: int = 2, steps: int | None = None) -> np.ndarray:
    """Random sequences of some lengths, padded at the end: (sequences, steps, features)."""
    X = np.full((len(lengths), steps or max(lengths), features), MASK_VALUE, np.float32)
    random = np.random.default_rng(0)
    for row, length in enumerate(lengths):
        X[row, :length] = random.normal(size=(length, features))
    return X


def test_a_network_of_variable_length_takes_batches_of_any_number_of_steps() -> None:
    network = init_network(TAGGER, seed=1)
    for lengths in ((7, 3), (12, 4, 1), (1,)):
        X = padded(*lengths)
        outputs = predict(network, X)
        assert outputs.shape == (*X.shape[:2], 3)
        for row, length in enumerate(lengths):
            np.testing.assert_allclose(outputs[row, :length], predict(network, X[[row], :length])[0], atol=1e-6)


def test_the_exported_model_takes_any_number_of_steps() -> None:
    network = init_network(TAGGER, seed=1)
    model = export_keras(network)
    assert model.input_shape == (None, None, 2)
    assert count_parameters(TAGGER, model) == {"body_1": 0, "body_2": 112, "head": 15}
    X = padded(9, 2)
    np.testing.assert_allclose(model.predict(X, verbose=0), predict(network, X), atol=1e-6)


def test_the_code_of_a_network_of_variable_length() -> None:
    code = model_code(TAGGER)
    assert code[1:3] == [
        "model.add(keras.Input(shape=(None, 2)))",
        "model.add(layers.Masking(mask_value=-1000000000.0))",
    ]
