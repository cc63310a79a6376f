"""Training and validation sequences of every seed, and the test sequences that all share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
import pandas as pd

from seqframe.data.label_dataset import LabelDataset, fit_label_dataset
from seqframe.data.sequence_splits import Splits, stratification_groups
from seqframe.data.windows import RowNumbers

LARGE = 5000  # sequences to train on, from which one validation part for all seeds is enough
FOLD_SEED = 3  # second part of the seed of the folds, next to the seeds in `data.sequence_splits`


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
        every = np.arange(len(sequences), dtype=np.intp)
        keys = [np.repeat(sequences.ids, sequences.lengths), sequences.positions(every)]
        index, labels = pd.MultiIndex.from_arrays(keys, names=["id", "step"]), sequences.step_labels(every)
        names = [*sequences.features, *(f"label_{number}" for number in range(labels.shape[1]))]
        return pd.DataFrame(np.concatenate([sequences.values, labels], axis=1), index, names)


def make_label_folds(dataset: LabelDataset, n_seeds: int) -> LabelFolds:
    """Deal training and validation sequences into one validation part for each seed, as large as the dataset's.

    A published validation part is used for all seeds, and so is the dataset's where there are many sequences.
    """
    train, validation = dataset.splits["train"], dataset.splits["validation"]
    pool = np.sort(np.concatenate([train, validation]))
    whole = fit_label_dataset(dataset.sequences, _split(dataset, pool), dataset.data_settings, dataset.task)
    if _is_published(dataset) or not len(validation) or len(pool) > LARGE:
        return LabelFolds(whole, (dataset,) * n_seeds, 1)
    parts = _deal_validation(dataset, pool, n_seeds)
    datasets = [
        fit_label_dataset(dataset.sequences, _split(dataset, pool, part), dataset.data_settings, dataset.task)
        for part in parts
    ]
    return LabelFolds(whole, tuple(datasets[seed % len(parts)] for seed in range(n_seeds)), len(parts))


def make_refit_folds(folds: LabelFolds, n_seeds: int) -> LabelFolds:
    """The same without test sequences: every sequence is for training or validation, and all have one scaler."""
    dataset = folds.first
    pool = np.arange(len(dataset.sequences), dtype=np.intp)
    none = {"test": pool[:0], "validation": pool[:0]}
    whole = fit_label_dataset(
        dataset.sequences, MappingProxyType({"train": pool, **none}), dataset.data_settings, dataset.task
    )
    if not len(dataset.splits["validation"]):
        return LabelFolds(whole, (whole,) * n_seeds, 1)
    parts = _deal_validation(dataset, pool, n_seeds if folds.n_parts > 1 else 1)
    datasets = [replace(whole, splits=_split(whole, pool, part)) for part in parts]
    return LabelFolds(whole, tuple(datasets[seed % len(parts)] for seed in range(n_seeds)), len(parts))


def _deal_validation(dataset: LabelDataset, pool: RowNumbers, n_seeds: int) -> Sequence[RowNumbers]:
    """Validation parts for some seeds, as large a share as the dataset's validation part."""
    n_train, n_validation = (len(dataset.splits[name]) for name in ("train", "validation"))
    n_parts = max(2, round((n_train + n_validation) / n_validation))
    groups = stratification_groups(dataset.sequences)[pool]
    return deal(pool, groups, n_parts, dataset.data_settings.seed)[:n_seeds]


def deal(numbers: RowNumbers, groups: RowNumbers, n_parts: int, seed: int) -> Sequence[RowNumbers]:
    """Deal sequences into disjoint parts, group by group, so that the parts have nearly the same share of each group.

    >>> [part.tolist() for part in deal(np.arange(6), np.array([0, 0, 0, 1, 1, 1]), 3, seed=0)]
    [[1, 3], [0, 5], [2, 4]]
    """
    shuffled = np.random.default_rng((seed, FOLD_SEED)).permutation(len(numbers))
    order = shuffled[np.argsort(groups[shuffled], kind="stable")]
    return [np.sort(numbers[order[first::n_parts]]) for first in range(n_parts)]


def _is_published(dataset: LabelDataset) -> bool:
    """Whether the validation part is one of a published split."""
    split = dataset.sequences.split
    return split is not None and bool(set(split) - {"train", "training", "test", "testing"})


def _split(dataset: LabelDataset, pool: RowNumbers, validation: RowNumbers | None = None) -> Splits:
    """The parts with other training and validation sequences, which share the sequences of the pool."""
    chosen = pool[:0] if validation is None else validation
    return MappingProxyType({**dataset.splits, "train": np.setdiff1d(pool, chosen), "validation": chosen})
