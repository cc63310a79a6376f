"""The contract of framings of sequences with labels: which supports which task, and with every cell and length."""

import hashlib
import itertools
from dataclasses import replace
from functools import partial
from typing import Any

import keras
import numpy as np
import pytest

from helpers.labels import CLASSES, EQUAL, UNEQUAL, a_label_task, make_labels, tiny_model, tiny_training
from seqframe.config import DataSettings, ModelSettings, Settings
from seqframe.data.label_dataset import LabelDataset
from seqframe.data.sequences import MASK_VALUE, MISSING_LABEL
from seqframe.framings import Framing, candidate_framings, find_framing, supported_framings
from seqframe.framings.causality import check_label_framing
from seqframe.framings.index_map import map_sequences
from seqframe.framings.sequences import FramedSequences, make_label_spec, predict_labels
from seqframe.networks.build import build_network, export_keras, init_network, predict
from seqframe.networks.causality import raise_on_leakage
from seqframe.networks.spec import Dense, NetworkState, TimeDistributed
from seqframe.training.losses import LossConfig
from seqframe.training.runs import fit_pairs
from seqframe.training.trainer import train_samples

CELLS = ["lstm", *(pytest.param(cell, marks=pytest.mark.slow) for cell in ("gru", "simple_rnn"))]
LENGTHS = {"equal": EQUAL, "unequal": UNEQUAL}


def settings(
    per_step: bool, available: str = "past", shuffle: bool = False, batch_size: Any = 1, **model: Any
) -> Settings:
    return Settings(
        data=DataSettings(sequence_length=1),
        task=a_label_task(per_step, available),
        model=tiny_model(**model),
        training=tiny_training(shuffle=shuffle, batch_size=batch_size),
    )


def names(framings: tuple[Framing, ...]) -> list[str]:
    return [framing.title for framing in framings]


def test_framings_that_classify() -> None:
    every = ["one_to_one", "many_to_one", "many_to_many", "many_to_one bidirectional", "many_to_many bidirectional"]
    assert names(supported_framings(settings(per_step=False))) == every
    assert names(supported_framings(settings(per_step=False, bidirectional=True))) == every[:3]


def test_framings_that_label() -> None:
    every = ["one_to_one", "many_to_many", "stateful"]
    assert names(supported_framings(settings(per_step=True))) == every
    assert names(supported_framings(settings(True, "whole"))) == [*every, "many_to_many bidirectional"]
    assert "stateful" not in names(supported_framings(settings(True, shuffle=True)))
    assert "stateful" not in names(supported_framings(settings(True, batch_size=4)))
    assert names(supported_framings(settings(True, bidirectional=True))) == ["one_to_one"]


def test_a_stateful_framing_needs_an_input_at_every_step() -> None:
    masked = settings(True).model_copy(update={"data": DataSettings(sequence_length=1, missing="mask")})
    assert names(supported_framings(masked)) == ["one_to_one", "many_to_many"]
    reason = find_framing("stateful").unsupported_reason(masked)
    assert "`data.missing` must not be mask" in str(reason)


@pytest.mark.parametrize("framing", candidate_framings(), ids=lambda framing: framing.name)
def test_every_framing_supports_a_task_or_gives_the_reason(framing: Framing) -> None:
    for per_step in (False, True):
        reason = framing.unsupported_reason(settings(per_step))
        assert reason is None or (reason.endswith(".") and len(f"{framing.title} {reason}") < 260)


def supported_cases() -> list[Any]:
    cases = []
    for per_step, framing in itertools.product((False, True), candidate_framings()):
        if framing.unsupported_reason(settings(per_step, "whole" if per_step else "past")) is None:
            cases.append((per_step, framing))
    return cases


every_case = pytest.mark.parametrize(
    ("per_step", "framing"),
    [pytest.param(*case, id=f"{'label' if case[0] else 'classify'}-{case[1].name}") for case in supported_cases()],
)


def network_of(dataset: LabelDataset, framing: Framing, model: ModelSettings) -> NetworkState:
    return build_network(make_label_spec(dataset, framing, model), seed=0)[0]


def every_number(dataset: LabelDataset) -> np.ndarray:
    return np.arange(len(dataset.sequences))


@every_case
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
def test_probabilities_do_not_depend_on_padding(
    per_step: bool, framing: Framing, cell: str, lengths: tuple[int, ...]
) -> None:
    dataset = make_labels(lengths, per_step, "whole" if per_step else "past")
    network = network_of(dataset, framing, tiny_model(cell=cell))
    numbers = every_number(dataset)[::-1]
    together = predict_labels(partial(predict, network), framing, dataset, numbers)
    alone = [predict_labels(partial(predict, network), framing, dataset, np.array([number])) for number in numbers]
    assert together.shape == (sum(lengths) if per_step else len(lengths), len(CLASSES))
    np.testing.assert_allclose(together, np.concatenate(alone), atol=1e-6)
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-6)


@every_case
@pytest.mark.parametrize("cell", CELLS)
def test_a_saved_model_predicts_alike_in_plain_keras(
    per_step: bool, framing: Framing, cell: str, tmp_path: Any
) -> None:
    dataset = make_labels(UNEQUAL, per_step, "whole" if per_step else "past")
    network = network_of(dataset, framing, tiny_model(cell=cell))
    spec = network.spec.stateless()
    export_keras(NetworkState(spec, network.weights)).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    numbers = every_number(dataset)
    plain = predict_labels(lambda X: loaded.predict(X, verbose=0), framing, dataset, numbers)
    np.testing.assert_allclose(predict_labels(partial(predict, network), framing, dataset, numbers), plain, atol=1e-5)


@every_case
@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
def test_samples_have_the_labels_of_their_steps(per_step: bool, framing: Framing, lengths: tuple[int, ...]) -> None:
    dataset = make_labels(lengths, per_step, "whole" if per_step else "past")
    samples = FramedSequences(dataset, framing, every_number(dataset))
    X, y = samples.batch(slice(None))
    assert (X.shape, y.shape) == (samples.X_shape, samples.y_shape)
    assert X.dtype == y.dtype == np.float32
    known = y != MISSING_LABEL
    has_steps = not framing.name.startswith("many_to_one")
    assert known.sum() == (sum(lengths) if has_steps else len(lengths)), "every label once, and none for a padded step"
    if y.ndim == 3 and X.shape[1] == y.shape[1]:
        np.testing.assert_array_equal(known[..., 0], (X != MASK_VALUE).any(axis=-1))
    one = samples.batch(np.array([2]))
    each = samples.samples_per_window
    np.testing.assert_array_equal(one[0], X[2 * each : 3 * each])
    np.testing.assert_array_equal(one[1], y[2 * each : 3 * each])


def digest(samples: FramedSequences) -> str:
    hashed = hashlib.sha256()
    samples.update_hash(hashed)
    return hashed.hexdigest()


def test_the_hash_changes_with_what_determines_the_samples() -> None:
    dataset, numbers = make_labels(), np.arange(4)
    many = find_framing("many_to_many")
    samples = [
        FramedSequences(dataset, many, numbers),
        FramedSequences(dataset, many, numbers[::-1]),
        FramedSequences(dataset, find_framing("many_to_one"), numbers),
        FramedSequences(dataset, replace(many, reverse_inputs=True), numbers),
        FramedSequences(dataset, replace(many, reverse_targets=True), numbers),
        FramedSequences(make_labels(seed=1), many, numbers),
        FramedSequences(make_labels(per_step=True), many, numbers),
    ]
    assert len({digest(each) for each in samples}) == len(samples)
    assert digest(samples[0]) == digest(FramedSequences(make_labels(), many, numbers))


@pytest.mark.parametrize("multi_label", [False, True])
def test_the_head_has_an_output_for_each_class(multi_label: bool) -> None:
    activation = "sigmoid" if multi_label else "softmax"
    dataset = make_labels(multi_label=multi_label)
    dense = Dense(len(CLASSES), activation)
    for name, model, head in (
        ("many_to_one", tiny_model(), dense),
        ("many_to_many", tiny_model(), TimeDistributed(dense)),
        ("many_to_many", tiny_model(head="dense"), dense),
    ):
        assert make_label_spec(dataset, find_framing(name), model).head == head


def test_every_step_votes() -> None:
    dataset, framing = make_labels(), find_framing("many_to_many")
    random = np.random.default_rng(0)

    def predict_fn(X: np.ndarray) -> np.ndarray:
        return random.random((*X.shape[:2], len(CLASSES)))

    numbers = every_number(dataset)
    order = np.argsort(dataset.sequences.lengths, kind="stable")
    steps = np.random.default_rng(0).random((len(numbers), max(UNEQUAL), len(CLASSES)))
    expected = np.stack(
        [steps[np.flatnonzero(order == number)[0], : UNEQUAL[number]].mean(axis=0) for number in numbers]
    )
    np.testing.assert_allclose(predict_labels(predict_fn, framing, dataset, numbers), expected)


def check(name: str, dataset: LabelDataset, **model: Any) -> Any:
    framing = find_framing(name)
    return check_label_framing(make_label_spec(dataset, framing, tiny_model(**model)), framing, dataset)


def test_labels_that_depend_on_later_inputs_leak_unless_sequences_are_whole() -> None:
    past, whole = (make_labels(EQUAL, per_step=True, available=each) for each in ("past", "whole"))
    leaking = check("many_to_many", past, bidirectional=True)
    assert leaking.outcome == "leaking"
    with pytest.raises(ValueError, match="set task.available=whole"):
        raise_on_leakage(leaking, past.task)
    allowed = check("many_to_many_bidirectional", whole)
    assert allowed.outcome == "causal"
    assert allowed.summary().endswith("labels depend on later inputs too, which task.available=whole allows.")
    assert check("many_to_many", past).outcome == "causal"
    assert check("one_to_one", past).outcome == "partial"
    assert check("stateful", past).outcome == "causal"


@pytest.mark.parametrize("name", ["one_to_one", "many_to_one", "many_to_many", "many_to_many_bidirectional"])
def test_a_class_depends_on_all_inputs(name: str) -> None:
    assert check(name, make_labels(EQUAL)).outcome == "causal"


@every_case
def test_the_index_map_has_a_line_for_each_cell(per_step: bool, framing: Framing) -> None:
    dataset = make_labels(UNEQUAL, per_step, "whole" if per_step else "past")
    table, train = map_sequences(dataset, framing), dataset.splits["train"][:2]
    steps = int(dataset.sequences.lengths[train].sum())
    inputs, labels = (table[table["array"] == array] for array in ("X", "y"))
    assert len(inputs) == steps * dataset.n_features
    assert len(labels) == (2 if framing.name.startswith("many_to_one") else steps)
    first = dataset.sequences.ids[train[0]]
    assert inputs["row"].iloc[0] == f"{first}:1"
    assert labels["row"].iloc[0] == (f"{first}:1" if per_step else first)


@pytest.mark.parametrize(
    ("per_step", "name"), [(False, "many_to_one"), (False, "one_to_one"), (True, "many_to_many"), (True, "stateful")]
)
def test_networks_learn_and_repeat_bit_for_bit(per_step: bool, name: str) -> None:
    dataset, framing = make_labels(per_step=per_step), find_framing(name)
    spec = make_label_spec(dataset, framing, tiny_model())
    training = tiny_training(epochs=10, shuffle=name != "stateful", batch_size="full" if name == "stateful" else 4)
    first, second = (list(fit_pairs(spec, framing, [dataset], training)) for _ in range(2))
    losses = first[0].history.losses
    assert losses[-1] < losses[0]
    assert losses == second[0].history.losses
    assert first[0].history.validation_losses == second[0].history.validation_losses
    for one, other in zip(first[0].network.weights, second[0].network.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def train_stateful(dataset: LabelDataset, numbers: Any, validation: Any, **values: Any) -> Any:
    """The network and the history of a stateful network on some sequences."""
    framing = find_framing("stateful")
    network = init_network(make_label_spec(dataset, framing, tiny_model(**values)), seed=0)
    samples, val_samples = (FramedSequences(dataset, framing, np.array(part)) for part in (numbers, validation))
    training = tiny_training(epochs=3, batch_size=1, shuffle=False)
    return train_samples(network, samples, training, val_samples, loss=LossConfig("sparse_categorical_crossentropy"))


def test_a_stateful_network_is_reset_at_the_end_of_sequences_of_each_part() -> None:
    dataset = make_labels(lengths=(8, 6, 7, 5, 8, 6, 3, 3, 2, 3, 2, 3), per_step=True)
    validation = np.array([6, 7, 8])
    trained, history = train_stateful(dataset, range(6), validation)
    probabilities = predict_labels(partial(predict, trained), find_framing("stateful"), dataset, validation)
    labels = dataset.sequences.row_labels(validation)[:, 0]
    expected = -np.log(probabilities[np.arange(len(labels)), labels]).mean()
    np.testing.assert_allclose(history.validation_losses[-1], expected, rtol=1e-5)


@pytest.mark.slow
def test_padded_steps_do_not_train_a_stateful_network() -> None:
    short, long = (
        make_labels(lengths=(3, 2, 4, 3, 2, 4, 3, 2, 3, 2, 3, longest), per_step=True) for longest in (4, 30)
    )
    long = replace(long, scaler=short.scaler)
    numbers = range(6)
    for values in ({}, {"kernel_l2": 0.1}):
        (one, losses), (other, padded) = (train_stateful(each, numbers, numbers, **values) for each in (short, long))
        np.testing.assert_allclose(losses.losses, padded.losses, rtol=1e-5)
        for weights, same in zip(one.weights, other.weights, strict=True):
            np.testing.assert_allclose(weights, same, atol=1e-6)
