from typing import Any

import numpy as np
import pytest

from seqframe.config import DataSettings, TaskSettings
from seqframe.data.label_dataset import LabelDataset, make_label_dataset
from seqframe.data.sequence_arrays import sequences_from_arrays
from seqframe.data.sequences import MASK_VALUE, MISSING_LABEL, Sequences
from seqframe.errors import UserError


def make_dataset(sequences: Sequences, **settings: Any) -> LabelDataset:
    kind = "label" if sequences.per_step else "classify"
    data_settings = DataSettings(**{"sequence_length": 1, "scaler": "standard", **settings})
    return make_label_dataset(sequences, data_settings, TaskSettings(kind=kind))


def random_sequences(per_step: bool, n: int = 20, **arguments: Any) -> Sequences:
    random = np.random.default_rng(0)
    lengths = random.integers(1, 7, n)
    X = [random.normal(5, 3, (length, 2)) for length in lengths]
    y = [random.integers(0, 3, length) for length in lengths] if per_step else (np.arange(n) % 3).tolist()
    return sequences_from_arrays(X, y, per_step=per_step, **arguments)


@pytest.mark.parametrize("per_step", [False, True])
def test_samples_are_padded_at_the_end(per_step: bool) -> None:
    dataset = make_dataset(random_sequences(per_step))
    numbers = np.array([3, 0, 7])
    lengths = dataset.sequences.lengths[numbers]
    inputs, targets = dataset.inputs(numbers), dataset.targets(numbers)
    assert inputs.shape == (3, lengths.max(), 2)
    assert inputs.dtype == targets.dtype == np.float32
    assert targets.shape == ((3, lengths.max(), 1) if per_step else (3, 1))
    for place, (number, length) in enumerate(zip(numbers, lengths, strict=True)):
        rows = dataset.sequences.rows(np.array([number]))
        np.testing.assert_array_equal(inputs[place, :length], dataset.scaled[rows])
        assert (inputs[place, length:] == MASK_VALUE).all()
        if per_step:
            np.testing.assert_array_equal(targets[place, :length], dataset.sequences.labels[rows])
            assert (targets[place, length:] == MISSING_LABEL).all()
        else:
            assert targets[place] == dataset.sequences.labels[number]


def test_padding_more_changes_nothing_but_the_padding() -> None:
    dataset = make_dataset(random_sequences(True))
    numbers = np.arange(4)
    longest = dataset.inputs(numbers).shape[1]
    np.testing.assert_array_equal(dataset.inputs(numbers, longest + 3)[:, :longest], dataset.inputs(numbers))
    assert (dataset.inputs(numbers, longest + 3)[:, longest:] == MASK_VALUE).all()
    assert (dataset.targets(numbers, longest + 3)[:, longest:] == MISSING_LABEL).all()


def test_the_scaler_is_fitted_on_training_sequences_alone() -> None:
    sequences = random_sequences(False)
    dataset = make_dataset(sequences)
    train = dataset.scaled[sequences.rows(dataset.splits["train"])]
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(train.std(axis=0), 1, atol=1e-6)
    held_out = sequences.rows(np.concatenate([dataset.splits["test"], dataset.splits["validation"]]))
    sequences.values[held_out] *= 100
    np.testing.assert_array_equal(make_dataset(sequences).scaled[sequences.rows(dataset.splits["train"])], train)


def test_missing_inputs_have_the_mean_of_the_training_sequences() -> None:
    sequences = random_sequences(False)
    sequences.values[::5, 0] = np.nan
    dataset = make_dataset(sequences, missing="ffill")
    train = sequences.values[sequences.rows(dataset.splits["train"]), 0]
    assert dataset.fill_[0] == pytest.approx(np.nanmean(train))
    assert np.isfinite(dataset.scaled).all()
    masked = make_dataset(sequences, missing="mask").scaled
    assert (masked[::5] == MASK_VALUE).all()
    assert (masked[1:5] > MASK_VALUE).all()


def test_category_codes_are_not_scaled_and_the_most_frequent_one_fills() -> None:
    X = [np.array([["a", 1.0], ["b", 2.0]], object)] * 4 + [np.array([["b", 3.0], [None, 4.0]], object)] * 4
    dataset = make_dataset(sequences_from_arrays(X, [0, 1] * 4), missing="ffill")
    assert set(dataset.scaled[:, 0]) == {0.0, 1.0}
    assert dataset.scaled[-1, 0] == dataset.fill_[0] == 1
    assert dataset.scaled[:, 1].min() < 0


def test_balanced_weights_equal_scikit_learn() -> None:
    oracle = pytest.importorskip("sklearn.utils.class_weight")
    dataset = make_dataset(random_sequences(True, 30))
    labels = dataset.sequences.row_labels(dataset.splits["train"])[:, 0]
    expected = oracle.compute_class_weight("balanced", classes=np.arange(3), y=labels)
    np.testing.assert_allclose(dataset.balanced_weights(), expected)


def test_balanced_weights_of_several_classes() -> None:
    sequences = sequences_from_arrays(
        [[0.0]] * 6, [[0, 1], [0, 0], [0, 0], [1, None], [0, 0], [1, 1]], split=["train"] * 4 + ["test"] * 2
    )
    dataset = make_dataset(sequences)
    splits = {**dataset.splits, "train": np.arange(4)}
    weights = LabelDataset(sequences, splits, dataset.scaler, dataset.fill_, dataset.data_settings, dataset.task)
    np.testing.assert_allclose(weights.balanced_weights(), [[4 / 6, 4 / 2], [3 / 4, 3 / 2]])


def test_a_class_that_is_missing_in_training_is_named() -> None:
    sequences = sequences_from_arrays([[0.0]] * 6, list("ababac"), split=["train"] * 4 + ["test"] * 2)
    assert make_dataset(sequences).notes == (
        "Split of the sequences: 3 train, 1 validation, 2 test.",
        "No training sequence has the class c: no model can learn it, and 1 test labels are errors of every model.",
    )


@pytest.mark.parametrize(
    ("y", "split", "message"),
    [
        (list("aaaaaa"), None, "at least two classes. Received: 4 training sequences with the label a alone"),
        (list("aaaabb"), ["train"] * 4 + ["test"] * 2, "with the label a alone"),
        ([[1, 0]] * 6, None, "with the same 0 and 1 alone"),
        (["a", "b", "a", "b", None, None], ["train"] * 4 + ["test"] * 2, "Received: 2 test sequences without any"),
    ],
)
def test_labels_that_cannot_be_learned_or_tested_are_refused(y: list, split: list | None, message: str) -> None:
    with pytest.raises(UserError, match=message):
        make_dataset(sequences_from_arrays([[0.0]] * 6, y, split=split, per_step=False))


def test_an_empty_sequence_is_refused_by_name() -> None:
    sequences = random_sequences(False)
    sequences.lengths[2] = 0
    with pytest.raises(UserError, match="at least one step. Received: none in sequence 3"):
        make_dataset(sequences)


def test_sequences_of_one_step_and_unequal_lengths() -> None:
    dataset = make_dataset(sequences_from_arrays([[1.0], [2.0, 3.0], [4.0], [5.0, 6.0, 7.0]] * 3, list("abab") * 3))
    one = np.flatnonzero(dataset.sequences.lengths == 1)
    assert dataset.inputs(one).shape == (6, 1, 1)
    assert dataset.inputs(np.zeros(0, np.intp)).shape == (0, 1, 1)


@pytest.mark.parametrize(("scaler", "value"), [("none", MASK_VALUE), ("standard", 1e30), ("minmax", -1e300)])
def test_inputs_that_could_be_taken_for_padding_are_refused(scaler: str, value: float) -> None:
    X = [[1.0], [2.0]] * 4 + [[value], [1.0]]
    sequences = sequences_from_arrays(X, [0, 1] * 5, split=["train"] * 8 + ["test"] * 2)
    with pytest.raises(UserError, match=r"Inputs must be below 1e\+08 after scaling.*in column x_1"):
        make_dataset(sequences, scaler=scaler)
