"""The framing that carries its state: however a sequence is cut into pieces, the outputs are equal to one long pass."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seqframe.config import DataSettings, ModelSettings, TaskSettings, TrainingSettings
from seqframe.data.dataset import make_dataset
from seqframe.framings.dataset import frame_arrays
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.framings.stateful import STATEFUL
from seqframe.networks.build import export_keras, init_network, predict
from seqframe.networks.spec import NetworkState
from seqframe.training.trainer import train

STEPS, FEATURES = 12, 2
PREDICT = """
import json, sys
import keras, numpy as np
X, cuts = (json.loads(text) for text in sys.argv[2:4])
model = keras.models.load_model(sys.argv[1])
pieces = np.split(np.array(X, "float32"), cuts)
print(json.dumps(np.concatenate([model.predict(piece[None], verbose=0)[0] for piece in pieces]).tolist()))
"""


@pytest.fixture(scope="module")
def trained() -> tuple[NetworkState, np.ndarray]:
    dataset = make_dataset(
        DataSettings(sequence_length=STEPS, generator="adding", n_train=2), TaskSettings(kind="echo")
    )
    X, y = frame_arrays(dataset, STATEFUL, dataset.train)
    spec = STATEFUL.make_spec(X, y, ModelSettings(units=5, hidden_sizes=[5, 4]), windows=2)
    training = TrainingSettings(epochs=3, batch_size="full", learning_rate=0.01, seed=0, n_seeds=1)
    return train(init_network(spec, seed=1), X, y, training)[0], X


@pytest.mark.parametrize("cuts", [[], [1], [5, 6], [3, 7, 11], list(range(1, STEPS))])
def test_pieces_of_any_sizes_give_one_long_pass(trained: tuple[NetworkState, np.ndarray], cuts: list[int]) -> None:
    network, X = trained
    model = export_keras(network)
    for sequence, expected in zip(np.split(X, 2), np.split(predict(network, X), 2), strict=True):
        for layer in model.layers:
            if getattr(layer, "stateful", False):
                layer.reset_state()
        pieces = np.split(sequence[:, 0], cuts)  # (steps, features) each
        outputs = np.concatenate([model(piece[None], training=False).numpy()[0] for piece in pieces])
        np.testing.assert_allclose(outputs, expected[:, 0], atol=1e-5)


@pytest.mark.slow
def test_also_saved_and_loaded_in_another_process(trained: tuple[NetworkState, np.ndarray], tmp_path: Path) -> None:
    network, X = trained
    export_keras(network).save(tmp_path / "stateful.keras")
    sequence = X[:STEPS, 0]
    output = subprocess.run(
        [sys.executable, "-c", PREDICT, str(tmp_path / "stateful.keras"), json.dumps(sequence.tolist()), "[2, 3, 9]"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    outputs = np.array(json.loads(output.stdout.splitlines()[-1]))
    np.testing.assert_allclose(outputs, predict(network, X)[:STEPS, 0], atol=1e-5)


def test_its_weights_serve_a_network_that_carries_nothing(trained: tuple[NetworkState, np.ndarray]) -> None:
    network, X = trained
    windows = X.reshape(2, STEPS, FEATURES)
    spec = MANY_TO_MANY.make_spec(windows, np.zeros((2, STEPS, 1)), ModelSettings(units=5, hidden_sizes=[5, 4]))
    np.testing.assert_allclose(
        predict(NetworkState(spec, network.weights), windows).reshape(2 * STEPS, 1, 1), predict(network, X), atol=1e-6
    )


def test_it_is_trained_as_keras_would_step_by_step_with_the_state_reset_at_the_end_of_each_sequence(
    trained: tuple[NetworkState, np.ndarray],
) -> None:
    import keras

    dataset = make_dataset(
        DataSettings(sequence_length=STEPS, generator="adding", n_train=2), TaskSettings(kind="echo")
    )
    X, y = frame_arrays(dataset, STATEFUL, dataset.train)
    model = export_keras(init_network(trained[0].spec, seed=1))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    for _ in range(3):
        for sample in range(len(X)):
            if sample % STEPS == 0:
                for layer in model.layers:
                    if getattr(layer, "stateful", False):
                        layer.reset_state()
            model.train_on_batch(X[sample : sample + 1], y[sample : sample + 1])
    for ours, kerass in zip(trained[0].weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, kerass, atol=1e-6)
