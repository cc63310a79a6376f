"""Training, validation and test sequences: a sequence is in one part as a whole, and the classes are stratified."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from seqframe.config import BacktestSettings
from seqframe.data.sequences import MISSING_LABEL, Sequences
from seqframe.data.windows import RowNumbers
from seqframe.errors import UserError, list_names

PARTS = ("train", "validation", "test")
SPLIT_NAMES = {  # names of the parts in a published split -> our names
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}
DEFAULT_SHARE = 0.2  # of the sequences for testing, and of those that remain for validation
Splits = Mapping[str, RowNumbers]


def split_sequences(sequences: Sequences, sizes: BacktestSettings, seed: int) -> Splits:
    """Numbers of the sequences of each part, in ascending order, by `train`, `validation` and `test`.

    A published split is used as it is; a part that it does not have is cut from its training sequences. Sequences
    are stratified by their class: by the label, or for one label a step by the most frequent label of the sequence.
    The same seed gives the same parts.

    Raises:
        UserError: A published split has no training sequence, a size is a time or as large as all sequences, or no
            sequence remains for a part.
    """
    published = _published_parts(sequences)
    train = published["train"] if published else np.arange(len(sequences), dtype=np.intp)
    test = published.get("test", np.zeros(0, np.intp))
    if not len(test):
        count = _count(sizes.test_size, len(train), "backtest.test_size")
        train, test = cut_stratified(sequences, train, count, (seed, 1))
    validation = published.get("validation", np.zeros(0, np.intp))
    if not len(validation):
        count = _count(sizes.val_size, len(train), "backtest.val_size")
        train, validation = cut_stratified(sequences, train, count, (seed, 2))
    for name, part in (("training", train), ("test", test)):
        if not len(part):
            raise UserError(
                f"A split needs a {name} sequence. Received: a table of {len(sequences)}, none of them for it. Add "
                "sequences, at least two for each class, or set data.split_column."
            )
    return MappingProxyType({"train": train, "validation": validation, "test": test})


def stratification_groups(sequences: Sequences) -> NDArray[np.intp]:
    """Number of the group of each sequence, from 0: its label, its combination of labels, or its most frequent one."""
    labels = sequences.labels
    if not sequences.per_step:
        groups: NDArray[np.intp] = np.unique(labels, axis=0, return_inverse=True)[1].reshape(-1)
        return groups
    counted = labels if sequences.multi_label else _one_hot(labels[:, 0], len(sequences.classes))
    totals = np.zeros((len(sequences), len(sequences.classes)), np.int64)
    owner = np.repeat(np.arange(len(sequences)), sequences.lengths)
    np.add.at(totals, owner, np.maximum(counted, 0))
    return np.asarray(totals.argmax(axis=1), np.intp)


def _one_hot(codes: NDArray[np.int64], n_classes: int) -> NDArray[np.int64]:
    return np.asarray(codes[:, None] == np.arange(n_classes), np.int64)


def _published_parts(sequences: Sequences) -> dict[str, RowNumbers]:
    """The parts of the published split; none if there is none."""
    if sequences.split is None:
        return {}
    names = [SPLIT_NAMES.get(name.strip().lower(), "") for name in sequences.split]
    if "train" not in names or "" in names:
        found = list(dict.fromkeys(sequences.split))
        raise UserError(
            "A published split must name each sequence train, validation or test, and some of them train. Received: "
            f"{list_names(found)}. Correct it, or set data.split_column=none."
        )
    return {part: np.flatnonzero([name == part for name in names]).astype(np.intp) for part in PARTS}


def _count(size: int | float | str | None, n_sequences: int, setting: str) -> int:
    """A size in sequences: a number of them, a share of those that are there, or for null a fifth of them."""
    if isinstance(size, str):
        raise UserError(
            f"`{setting}` must be a number of sequences, or a share such as 0.2, if they have labels. Received: {size}."
        )
    if isinstance(size, int):
        if size >= n_sequences:
            raise UserError(
                f"`{setting}` must be smaller than the number of sequences. Received: {size} of {n_sequences}. "
                "Set a smaller number, or a share such as 0.2."
            )
        return size
    share = DEFAULT_SHARE if size is None else size
    return min(max(1, round(share * n_sequences)), n_sequences - 1)


def cut_stratified(
    sequences: Sequences, numbers: RowNumbers, count: int, seed: int | tuple[int, ...]
) -> tuple[RowNumbers, RowNumbers]:
    """Cut `count` of some sequences off, from each group in proportion to its size: the others, and these.

    The largest remainders are rounded up. If a sequence has one label, one sequence of each class remains, so that no
    class is missing in training.
    """
    random, groups = np.random.default_rng(seed), stratification_groups(sequences)
    shuffled = random.permutation(numbers)
    shuffled = shuffled[np.argsort(groups[shuffled], kind="stable")]
    _, starts, sizes = np.unique(groups[shuffled], return_index=True, return_counts=True)
    shared = sequences.per_step or sequences.multi_label  # a class may be in many sequences, whatever their group
    taken = _allot(sizes, sizes if shared else sizes - 1, count, random)
    within = np.arange(len(shuffled)) - np.repeat(starts, sizes)
    chosen = within < np.repeat(taken, sizes)
    return np.sort(shuffled[~chosen]), np.sort(shuffled[chosen])


def _allot(
    sizes: NDArray[np.intp], limits: NDArray[np.intp], count: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Number of sequences that each group gives, at most its limit: (groups,), `count` in all where the limits allow.

    >>> _allot(np.array([50, 30, 1]), np.array([49, 29, 0]), 8, np.random.default_rng(0)).tolist()
    [5, 3, 0]
    """
    wanted = count * sizes / max(int(sizes.sum()), 1)
    taken = np.minimum(np.floor(wanted), limits).astype(np.int64)
    order = random.random(len(sizes)) * 1e-9  # of groups with equal remainders
    while taken.sum() < min(count, int(limits.sum())):
        taken[np.where(taken < limits, wanted - taken + order, -np.inf).argmax()] += 1
    return taken


def count_labels(sequences: Sequences, numbers: RowNumbers) -> NDArray[np.int64]:
    """Number of labels of each class in some sequences: (classes,); with `multi_label`, of those that are 1."""
    labels = sequences.row_labels(numbers)
    if sequences.multi_label:
        return np.asarray((labels == 1).sum(axis=0), np.int64)
    return np.bincount(labels[labels != MISSING_LABEL], minlength=len(sequences.classes)).astype(np.int64)
