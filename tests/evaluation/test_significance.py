from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqframe.errors import UserError
from seqframe.evaluation.significance import holm_correction, min_replicates, rank_models, resample_origins

ORIGINS = 200
RESAMPLES = resample_origins(np.zeros(ORIGINS, int), 5, 400, seed=0)


def losses(mean: float, seed: int) -> np.ndarray:
    return mean + 0.1 * np.random.default_rng(seed).normal(size=ORIGINS)


def test_only_significantly_better_models_have_a_better_rank() -> None:
    ranking = rank_models(
        {"worst": losses(3, 1), "near": losses(1.001, 2), "best": losses(1, 3), "middle": losses(2, 4)}, RESAMPLES
    )
    assert {model.name: model.rank for model in ranking.models} == {"best": 1, "near": 1, "middle": 3, "worst": 4}
    assert [model.loss for model in ranking.models] == sorted(model.loss for model in ranking.models)
    ties = {frozenset((pair.better, pair.worse)) for pair in ranking.pairs if not pair.significant}
    assert ties == {frozenset(("best", "near"))}


def test_all_pairs_have_a_difference_and_p_values() -> None:
    shared = losses(1, 0)
    ranking = rank_models({"b": shared + 0.5, "a": shared, "c": shared + 2}, RESAMPLES)
    assert [(pair.better, pair.worse) for pair in ranking.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [pair.difference for pair in ranking.pairs] == pytest.approx([0.5, 2, 1.5])
    assert [pair.p for pair in ranking.pairs] == [1 / 401] * 3
    assert [pair.p_holm for pair in ranking.pairs] == pytest.approx([3 / 401] * 3)


def test_equal_losses_share_a_rank() -> None:
    shared = losses(1, 0)
    ranking = rank_models({"a": shared, "b": shared.copy(), "worse": shared + 1}, RESAMPLES)
    assert [(model.name, model.rank) for model in ranking.models] == [("a", 1), ("b", 1), ("worse", 3)]
    assert ranking.pair("b", "a").p == ranking.pairs[0].p == 1


def test_origins_without_actual_values_are_excluded_for_all_models() -> None:
    first, second = losses(1, 1), losses(2, 2)
    first[10:30] = second[10:30] = nan
    ranking = rank_models({"first": first, "second": second}, RESAMPLES)
    assert [model.rank for model in ranking.models] == [1, 2]
    assert ranking.models[0].loss == np.nanmean(first)
    with pytest.raises(ValueError, match="on the same origins"):
        rank_models({"first": first, "second": losses(2, 2)}, RESAMPLES)


def test_a_single_model_has_rank_1() -> None:
    ranking = rank_models({"alone": losses(1, 1)}, RESAMPLES[:1])
    assert (ranking.models[0].rank, ranking.pairs) == (1, ())


def test_equal_models_rarely_differ_significantly() -> None:
    """With five equally good models, at most a few of 40 rankings contain a significant difference."""
    wrong = 0
    for seed in range(40):
        equal = {str(number): losses(1, 100 * seed + number) for number in range(5)}
        wrong += any(pair.significant for pair in rank_models(equal, RESAMPLES).pairs)
    assert wrong <= 7  # 2 are expected


def test_too_few_replicates_raise() -> None:
    models = {str(number): losses(number, number) for number in range(4)}
    assert min_replicates(4) == 120
    with pytest.raises(UserError, match="at least 120 bootstrap replicates. Received: 119"):
        rank_models(models, RESAMPLES[:119])
    assert [model.rank for model in rank_models(models, RESAMPLES[:120]).models] == [1, 2, 3, 4]


@given(arrays(np.float64, st.integers(1, 12), elements=st.floats(0, 1)))
def test_holm_correction_raises_p_values_in_their_order_up_to_bonferroni(p: np.ndarray) -> None:
    corrected = holm_correction(p)
    assert (corrected >= p).all()
    assert (corrected <= np.minimum(1, len(p) * p) + 1e-15).all()
    assert (np.diff(corrected[np.argsort(p, kind="stable")]) >= 0).all()
