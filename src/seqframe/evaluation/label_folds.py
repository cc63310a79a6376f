"""Training and validation sequences of every seed, and the test sequences that all share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
import pandas as pd

from seqframe.data.label_dataset import LabelDataset, fit_label_dataset
from seqframe.data.sequence_splits import stratification_groups
from seqframe.data.windows import RowNumbers

LARGE = 5000  # sequences to train on, from which one validation part for all seeds is enough
FOLD_SEED = 3  # second part of the seed of the folds, next to those of the parts in `data.sequence_splits`


@dataclass(frozen=True)
class LabelFolds:
    """The datasets of all seeds, which differ in their validation sequences.

    The sequences that are not test sequences are dealt into validation parts, stratified by class. The network of each
    seed is trained without one of the parts, which early stopping monitors and which scores the network. With at least
    as many seeds as parts, this is cross-validation: every sequence is scored once by a network that was not trained on
    it, and no network is trained for that alone. All predict the test sequences, so that their mean is a
    cross-validation ensemble.

    Source: Krogh and Vedelsby, "Neural network ensembles, cross validation, and active learning", NIPS 7 (1994).

    Attributes:
        whole: All sequences that are not test sequences as training sequences, for baselines; no validation sequences.
        datasets: The dataset of each seed.
        n_parts: Number of different validation parts.
    """

    whole: LabelDataset
    datasets: tuple[LabelDataset, ...]
    n_parts: int

    @property
    def test(self) -> RowNumbers:
        """Numbers of the test sequences."""
        return self.whole.splits["test"]

    @property
    def first(self) -> LabelDataset:
        """The dataset of the first seed."""
        return self.datasets[0]

    @property
    def distinct(self) -> tuple[LabelDataset, ...]:
        """One dataset for each validation part that a seed has."""
        return self.datasets[: self.n_parts]

    @cached_property
    def df(self) -> pd.DataFrame:
        """Inputs and labels of all steps, for a fingerprint of the data."""
        sequences = self.whole.sequences
        steps = np.concatenate([np.arange(length) for length in sequences.lengths])
        index = pd.MultiIndex.from_arrays([np.repeat(sequences.ids, sequences.lengths), steps], names=["id", "step"])
        labels = sequences.labels if sequences.per_step else np.repeat(sequences.labels, sequences.lengths, axis=0)
        names = [*sequences.features, *(f"label_{number}" for number in range(labels.shape[1]))]
        return pd.DataFrame(np.concatenate([sequences.values, labels], axis=1), index, names)


def make_label_folds(dataset: LabelDataset, n_seeds: int) -> LabelFolds:
    """Deal training and validation sequences into one validation part for each seed, as large as the dataset's.

    A published validation part is used for all seeds, and so is the dataset's where there are many sequences.
    """
    train, validation = dataset.splits["train"], dataset.splits["validation"]
    pool = np.sort(np.concatenate([train, validation]))
    whole = _with_parts(dataset, pool, pool[:0])
    if _is_published(dataset) or not len(validation) or len(pool) > LARGE:
        return LabelFolds(whole, (dataset,) * n_seeds, 1)
    n_parts = max(2, round(len(pool) / len(validation)))
    parts = deal(pool, stratification_groups(dataset.sequences)[pool], n_parts, dataset.data_settings.seed)
    distinct = [_with_parts(dataset, np.setdiff1d(pool, part), part) for part in parts[:n_seeds]]
    return LabelFolds(whole, tuple(distinct[seed % len(distinct)] for seed in range(n_seeds)), len(distinct))


def deal(numbers: RowNumbers, groups: RowNumbers, n_parts: int, seed: int) -> Sequence[RowNumbers]:
    """Deal sequences into disjoint parts, group by group, so that the parts have nearly the same share of each group.

    >>> [part.tolist() for part in deal(np.arange(6), np.array([0, 0, 0, 1, 1, 1]), 3, seed=0)]
    [[2, 5], [0, 3], [1, 4]]
    """
    shuffled = np.random.default_rng((seed, FOLD_SEED)).permutation(len(numbers))
    order = shuffled[np.argsort(groups[shuffled], kind="stable")]
    return [np.sort(numbers[order[first::n_parts]]) for first in range(n_parts)]


def _is_published(dataset: LabelDataset) -> bool:
    """Whether the validation part is one of a published split."""
    split = dataset.sequences.split
    return split is not None and bool(set(split) - {"train", "training", "test", "testing"})


def _with_parts(dataset: LabelDataset, train: RowNumbers, validation: RowNumbers) -> LabelDataset:
    """The dataset with other training and validation sequences, and a scaler fitted on the training sequences."""
    splits = MappingProxyType({**dataset.splits, "train": train, "validation": validation})
    return fit_label_dataset(dataset.sequences, splits, dataset.data_settings, dataset.task)
