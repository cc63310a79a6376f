"""Losses and optimizers are Keras': the same bits as `fit`. Labels that are missing do not count."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from seqframe.config import TrainingSettings
from seqframe.data.sequences import MASK_VALUE, MISSING_LABEL
from seqframe.networks import layers
from seqframe.networks.build import build_model, export_keras, init_network, predict
from seqframe.networks.recurrent_layers import GRU, SimpleRNN
from seqframe.networks.spec import Dense, LayerSpec, Masking, NetworkSpec, NetworkState, TimeDistributed
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.loop import LoopConfig, Trainer
from seqframe.training.losses import LossConfig
from seqframe.training.optimizers import OPTIMIZERS, OptimizerConfig
from seqframe.training.samples import ArraySamples
from seqframe.training.trainer import train

STEPS, FEATURES, CLASSES = 5, 2, 3
CODES, FLAGS = "sparse_categorical_crossentropy", "binary_crossentropy"
ACTIVATIONS = {CODES: "softmax", FLAGS: "sigmoid"}
PER_STEP = (SimpleRNN(3, return_sequences=True),)
rng = np.random.default_rng(0)
X = rng.normal(size=(11, STEPS, FEATURES)).astype(np.float32)


def network(head: LayerSpec, body: tuple[LayerSpec, ...] = PER_STEP, **others: Any) -> NetworkState:
    return init_network(NetworkSpec("many_to_many", (STEPS, FEATURES), body, head, **others), seed=1)


def codes(*shape: int, missing: bool = False) -> np.ndarray:
    """Codes of classes (*shape, 1), a third of them missing."""
    labels = np.random.default_rng(1).integers(0, CLASSES, size=(*shape, 1))
    unknown = np.random.default_rng(2).uniform(size=labels.shape) < missing / 3
    return np.where(unknown, MISSING_LABEL, labels).astype(np.float32)


def settings(epochs: int = 4, **others: Any) -> TrainingSettings:
    return TrainingSettings(
        **{"epochs": epochs, "batch_size": 4, "learning_rate": 0.05, "seed": 3, "n_seeds": 1, **others}
    )


def fit(
    state: NetworkState, y: np.ndarray, loss: Any, optimizer: Any = None, weights: Any = None, epochs: int = 4
) -> tuple[list[float], list[np.ndarray]]:
    """Losses and weights of Keras' `fit`."""
    model = build_model(state.spec, seed=0, layer_module=layers)
    model.set_weights(state.weights)
    model.compile(optimizer=optimizer or keras.optimizers.Adam(0.05), loss=loss)
    options = {"epochs": epochs, "batch_size": 4, "shuffle": False, "verbose": 0}
    fitted = model.fit(X, y, sample_weight=weights, **options)
    return fitted.history["loss"], model.get_weights()


def same(first: Any, second: Any) -> bool:
    return all((a == b).all() for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(
    ("config", "loss"),
    [
        (LossConfig("mae"), "mae"),
        (LossConfig("huber", delta=0.3), keras.losses.Huber(0.3)),
        (LossConfig("keras", keras_loss=keras.losses.LogCosh()), keras.losses.LogCosh()),
    ],
    ids=["mae", "huber", "a loss of one's own"],
)
def test_losses_of_values_are_bit_for_bit_what_fit_computes(config: LossConfig, loss: Any) -> None:
    state = network(TimeDistributed(Dense(2)))
    y = rng.normal(size=(11, STEPS, 2)).astype(np.float32)
    trained, history = train(state, X, y, settings(), loss=config)
    losses, weights = fit(state, y, loss)
    assert list(history.losses) == losses
    assert same(trained.weights, weights)


@pytest.mark.parametrize("wrapped", [False, True], ids=["Dense", "TimeDistributed"])
def test_cross_entropy_of_codes_is_bit_for_bit_what_fit_computes(wrapped: bool) -> None:
    """Keras finds the logits of a Dense layer with softmax; the logits of a wrapped layer must be given to it."""
    head = Dense(CLASSES, activation="softmax")
    state, y = network(TimeDistributed(head) if wrapped else head), codes(11, STEPS)
    trained, history = train(state, X, y, settings(), loss=LossConfig(CODES))
    losses, weights = fit(network(head), y, CODES)
    assert list(history.losses) == losses
    assert same(trained.weights, weights)
    probabilities = export_keras(trained).predict(X, verbose=0)
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1, rtol=1e-6)
    np.testing.assert_allclose(probabilities, predict(trained, X), rtol=1e-5, atol=1e-7)


def test_missing_labels_and_class_weights_are_sample_weights_of_keras() -> None:
    class_weights = np.array([0.5, 1.0, 3.0], np.float32)
    state, y = network(Dense(CLASSES, activation="softmax")), codes(11, STEPS, missing=True)
    known = y[..., 0] != MISSING_LABEL
    sample_weights = np.where(known, class_weights[np.maximum(y[..., 0], 0).astype(int)], 0).astype(np.float32)
    trained, history = train(state, X, y, settings(), loss=LossConfig(CODES), class_weights=class_weights)
    loss = keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")
    losses, weights = fit(state, np.maximum(y, 0), loss, weights=sample_weights)
    assert same(trained.weights, weights)
    probabilities = predict(state, X).reshape(-1, CLASSES)
    chosen = probabilities[np.arange(len(probabilities)), np.maximum(y, 0).astype(int).ravel()]
    mean = -(np.log(chosen) * sample_weights.ravel()).sum() / sample_weights.sum()
    still = train(state, X, y, settings(1, learning_rate=1e-30), loss=LossConfig(CODES), class_weights=class_weights)
    assert still[1].losses[0] == pytest.approx(mean, rel=1e-5), "an epoch counts labels"
    assert history.losses[0] != losses[0], "and `fit` counts samples"


def test_one_label_a_sequence() -> None:
    state = network(Dense(CLASSES, activation="softmax"), (GRU(3),))
    trained, history = train(state, X, codes(11), settings(), loss=LossConfig(CODES))
    losses, weights = fit(state, codes(11), CODES)
    assert list(history.losses) == losses
    assert same(trained.weights, weights)


def test_cross_entropy_of_flags_is_bit_for_bit_what_fit_computes_with_one_class() -> None:
    state, y = network(Dense(1, activation="sigmoid")), np.minimum(codes(11, STEPS), 1)
    trained, history = train(state, X, y, settings(), loss=LossConfig(FLAGS))
    losses, weights = fit(state, y, FLAGS)
    assert list(history.losses) == losses
    assert same(trained.weights, weights)


def test_every_flag_has_its_own_weight() -> None:
    state = network(TimeDistributed(Dense(CLASSES, activation="sigmoid")))
    y = rng.choice([0.0, 1.0, MISSING_LABEL], size=(11, STEPS, CLASSES)).astype(np.float32)
    class_weights = np.array([[1, 2], [1, 5], [0.5, 1]], np.float32)
    _, history = train(
        state, X, y, settings(1, learning_rate=1e-30), loss=LossConfig(FLAGS), class_weights=class_weights
    )
    p = predict(state, X)
    losses = -np.where(y == 1, np.log(p), np.log(1 - p))
    weights = np.where(y == 1, class_weights[:, 1], class_weights[:, 0]) * (y != MISSING_LABEL)
    assert history.losses[0] == pytest.approx((losses * weights).sum() / weights.sum(), rel=1e-5)


@pytest.mark.parametrize("name", [CODES, FLAGS])
def test_a_batch_without_labels_changes_nothing(name: str) -> None:
    state = network(Dense(CLASSES, activation=ACTIVATIONS[name]))
    outputs = CLASSES if name == FLAGS else 1
    y = np.full((4, STEPS, outputs), MISSING_LABEL, np.float32)
    trained, history = train(state, X[:4], y, settings(), loss=LossConfig(name))
    assert history.losses == (0.0,) * 4
    assert same(trained.weights, state.weights)


def test_a_hopelessly_wrong_label_still_has_a_gradient() -> None:
    state = network(TimeDistributed(Dense(CLASSES, activation="softmax")))
    kernel, bias = state.weights[-2:]
    extreme = NetworkState(state.spec, (*state.weights[:-2], 0 * kernel, np.array([200, 0, 0], np.float32) + bias))
    _, history = train(extreme, X, np.ones((11, STEPS, 1), np.float32), settings(), loss=LossConfig(CODES))
    assert history.losses[0] == pytest.approx(200, rel=0.01)
    assert history.losses[-1] < history.losses[0]


@pytest.mark.parametrize(
    "config",
    [
        OptimizerConfig("adam", clipnorm=0.01),
        OptimizerConfig("adamw", weight_decay=0.1),
        OptimizerConfig("adamw"),
        OptimizerConfig("sgd"),
        OptimizerConfig("sgd", momentum=0.9),
        OptimizerConfig("rmsprop"),
    ],
    ids=lambda config: " ".join([config.name, *config.arguments()]),
)
def test_optimizers_are_bit_for_bit_what_fit_computes(config: OptimizerConfig) -> None:
    state, y = network(Dense(2)), rng.normal(size=(11, STEPS, 2)).astype(np.float32)
    trainer = Trainer(state.spec, LoopConfig(False, 0, False, optimizer=config))
    trainer.start(state, (X, y), None, settings())
    losses, _ = trainer.run(4)
    optimizer = getattr(keras.optimizers, OPTIMIZERS[config.name])(0.05, **config.arguments())
    expected, weights = fit(state, y, "mse", optimizer)
    assert losses == expected
    assert same(trainer.weights(), weights)
    assert len(optimizer.variables) == 2 + config.slots * len(trainer._graph.model.trainable_variables), "and the step"


def test_a_loss_of_your_own_has_no_checkpoints(tmp_path: Path) -> None:
    state, y = network(Dense(2)), np.zeros((11, STEPS, 2), np.float32)
    checkpoints = CheckpointStore(tmp_path / "store")
    train(state, X, y, settings(), loss=LossConfig("keras", keras_loss=keras.losses.LogCosh()), checkpoints=checkpoints)
    assert checkpoints.count() == 0
    train(state, X, y, settings(), loss=LossConfig("mae"), checkpoints=checkpoints)
    train(state, X, y, settings(), loss=LossConfig("huber"), checkpoints=checkpoints)
    assert checkpoints.count() == 2, "the fingerprint has the loss"
    checkpoints.delete()


def test_early_stopping_monitors_the_loss_that_is_trained() -> None:
    """Of the untrained network too, where a skip connection makes it a linear model."""
    state, y = network(Dense(2)), rng.normal(size=(11, STEPS, 2)).astype(np.float32)
    trainer = Trainer(state.spec, LoopConfig(False, 2, True, loss=LossConfig("mae")))
    trainer.start(state, (X, y), (X, y), settings())
    trainer.monitor_initial(ArraySamples(X, y))
    assert trainer.state()["best_loss"] == pytest.approx(np.abs(predict(state, X) - y).mean(), rel=1e-5)
    trained, history = train(state, X, 0 * y, settings(50, patience=3), (X, 100 * y), loss=LossConfig("mae"))
    assert len(history.losses) < 50
    best = int(np.argmin(history.validation_losses))
    error = np.abs(predict(trained, X) - 100 * y).mean()
    assert error == pytest.approx(history.validation_losses[best], rel=1e-4)


def test_padding_does_not_count() -> None:
    """The same sequences with more padding give the same training, up to rounding."""
    body = (Masking(MASK_VALUE), SimpleRNN(3, return_sequences=True))
    state = network(TimeDistributed(Dense(CLASSES, activation="softmax")), body, variable_length=True)
    padded = np.pad(X, ((0, 0), (0, 7), (0, 0)), constant_values=MASK_VALUE)
    y = codes(11, STEPS)
    longer = np.pad(y, ((0, 0), (0, 7), (0, 0)), constant_values=MISSING_LABEL)
    first, first_history = train(state, X, y, settings(), loss=LossConfig(CODES))
    second, second_history = train(state, padded, longer, settings(), loss=LossConfig(CODES))
    np.testing.assert_allclose(first_history.losses, second_history.losses, rtol=1e-5)
    for a, b in zip(first.weights, second.weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
