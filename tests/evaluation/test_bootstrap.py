from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqframe.errors import UserError
from seqframe.evaluation import significance
from seqframe.evaluation.significance import interval, p_value, resample_origins

ORIGINS, REPLICATES = 300, 400


def dependent_losses(seed: int) -> np.ndarray:
    """Losses (origins,) with mean 1, of which neighbours are alike, as those of overlapping windows are."""
    noise = np.random.default_rng(seed).normal(size=ORIGINS + 9)
    return 1 + np.convolve(noise, np.ones(10) / 10, "valid")


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.integers(1, 9))
def test_a_replicate_has_as_many_origins_of_every_group(groups: list[int], block: int) -> None:
    numbers = np.array(groups)
    draws = resample_origins(numbers, block, 5, seed=1)
    assert draws.shape == (5, len(groups))
    assert (numbers[draws] == numbers).all()


def test_blocks_are_of_neighbours_and_go_round() -> None:
    groups = np.repeat([0, 1], [7, 5])
    draws = resample_origins(groups, 3, 50, seed=0)
    for first in (0, 3, 7):
        start = 0 if first < 7 else 7
        length = 7 if first < 7 else 5
        block = draws[:, first : first + 3] - start
        assert ((block[:, 1:] - block[:, :-1]) % length == 1).all()
    assert set(draws[:, 0]) == set(range(7))  # a block begins at any origin, also at the last one


def test_the_same_seed_draws_the_same_and_another_seed_others() -> None:
    first, again, other = (resample_origins(np.zeros(20, int), 4, 9, seed) for seed in (3, 3, 4))
    assert (first == again).all()
    assert (first != other).any()


def test_means_do_not_depend_on_how_many_are_gathered_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = np.where(np.arange(11) % 4 == 1, nan, np.arange(11.0))
    draws = resample_origins(np.zeros(11, int), 3, 8, seed=0)
    expected = np.nanmean(losses[draws], axis=1)
    for gathered in (1, 25, 10_000):
        monkeypatch.setattr(significance, "GATHERED", gathered)
        assert significance.replicate_means(losses, draws) == pytest.approx(expected)


def test_intervals_of_blocks_hold_the_mean_where_those_of_single_origins_do_not() -> None:
    """Nominal 90 %; single origins take the losses of neighbours for news."""
    groups = np.zeros(ORIGINS, int)
    blocks, singles = (resample_origins(groups, block, REPLICATES, seed=7) for block in (30, 1))
    held = {"blocks": 0, "singles": 0}
    for seed in range(150):
        losses = dependent_losses(seed)
        for name, draws in (("blocks", blocks), ("singles", singles)):
            low, high = interval(losses, draws, 0.9)
            held[name] += low <= 1 <= high
    assert 0.80 <= held["blocks"] / 150 <= 0.97
    assert held["singles"] / 150 < 0.6


def test_no_difference_is_rarely_called_one_and_a_clear_one_always() -> None:
    draws = resample_origins(np.zeros(ORIGINS, int), 30, REPLICATES, seed=2)
    p = np.array([p_value(dependent_losses(seed) - 1, draws) for seed in range(150)])
    assert np.mean(p < 0.05) < 0.15
    assert 0.3 < p.mean() < 0.65
    assert p_value(dependent_losses(0), draws) == 1 / (1 + REPLICATES)
    assert p_value(np.zeros(ORIGINS), draws) == 1


def test_the_sign_of_a_difference_does_not_matter() -> None:
    draws = resample_origins(np.zeros(ORIGINS, int), 10, 99, seed=5)
    differences = dependent_losses(3) - 0.9
    assert p_value(differences, draws) == p_value(-differences, draws)


def test_origins_without_truth_are_left_out_and_nothing_but_them_is_refused() -> None:
    draws = resample_origins(np.zeros(6, int), 1, 50, seed=0)
    assert interval(np.array([nan, 2.0, 2.0, nan, 2.0, 2.0]), draws) == (2.0, 2.0)
    assert interval(np.array([nan, nan, nan, nan, nan, 3.0]), draws) == (3.0, 3.0)
    with pytest.raises(UserError, match="Received: 6 origins, all without"):
        interval(np.full(6, nan), draws)
