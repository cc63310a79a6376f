import numpy as np
import pytest

from seqframe.config import DataSettings
from seqframe.data.raw_table import make_raw_table
from seqframe.data.sequence_arrays import sequences_from_arrays, sequences_to_table
from seqframe.data.sequence_tables import load_sequence_table
from seqframe.data.sequences import MISSING_LABEL
from seqframe.errors import UserError


def test_a_label_for_each_step() -> None:
    sequences = sequences_from_arrays([np.zeros((2, 3)), np.ones((3, 3))], [["a", "b"], ["b", None, "a"]])
    assert sequences.per_step
    assert sequences.classes == ("a", "b")
    assert sequences.labels[:, 0].tolist() == [0, 1, 1, MISSING_LABEL, 0]
    assert sequences.lengths.tolist() == [2, 3]
    assert sequences.values.shape == (5, 3)


def test_one_label_for_each_sequence_of_images() -> None:
    X = np.arange(4 * 3 * 2 * 2).reshape(4, 3, 2, 2, 1)
    sequences = sequences_from_arrays(X, [1, 2, 1, None], split=["train", "train", "test", "test"])
    assert not sequences.per_step
    assert sequences.labels[:, 0].tolist() == [0, 1, 0, MISSING_LABEL]
    assert sequences.step_shape == (2, 2, 1)
    np.testing.assert_array_equal(sequences.values.reshape(X.shape), X)
    assert sequences.split == ("train", "train", "test", "test")


def test_text_is_read_as_categories() -> None:
    sequences = sequences_from_arrays([["b", "a"], ["c"]], ["x", "y"], features=["token"])
    assert sequences.categories == (("token", ("a", "b", "c")),)
    assert sequences.values[:, 0].tolist() == [1, 0, 2]
    assert sequences.step_inputs.n_categories == (3,)


@pytest.mark.parametrize("per_step", [False, True])
def test_several_classes_at_once(per_step: bool) -> None:
    y = [[[0, 1], [1, 1]], [[1, 0]]] if per_step else [[0, 1], [1, 0]]
    sequences = sequences_from_arrays([[1.0, 2.0], [3.0]], y, per_step=per_step, classes=["up", "late"])
    assert sequences.multi_label
    assert sequences.classes == ("up", "late")
    assert sequences.labels.tolist() == ([[0, 1], [1, 1], [1, 0]] if per_step else y)


def test_as_many_labels_as_steps_may_be_classes() -> None:
    X, y = [[1.0, 2.0], [3.0, 4.0]], [[0, 1], [1, 1]]
    assert sequences_from_arrays(X, y).per_step
    assert sequences_from_arrays(X, y, per_step=False).multi_label


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], []), "Received: none"),
        (([[1.0]], [1, 2]), "as many labels as sequences. Received: 2 for 1"),
        (([[1.0], []], [1, 2]), r"at least one step. Received: shape \(0,\) of sequence 2"),
        (([np.ones((2, 1)), np.ones((2, 3))], [1, 2]), r"Received: shape \(2, 3\) of sequence 2, and \(2, 1\)"),
        (([[1.0, 2.0], [1.0]], [[1, 2], [1, 2]]), "must hold 0 and 1"),
        (([[1.0, 2.0], [1.0]], [[1, 2], [1, 2, 3]]), "The labels must fit the inputs"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(UserError, match=message):
        sequences_from_arrays(*arguments)


@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("multi_label", [False, True])
def test_a_table_of_sequences_is_read_as_it_was(per_step: bool, multi_label: bool) -> None:
    X = [np.array([["b", 1.5], ["a", 2.5]], object), np.array([["b", 4.5]], object)]
    y: list = [["up", None], ["down"]] if per_step else ["up", "down"]
    if multi_label:
        y = [[[0, 1], [1, None]], [[1, 0]]] if per_step else [[0, 1], [1, 0]]
    sequences = sequences_from_arrays(X, y, per_step=per_step, split=["train", "test"], features=["word", "size"])
    target = list(sequences.classes) if multi_label else "label"
    settings = DataSettings(sequence_length=1, id_column="id", target=target, category_encoding="codes")
    found = load_sequence_table(make_raw_table(sequences_to_table(sequences)), settings, per_step, "a.csv").sequences
    for name in ("values", "lengths", "labels"):
        np.testing.assert_array_equal(getattr(found, name), getattr(sequences, name))
    for name in ("classes", "features", "ids", "split", "categories", "multi_label", "per_step"):
        assert getattr(found, name) == getattr(sequences, name)
