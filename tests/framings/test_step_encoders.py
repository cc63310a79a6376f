"""Every framing with every step encoder: shapes, parameters, causality, and saved models in plain Keras."""

import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest

from seqframe.config import ModelSettings
from seqframe.data.sequences import MASK_VALUE
from seqframe.data.step_inputs import StepInputs
from seqframe.errors import UserError
from seqframe.framings import FRAMINGS, TUTORIAL, Framing
from seqframe.framings.causality import framing_dependency
from seqframe.framings.step_encoders import _runs
from seqframe.networks.backend import keras
from seqframe.networks.build import build_model, count_parameters, export_keras, init_network, predict
from seqframe.networks.spec import Masking, NetworkSpec
from tools.docs.keras_code import model_code

STEPS, WINDOWS = 5, 4
CODES = StepInputs((4, 0, 0, 7))  # two columns with categories around two of numbers
IMAGE = StepInputs(shape=(4, 3, 2))
VECTOR = StepInputs()
INPUTS = {  # encoder and columns -> settings, columns, encoded features
    "none": ({}, VECTOR, 6),
    "dense": ({"step_encoder": "dense"}, VECTOR, 5),
    "conv1d": ({"step_encoder": "conv1d", "encoder_pooling": "average"}, VECTOR, 5),
    "conv1d of channels": ({"step_encoder": "conv1d"}, StepInputs(shape=(4, 3)), 2 * 5),
    "conv2d": ({"step_encoder": "conv2d"}, IMAGE, 2 * 2 * 5),
    "conv2d, averaged": ({"step_encoder": "conv2d", "encoder_pooling": "average"}, IMAGE, 5),
    "dense, of an image": ({"step_encoder": "dense"}, IMAGE, 5),
    "embedding": ({"step_encoder": "embedding"}, CODES, 3 + 2 + 3),
    "embedding alone": ({"step_encoder": "embedding"}, StepInputs((4,)), 3),
}
QUICK = ("conv2d", "embedding")
every_input = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in INPUTS]
)
every_framing = pytest.mark.parametrize(
    "framing",
    [pytest.param(f, marks=[] if f is TUTORIAL[2] else pytest.mark.slow, id=f.name) for f in FRAMINGS],
)


def make_rows(step: StepInputs, windows: int = WINDOWS, steps: int = STEPS) -> np.ndarray:
    """Random rows of windows: codes, or numbers: (windows, steps, features), float32."""
    random = np.random.default_rng(1)
    rows = random.normal(size=(windows, steps, step.n_features or 6))
    for column, categories in enumerate(step.n_categories):
        if categories:
            rows[..., column] = random.integers(0, categories, (windows, steps))
    return rows.astype(np.float32)


def framed(framing: Framing, name: str) -> tuple[NetworkSpec, np.ndarray]:
    """The network of a framing with an encoder, and its X."""
    settings, step, _ = INPUTS[name]
    model = ModelSettings.model_validate({"units": 4, "encoder_units": 5, "embedding_size": 3} | settings)
    rows = make_rows(step, steps=1 if framing.name == "one_to_many" else STEPS)
    X, y = framing.to_inputs(rows), framing.to_targets(np.zeros((WINDOWS, STEPS, 1)))
    return framing.make_spec(X, y, model, WINDOWS, step), X


@every_framing
@every_input
def test_shapes_and_parameters(framing: Framing, name: str) -> None:
    spec, X = framed(framing, name)
    network = init_network(spec, seed=1)  # raises if a formula and Keras differ
    assert predict(network, X).shape == framing.to_targets(np.zeros((WINDOWS, STEPS, 1))).shape
    for layer, shape in spec.layers().values():
        count = layer.param_count(shape)
        assert eval(count.substituted.replace("^", "**")) == count.value
    first = next(layer for layer in (*spec.body, spec.head) if "TimeDistributed" in str(layer) or name == "none")
    if name != "none":
        rows = (STEPS, INPUTS[name][1].n_features or X.shape[2])
        assert first.output_shape(rows) == (STEPS, INPUTS[name][2])


@every_framing
@every_input
def test_the_saved_model_predicts_the_same(framing: Framing, name: str, tmp_path) -> None:
    spec, X = framed(framing, name)
    network = init_network(spec, seed=1)
    export_keras(network).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    expected = predict(network, X)
    if spec.steps_per_sequence:  # a stateful model takes one sequence
        X, expected = X[:STEPS].reshape(1, STEPS, -1), expected[:STEPS].reshape(1, STEPS, -1)
    np.testing.assert_allclose(loaded(X, training=False), expected, atol=1e-5)


@every_framing
@every_input
def test_an_encoder_does_not_change_what_outputs_depend_on(framing: Framing, name: str) -> None:
    spec, X = framed(framing, name)
    inputs = (1 if framing.name == "one_to_many" else STEPS, INPUTS[name][1].n_features or 6)
    plain = framing.make_spec(X, framing.to_targets(np.zeros((WINDOWS, STEPS, 1))), ModelSettings(units=4), WINDOWS)
    measured, expected = (framing_dependency(each, framing, inputs, (STEPS, 1)) for each in (spec, plain))
    assert (measured.depends_on == expected.depends_on).all()


def masked_spec(name: str) -> NetworkSpec:
    """A bidirectional tagger of padded sequences."""
    settings, step, _ = INPUTS[name]
    model = ModelSettings.model_validate({"units": 4, "bidirectional": True} | settings)
    framing = next(framing for framing in FRAMINGS if framing.name == "many_to_many")
    spec = framing.make_spec(make_rows(step), np.zeros((WINDOWS, STEPS, 2)), model, WINDOWS, step)
    return replace(spec, body=(Masking(MASK_VALUE), *spec.body), variable_length=True)


def padded(name: str, lengths: tuple[int, ...]) -> np.ndarray:
    """Sequences of some lengths, padded at the end."""
    X = make_rows(INPUTS[name][1], len(lengths), max(lengths))
    for row, length in enumerate(lengths):
        X[row, length:] = MASK_VALUE
    return X


@every_input
def test_padded_steps_change_nothing(name: str) -> None:
    network = init_network(masked_spec(name), seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # a layer that loses a mask warns
        for lengths in ((5, 3, 1), (9, 2), (1,)):
            X = padded(name, lengths)
            outputs = predict(network, X)
            for row, length in enumerate(lengths):
                alone = predict(network, X[[row], :length])[0]
                np.testing.assert_allclose(outputs[row, :length], alone, atol=1e-6)


PLAIN_KERAS = """
import sys
import keras, numpy as np
folder = sys.argv[1]
arrays = np.load(f"{folder}/arrays.npz")
for name in sys.argv[2:]:
    model = keras.models.load_model(f"{folder}/{name}.keras", safe_mode=True)
    for number in range(3):
        X = arrays[f"{name} X{number}"]
        outputs, valid = model.predict(X, verbose=0), X[..., 0] > -1e9
        np.testing.assert_allclose(outputs[valid], arrays[f"{name} y{number}"][valid], atol=1e-5)
assert not any(module.startswith("seqframe") for module in sys.modules)
"""


@pytest.mark.slow
def test_saved_taggers_predict_any_length_in_a_process_without_seqframe(tmp_path) -> None:
    """`predict` with several lengths makes a graph with an unknown number of steps."""
    arrays, names = {}, ("dense", *QUICK)
    for name in names:
        network = init_network(masked_spec(name), seed=1)
        export_keras(network).save(tmp_path / f"{name}.keras")
        for number, lengths in enumerate(((5, 3, 1), (9, 2), (12, 12, 4, 1))):
            X = padded(name, lengths)
            arrays |= {f"{name} X{number}": X, f"{name} y{number}": predict(network, X)}
    np.savez(tmp_path / "arrays.npz", **arrays)
    command = [sys.executable, "-W", "error::UserWarning", "-c", PLAIN_KERAS, str(tmp_path), *names]
    subprocess.run(command, check=True, cwd=tmp_path)


@pytest.mark.parametrize("name", QUICK)
def test_the_printed_code_makes_the_same_network(name: str) -> None:
    spec, X = framed(next(framing for framing in FRAMINGS if framing.name == "many_to_one"), name)
    code = "import keras\nfrom keras import layers\n" + "\n".join(model_code(spec))
    variables: dict[str, keras.Model] = {}
    exec(code, variables)
    network = init_network(spec, seed=1)
    variables["model"].set_weights(network.weights)
    np.testing.assert_allclose(variables["model"](X), predict(network, X), atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "step", "message"),
    [
        ({}, CODES, "no numbers, so only an embedding reads them. Received: model.step_encoder=none."),
        ({"step_encoder": "dense"}, CODES, "Received: model.step_encoder=dense. Set model.step_encoder=embedding, or"),
        ({"step_encoder": "embedding"}, VECTOR, "Received: columns of numbers. Set data.category_encoding=codes for"),
        ({"step_encoder": "conv2d"}, VECTOR, "(height, width, channels). Received: a vector. Set model.step_encoder="),
    ],
)
def test_an_encoder_that_does_not_suit_the_columns_is_one_line(settings, step: StepInputs, message: str) -> None:
    model = ModelSettings.model_validate({"units": 4} | settings)
    X = np.zeros((2, 3, step.n_features or 6))
    with pytest.raises(UserError) as caught:
        FRAMINGS[1].make_spec(X, np.zeros((2, 1)), model, 2, step)
    assert message in str(caught.value)
    assert len(str(caught.value)) <= 300


def test_columns_of_numbers_are_read_together() -> None:
    assert _runs((0, 0, 3, 0)) == [(0, 2), (3, 1), (0, 1)]


def test_every_column_has_weights_of_its_own() -> None:
    spec, _ = framed(FRAMINGS[1], "embedding")
    shapes = [weights.shape for weights in build_model(spec, seed=0).get_weights()]
    assert shapes[:2] == [(4, 3), (7, 3)]
    assert count_parameters(spec, build_model(spec, seed=0))["body_1"] == 4 * 3 + 7 * 3
