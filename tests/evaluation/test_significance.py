from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqframe.evaluation.bootstrap import make_bootstrap
from seqframe.evaluation.significance import Pair, compare_pairs, holm_correction, rank_models

TIMES = 200
BOOTSTRAP = make_bootstrap(TIMES, 1, 5, replicates=400)
FEW = make_bootstrap(25, 1, 5)


def losses(mean: float, seed: int, times: int = TIMES) -> np.ndarray:
    return mean + 0.1 * np.random.default_rng(seed).normal(size=(times, 1))


def test_only_the_given_pairs_are_tested_and_the_better_model_is_first() -> None:
    models = {"a": losses(1, 1), "b": losses(1.5, 2), "c": losses(3, 3)}
    pairs = compare_pairs(models, [("b", "a"), ("b", "c")], BOOTSTRAP)
    assert [(pair.better, pair.worse) for pair in pairs] == [("a", "b"), ("b", "c")]
    assert [pair.difference for pair in pairs] == pytest.approx([0.5, 1.5], abs=0.05)
    assert all(pair.significant and 0 < pair.low < pair.difference < pair.high for pair in pairs)
    assert (pairs[0].other("a"), pairs[0].other("b")) == ("b", "a")
    assert compare_pairs(models, [], BOOTSTRAP) == ()


def test_the_interval_excludes_0_where_p_is_below_5_percent() -> None:
    found = set()
    for seed in range(60):
        pair = compare_pairs({"a": losses(1, seed), "b": losses(1.02, seed + 1000)}, [("a", "b")], BOOTSTRAP)[0]
        assert (pair.p < 0.05) == (pair.low > 0)
        found.add(pair.p < 0.05)
    assert found == {True, False}


def test_equal_losses_have_no_difference() -> None:
    shared = losses(1, 0)
    for twin in (shared.copy(), shared * (1 + 1e-15)):
        (pair,) = compare_pairs({"a": shared, "b": twin}, [("a", "b")], BOOTSTRAP)
        assert (pair.difference, pair.p, pair.significant) == (0, 1, False)


def test_a_constant_difference_is_significant_up_to_the_number_of_forecasts() -> None:
    shared = losses(1, 0, 30)
    (pair,) = compare_pairs({"a": shared, "b": shared + 0.5}, [("a", "b")], make_bootstrap(30, 1, 5))
    assert (pair.p < 1e-9, pair.p_holm, pair.significant) == (True, 0.5**5, True)


def test_with_too_few_forecasts_there_are_differences_only() -> None:
    (pair,) = compare_pairs({"a": losses(1, 0, 25), "b": losses(2, 1, 25)}, [("a", "b")], FEW)
    assert pair.difference == pytest.approx(1, abs=0.1)
    assert np.isnan([pair.low, pair.high, pair.p, pair.p_holm]).all()
    assert not pair.significant


def test_forecasts_without_actual_values_are_excluded_for_all_models() -> None:
    first, second = losses(1, 1), losses(2, 2)
    first[10:30] = second[10:30] = nan
    (pair,) = compare_pairs({"first": first, "second": second}, [("first", "second")], BOOTSTRAP)
    assert pair.difference == pytest.approx(np.nanmean(second - first))
    with pytest.raises(ValueError, match="on the same forecasts"):
        compare_pairs({"first": first, "second": losses(2, 2)}, [("first", "second")], BOOTSTRAP)


def test_equal_models_rarely_differ_significantly() -> None:
    """With five equally good models, few of 200 sets of comparisons contain a significant difference."""
    wrong, names = 0, [str(number) for number in range(5)]
    for seed in range(200):
        equal = {name: losses(1, 100 * seed + int(name)) for name in names}
        wrong += any(pair.significant for pair in compare_pairs(equal, [("0", name) for name in names[1:]], BOOTSTRAP))
    assert wrong <= 18  # 10 are expected


def test_primary_comparisons_have_half_of_the_level() -> None:
    models = {str(number): losses(1 + 0.03 * (number == 0), number) for number in range(12)}
    pairs = [("0", str(number)) for number in range(1, 12)]
    equal, primary = compare_pairs(models, pairs, BOOTSTRAP), compare_pairs(models, pairs, BOOTSTRAP, n_primary=1)
    assert [pair.weight for pair in primary] == pytest.approx([0.5] + [0.05] * 10)
    assert [pair.weight for pair in equal] == pytest.approx([1 / 11] * 11)
    assert primary[0].p_holm <= 2 * primary[0].p < equal[0].p_holm
    assert [pair.p for pair in equal] == [pair.p for pair in primary]


@given(arrays(np.float64, st.integers(1, 12), elements=st.floats(0, 1)))
def test_holm_correction_raises_p_values_in_their_order_up_to_bonferroni(p: np.ndarray) -> None:
    corrected = holm_correction(p)
    assert (corrected >= p - 1e-15).all()
    assert (corrected <= np.minimum(1, len(p) * p) + 1e-15).all()
    assert (np.diff(corrected[np.argsort(p, kind="stable")]) >= 0).all()


def test_weighted_holm_correction_by_hand() -> None:
    """0.02 / 0.5 is below 0.015 / 0.25: it is tested first, at half of the level, and the others share all of it."""
    corrected = holm_correction(np.array([0.02, 0.015, 0.5]), np.array([0.5, 0.25, 0.25]))
    np.testing.assert_allclose(corrected, [0.04, 0.04, 0.5])


def a_pair(better: str, worse: str, significant: bool = True) -> Pair:
    return Pair(better, worse, 1.0, 0.5, 1.5, 0.01, 0.01, significant, 1.0)


def test_a_rank_begins_with_a_significantly_worse_model() -> None:
    loss = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0}
    assert rank_models(loss, []) == {"a": 1, "b": 1, "c": 1, "d": 1}
    assert rank_models(loss, [a_pair("a", "b")]) == {"a": 1, "b": 2, "c": 2, "d": 2}
    assert rank_models(loss, [a_pair("a", "c"), a_pair("a", "d")]) == {"a": 1, "b": 1, "c": 3, "d": 3}
    assert rank_models(loss, [a_pair("a", "c"), a_pair("c", "d")]) == {"a": 1, "b": 1, "c": 3, "d": 4}
    assert rank_models(loss, [a_pair("a", "d", significant=False)]) == {"a": 1, "b": 1, "c": 1, "d": 1}


@given(st.integers(1, 9), st.data())
def test_ranks_agree_with_any_tests(count: int, data: st.DataObject) -> None:
    """Ranks rise with the losses, and a model that is significantly worse than another has a larger rank."""
    loss = {str(number): float(value) for number, value in enumerate(data.draw(st.permutations(range(count))))}
    pairs = [
        a_pair(one, other, data.draw(st.booleans()))
        for one in loss
        for other in loss
        if loss[one] < loss[other] and data.draw(st.booleans())
    ]
    ranks = rank_models(loss, pairs)
    ordered = [ranks[name] for name in sorted(loss, key=lambda name: loss[name])]
    assert ordered == sorted(ordered)
    assert ordered[0] == 1
    assert all(ranks[pair.better] < ranks[pair.worse] for pair in pairs if pair.significant)
