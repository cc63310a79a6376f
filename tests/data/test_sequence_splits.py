import numpy as np
import pytest

from seqframe.config import BacktestSettings
from seqframe.data.sequence_splits import count_labels, cut_stratified, split_sequences
from seqframe.data.sequences import MISSING_LABEL, Sequences
from seqframe.errors import UserError


def make_sequences(labels: list[int], split: list[str] | None = None) -> Sequences:
    """Sequences of one step, with one label each."""
    n = len(labels)
    classes = tuple(map(str, range(max(labels) + 1)))
    return Sequences(
        values=np.zeros((n, 1)),
        lengths=np.ones(n, np.intp),
        labels=np.array(labels)[:, None],
        classes=classes,
        features=("x",),
        ids=tuple(map(str, range(n))),
        per_step=False,
        split=None if split is None else tuple(split),
    )


def sizes(splits: dict) -> dict[str, int]:
    return {part: len(numbers) for part, numbers in splits.items()}


def test_parts_are_disjoint_stratified_and_complete() -> None:
    sequences = make_sequences([0] * 50 + [1] * 30 + [2] * 20)
    splits = split_sequences(sequences, BacktestSettings(), seed=0)
    assert sizes(splits) == {"train": 64, "validation": 16, "test": 20}
    assert sorted(np.concatenate(list(splits.values()))) == list(range(100))
    assert count_labels(sequences, splits["test"]).tolist() == [10, 6, 4]
    assert count_labels(sequences, splits["validation"]).tolist() == [8, 5, 3]
    assert all(np.all(np.diff(numbers) > 0) for numbers in splits.values())


def test_the_seed_decides() -> None:
    sequences = make_sequences([0, 1] * 20)
    one, same, other = (split_sequences(sequences, BacktestSettings(), seed)["test"].tolist() for seed in (0, 0, 1))
    assert one == same != other


def test_sizes_are_numbers_or_shares() -> None:
    sequences = make_sequences([0, 1] * 20)
    splits = split_sequences(sequences, BacktestSettings(test_size=10, val_size=0.5), seed=0)
    assert sizes(splits) == {"train": 15, "validation": 15, "test": 10}


def test_a_class_never_misses_in_training() -> None:
    sequences = make_sequences([0] * 20 + [1] * 2 + [2])
    splits = split_sequences(sequences, BacktestSettings(test_size=0.5, val_size=0.5), seed=0)
    assert (count_labels(sequences, splits["train"]) > 0).all()


def test_a_thousand_classes() -> None:
    sequences = make_sequences(list(range(1000)) * 3)
    splits = split_sequences(sequences, BacktestSettings(), seed=0)
    assert sizes(splits) == {"train": 1920, "validation": 480, "test": 600}
    assert (count_labels(sequences, splits["train"]) > 0).all()


def test_a_published_split_is_used() -> None:
    published = ["train"] * 10 + ["Testing"] * 4 + ["dev"] * 2
    splits = split_sequences(make_sequences([0, 1] * 8, published), BacktestSettings(), seed=0)
    assert {part: numbers.tolist() for part, numbers in splits.items()} == {
        "train": list(range(10)),
        "validation": [14, 15],
        "test": [10, 11, 12, 13],
    }


def test_missing_parts_are_cut_from_published_training_sequences() -> None:
    splits = split_sequences(make_sequences([0, 1] * 8, ["train"] * 10 + ["test"] * 6), BacktestSettings(), seed=0)
    assert sizes(splits) == {"train": 8, "validation": 2, "test": 6}
    assert splits["validation"].max() < 10


@pytest.mark.parametrize("split", [["test", "test"], ["train", "holdout"]])
def test_other_published_splits_are_refused(split: list[str]) -> None:
    with pytest.raises(UserError, match="A published split must name each sequence train"):
        split_sequences(make_sequences([0, 1], split), BacktestSettings(), seed=0)


@pytest.mark.parametrize(
    ("labels", "size", "message"),
    [
        ([0, 1], None, "A split needs a test sequence. Received: a table of 2"),
        ([0], None, "A split needs a test sequence. Received: a table of 1"),
        ([0, 1] * 4, 8, "`backtest.test_size` must be smaller than the number of sequences. Received: 8 of 8"),
        ([0, 1] * 4, "2020-01-01", "`backtest.test_size` must be a number of sequences"),
    ],
)
def test_splits_without_a_part_are_refused(labels: list[int], size: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        split_sequences(make_sequences(labels), BacktestSettings(test_size=size), seed=0)


def test_sequences_are_stratified_by_their_most_frequent_label() -> None:
    lengths = np.full(40, 3)
    labels = np.repeat([0, 1, 0, 2], 10)[:, None] * np.array([1, 1, 0]) + np.array([0, 0, 3]) * 1
    labels[:, 2] = MISSING_LABEL
    sequences = Sequences(
        np.zeros((120, 1)),
        lengths,
        labels.reshape(-1, 1),
        ("a", "b", "c"),
        ("x",),
        tuple(map(str, range(40))),
        per_step=True,
    )
    _, cut = cut_stratified(sequences, np.arange(40), 8, seed=0)
    assert count_labels(sequences, cut).tolist() == [8, 4, 4]
