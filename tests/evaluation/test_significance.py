from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqframe.errors import UserError
from seqframe.evaluation.significance import holm_correction, min_replicates, rank_models, resample_origins

ORIGINS = 200
DRAWS = resample_origins(np.zeros(ORIGINS, int), 5, 400, seed=0)


def losses(mean: float, seed: int) -> np.ndarray:
    return mean + 0.1 * np.random.default_rng(seed).normal(size=ORIGINS)


def test_what_is_better_beyond_noise_stands_above_and_what_is_not_stands_beside() -> None:
    ranking = rank_models(
        {"worst": losses(3, 1), "near": losses(1.001, 2), "best": losses(1, 3), "middle": losses(2, 4)}, DRAWS
    )
    assert {entry.name: entry.rank for entry in ranking.models} == {"best": 1, "near": 1, "middle": 3, "worst": 4}
    assert [entry.loss for entry in ranking.models] == sorted(entry.loss for entry in ranking.models)
    noise = {frozenset((pair.better, pair.worse)) for pair in ranking.pairs if not pair.significant}
    assert noise == {frozenset(("best", "near"))}


def test_every_pair_is_told_with_its_difference() -> None:
    shared = losses(1, 0)
    ranking = rank_models({"b": shared + 0.5, "a": shared, "c": shared + 2}, DRAWS)
    assert [(pair.better, pair.worse) for pair in ranking.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [pair.difference for pair in ranking.pairs] == pytest.approx([0.5, 2, 1.5])
    assert [pair.p for pair in ranking.pairs] == [1 / 401] * 3
    assert [pair.p_holm for pair in ranking.pairs] == pytest.approx([3 / 401] * 3)


def test_equal_losses_share_a_rank() -> None:
    shared = losses(1, 0)
    ranking = rank_models({"a": shared, "b": shared.copy(), "worse": shared + 1}, DRAWS)
    assert [(entry.name, entry.rank) for entry in ranking.models] == [("a", 1), ("b", 1), ("worse", 3)]
    assert ranking.pairs[0].p == 1


def test_origins_without_truth_are_left_out_of_all_alike() -> None:
    first, second = losses(1, 1), losses(2, 2)
    first[10:30] = second[10:30] = nan
    ranking = rank_models({"first": first, "second": second}, DRAWS)
    assert [entry.rank for entry in ranking.models] == [1, 2]
    assert ranking.models[0].loss == np.nanmean(first)
    with pytest.raises(ValueError, match="on the same origins"):
        rank_models({"first": first, "second": losses(2, 2)}, DRAWS)


def test_one_entry_is_first() -> None:
    ranking = rank_models({"alone": losses(1, 1)}, DRAWS[:1])
    assert (ranking.models[0].rank, ranking.pairs) == (1, ())


def test_luck_orders_nobody() -> None:
    """Of five forecasters that are equally good, hardly ever is one called better than another."""
    wrong = 0
    for seed in range(40):
        equal = {str(entry): losses(1, 100 * seed + entry) for entry in range(5)}
        wrong += any(pair.significant for pair in rank_models(equal, DRAWS).pairs)
    assert wrong <= 7  # 2 are expected


def test_too_few_replicates_to_tell_anything_are_refused() -> None:
    entries = {str(entry): losses(entry, entry) for entry in range(4)}
    assert min_replicates(4) == 120
    with pytest.raises(UserError, match="at least 120 bootstrap replicates. Received: 119"):
        rank_models(entries, DRAWS[:119])
    assert [entry.rank for entry in rank_models(entries, DRAWS[:120]).models] == [1, 2, 3, 4]


@given(arrays(np.float64, st.integers(1, 12), elements=st.floats(0, 1)))
def test_holm_raises_p_values_keeps_their_order_and_stays_below_bonferroni(p: np.ndarray) -> None:
    corrected = holm_correction(p)
    assert (corrected >= p).all()
    assert (corrected <= np.minimum(1, len(p) * p) + 1e-15).all()
    assert (np.diff(corrected[np.argsort(p, kind="stable")]) >= 0).all()
