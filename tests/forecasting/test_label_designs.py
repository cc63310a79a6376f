from typing import Any

import numpy as np
import pytest
from scipy import sparse

from seqframe.config import DataSettings, TaskSettings
from seqframe.data.label_dataset import LabelDataset, make_label_dataset
from seqframe.data.sequence_arrays import sequences_from_arrays
from seqframe.forecasting.label_designs import (
    DESIGNS,
    fit_regressors,
    load_regressors,
    make_flat_design,
    make_step_design,
    make_summary_design,
)


def make_dataset(X: list) -> LabelDataset:
    sequences = sequences_from_arrays(X * 3, list(range(len(X))) * 3)
    return make_label_dataset(sequences, DataSettings(sequence_length=1), TaskSettings(kind="classify"))


NUMBERS = make_dataset([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]], [[7.0, 8.0], [9.0, 0.0], [1.0, 1.0]]])
TOKENS = make_dataset([["a", "b", "a", "a"], ["c"]])
FIRST = np.arange(3)


def test_flat_regressors_are_the_steps_padded_with_0_and_the_length() -> None:
    expected = [[1, 2, 3, 4, 1], [5, 6, 0, 0, 0.5], [7, 8, 9, 0, 1.5]]  # of two steps; longer sequences are cut off
    assert make_flat_design(NUMBERS, FIRST, 2).tolist() == expected


def test_summary_regressors() -> None:
    row = make_summary_design(NUMBERS, FIRST, 2)[0]  # of the columns 1, 3 and 2, 4
    assert row.tolist() == [2, 3, 1, 1, 1, 2, 3, 4, 1, 2, 3, 4, 1]


def test_category_codes_are_one_hot_and_sparse() -> None:
    both = np.array([0, 1])
    steps = make_step_design(TOKENS, both)
    assert sparse.issparse(steps)
    assert steps.toarray().tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0], [1, 0, 0], [0, 0, 1]]
    assert make_summary_design(TOKENS, both, 4).toarray().tolist() == [[0.75, 0.25, 0, 1], [0, 0, 1, 0.25]]
    flat = make_flat_design(TOKENS, both, 2).toarray()
    assert flat.tolist() == [[1, 0, 0, 0, 1, 0, 2], [0, 0, 1, 0, 0, 0, 0.5]]


def test_regressors_are_standardized_on_training_sequences_and_survive_saving() -> None:
    for name in DESIGNS:
        regressors = fit_regressors(NUMBERS, name)
        train = regressors.make(NUMBERS, NUMBERS.splits["train"])
        np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-9)
        again = load_regressors(regressors.as_arrays()).make(NUMBERS, NUMBERS.splits["test"])
        np.testing.assert_array_equal(again, regressors.make(NUMBERS, NUMBERS.splits["test"]))


@pytest.mark.parametrize("data", [NUMBERS, TOKENS])
@pytest.mark.parametrize("make", DESIGNS.values())
def test_no_sequences_have_no_regressors(make: Any, data: LabelDataset) -> None:
    none, some = make(data, np.arange(0), 2), make(data, np.arange(2), 2)
    assert none.shape == (0, some.shape[1])
