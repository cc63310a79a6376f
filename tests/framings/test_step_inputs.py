"""Generated sequences with labels, of numbers, codes and images, in every framing that supports their task."""

import numpy as np
import pytest

from seqframe.config import DataSettings, ModelSettings, Settings, TaskSettings, TrainingSettings
from seqframe.data.label_dataset import LabelDataset, make_label_dataset
from seqframe.data.label_generators import generate_labeled
from seqframe.framings import Framing, find_framing, supported_framings
from seqframe.framings.causality import check_label_framing, example_shapes, example_spec
from seqframe.framings.sequences import FramedSequences, make_label_spec, predict_labels
from seqframe.networks.backend import keras
from seqframe.networks.build import export_keras, init_network, predict
from seqframe.reporting.diagrams.network import draw_network
from seqframe.training.runs import fit_pairs

CASES = {  # name -> generator, task, model
    "numbers": ("brackets", "label", {}),
    "numbers, encoded": ("parity", "classify", {"step_encoder": "dense"}),
    "codes": ("tokens", "label", {"step_encoder": "embedding", "embedding_size": 3}),
    "images": ("moving_square", "classify", {"step_encoder": "conv2d", "encoder_units": 2}),
    "images at every step": ("moving_square", "label", {"step_encoder": "conv2d", "encoder_units": 2}),
}

QUICK = (("many_to_many", "codes"), ("many_to_one", "images"))
SLOW = pytest.mark.slow


def settings(name: str) -> Settings:
    generator, kind, model = CASES[name]
    return Settings(
        data=DataSettings(generator=generator, sequence_length=8, n_train=12, n_test=4),
        task=TaskSettings.model_validate({"kind": kind, "available": "whole" if kind == "label" else "past"}),
        model=ModelSettings.model_validate({"units": 3} | model),
        training=TrainingSettings(epochs=2, batch_size="full", learning_rate=0.01, seed=0, n_seeds=1),
    )


def dataset_of(name: str) -> LabelDataset:
    given = settings(name)
    return make_label_dataset(generate_labeled(given.data, given.task.kind), given.data, given.task)


every_case_and_framing = pytest.mark.parametrize(
    ("name", "framing"),
    [
        pytest.param(name, framing, id=f"{framing.name}-{name}", marks=[] if (framing.name, name) in QUICK else SLOW)
        for name in CASES
        for framing in supported_framings(settings(name))
    ],
)


@every_case_and_framing
def test_a_network_is_trained_and_its_saved_model_predicts_the_same(name: str, framing: Framing, tmp_path) -> None:
    given, dataset = settings(name), dataset_of(name)
    spec = make_label_spec(dataset, framing, given.model)
    (fit,) = fit_pairs(spec, framing, [dataset], given.training)
    test = dataset.splits["test"]
    probabilities = predict_labels(lambda X: predict(fit.network, X), framing, dataset, test)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert len(probabilities) == (dataset.sequences.lengths[test].sum() if given.task.kind == "label" else len(test))
    export_keras(fit.network).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    if spec.steps_per_sequence:  # a stateful model takes one sequence
        again = np.concatenate([predict_one(loaded, dataset.inputs(test[[row]])) for row in range(len(test))])
    else:
        again = predict_labels(lambda X: loaded.predict(X, verbose=0), framing, dataset, test)
    np.testing.assert_allclose(again, probabilities, atol=1e-5)


def predict_one(model: keras.Model, X: np.ndarray) -> np.ndarray:
    """Probabilities of all steps of one sequence by a stateful model, which starts from zero."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.RNN):
            layer.reset_state()
    return model.predict(X, verbose=0)[0]


@every_case_and_framing
def test_causality_and_diagram(name: str, framing: Framing) -> None:
    dataset = dataset_of(name)
    spec = make_label_spec(dataset, framing, settings(name).model)
    assert check_label_framing(spec, framing, dataset).outcome in ("causal", "partial")
    if framing.name in ("many_to_one", "many_to_many"):
        assert check_label_framing(spec, framing, dataset).outcome == "causal" or dataset.task.kind == "label"
    example = example_spec(spec, framing, dataset)
    svg = draw_network(example, framing, *example_shapes(framing, dataset))
    assert "TimeDistributed" in svg or settings(name).model.step_encoder == "none"


def test_an_embedding_learns_the_tags_of_words_that_have_one_only() -> None:
    dataset, framing = dataset_of("codes"), find_framing("one_to_one")
    spec = make_label_spec(dataset, framing, settings("codes").model)
    training = settings("codes").training.model_copy(update={"epochs": 150, "learning_rate": 0.05})
    (fit,) = fit_pairs(spec, framing, [dataset], training)
    samples = FramedSequences(dataset, framing, dataset.splits["train"])
    X, y = samples.batch(slice(None))
    words = [dataset.sequences.categories[0][1][int(code)] for code in X[:, 0, 0]]
    known = np.array([word not in ("light", "saw", "watch") for word in words])
    predicted = predict(fit.network, X).argmax(axis=1)
    assert (predicted[known] == y[known, 0]).all()
    assert init_network(spec, 0).spec == fit.network.spec
