from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqframe.errors import UserError
from seqframe.evaluation import significance
from seqframe.evaluation.significance import interval, p_from_means, replicate_means, resample_origins

ORIGINS, REPLICATES = 300, 400


def p_value(differences: np.ndarray, resamples: np.ndarray) -> float:
    return p_from_means(float(np.nanmean(differences)), replicate_means(differences, resamples))


def correlated_losses(seed: int) -> np.ndarray:
    """Losses (origins,) with mean 1; neighbors are correlated, as with overlapping windows."""
    noise = np.random.default_rng(seed).normal(size=ORIGINS + 9)
    return 1 + np.convolve(noise, np.ones(10) / 10, "valid")


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.integers(1, 9))
def test_replicates_have_the_size_of_every_group(groups: list[int], block: int) -> None:
    numbers = np.array(groups)
    resamples = resample_origins(numbers, block, 5, seed=1)
    assert resamples.shape == (5, len(groups))
    assert (numbers[resamples] == numbers).all()


def test_blocks_contain_neighbors_and_wrap_around() -> None:
    groups = np.repeat([0, 1], [7, 5])
    resamples = resample_origins(groups, 3, 50, seed=0)
    for first in (0, 3, 7):
        start = 0 if first < 7 else 7
        length = 7 if first < 7 else 5
        block = resamples[:, first : first + 3] - start
        assert ((block[:, 1:] - block[:, :-1]) % length == 1).all()
    assert set(resamples[:, 0]) == set(range(7))  # blocks start at any origin, also at the last one


def test_resamples_depend_on_the_seed_only() -> None:
    first, again, other = (resample_origins(np.zeros(20, int), 4, 9, seed) for seed in (3, 3, 4))
    assert (first == again).all()
    assert (first != other).any()


def test_means_do_not_depend_on_the_chunk_size(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = np.where(np.arange(11) % 4 == 1, nan, np.arange(11.0))
    resamples = resample_origins(np.zeros(11, int), 3, 8, seed=0)
    expected = np.nanmean(losses[resamples], axis=1)
    for size in (1, 25, 10_000):
        monkeypatch.setattr(significance, "CHUNK_SIZE", size)
        assert significance.replicate_means(losses, resamples) == pytest.approx(expected)


def test_block_bootstrap_intervals_have_their_coverage_and_single_origins_do_not() -> None:
    """Nominal coverage 90 %; single origins ignore the correlation of neighbors."""
    groups = np.zeros(ORIGINS, int)
    blocks, singles = (resample_origins(groups, block, REPLICATES, seed=7) for block in (30, 1))
    covered = {"blocks": 0, "singles": 0}
    for seed in range(150):
        losses = correlated_losses(seed)
        for name, resamples in (("blocks", blocks), ("singles", singles)):
            low, high = interval(losses, resamples, 0.9)
            covered[name] += low <= 1 <= high
    assert 0.80 <= covered["blocks"] / 150 <= 0.97
    assert covered["singles"] / 150 < 0.6


def test_p_values_without_a_difference_are_uniform_and_with_a_clear_one_minimal() -> None:
    resamples = resample_origins(np.zeros(ORIGINS, int), 30, REPLICATES, seed=2)
    p = np.array([p_value(correlated_losses(seed) - 1, resamples) for seed in range(150)])
    assert np.mean(p < 0.05) < 0.15
    assert 0.3 < p.mean() < 0.65
    assert p_value(correlated_losses(0), resamples) == 1 / (1 + REPLICATES)
    assert p_value(np.zeros(ORIGINS), resamples) == 1


def test_p_values_are_two_sided() -> None:
    resamples = resample_origins(np.zeros(ORIGINS, int), 10, 99, seed=5)
    differences = correlated_losses(3) - 0.9
    assert p_value(differences, resamples) == p_value(-differences, resamples)


def test_origins_without_actual_values_are_excluded_and_raise_if_there_are_no_others() -> None:
    resamples = resample_origins(np.zeros(6, int), 1, 50, seed=0)
    assert interval(np.array([nan, 2.0, 2.0, nan, 2.0, 2.0]), resamples) == (2.0, 2.0)
    assert interval(np.array([nan, nan, nan, nan, nan, 3.0]), resamples) == (3.0, 3.0)
    with pytest.raises(UserError, match="Received: 6 origins, all without"):
        interval(np.full(6, nan), resamples)
