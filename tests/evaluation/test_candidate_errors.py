"""The simplest candidate whose error is close to the smallest."""

import numpy as np
import pytest

from seqframe.evaluation.candidate_errors import TOLERANCE, CandidateErrors, mean_of_blocks, simplest


def of_means(*means: float) -> list[CandidateErrors]:
    return [CandidateErrors(mean) for mean in means]


def of_blocks(blocks: np.ndarray, overlap: int = 1) -> CandidateErrors:
    return CandidateErrors(float(blocks.mean()), blocks, overlap)


def test_of_equally_simple_candidates_the_best_is_selected() -> None:
    """Within 5% of the smallest error; fewer steps of preprocessing are preferred."""
    assert simplest(of_means(1.06, 1.03, 1.0), [0, 1, 1]) == 2
    assert simplest(of_means(1.03, 1.0, 1.01), [1, 2, 2]) == 0
    assert simplest(of_means(np.inf, np.inf), [1, 0]) == 1


@pytest.mark.parametrize(("count", "chosen"), [(6, 0), (200, 1)])
def test_a_gain_of_two_percent_must_be_significant(count: int, chosen: int) -> None:
    random = np.random.default_rng(0)
    blocks = random.uniform(0.5, 1.5, count)
    better = blocks - 0.02 + random.normal(0, 0.05, count)
    better += blocks.mean() - 0.02 - better.mean()
    assert simplest([of_blocks(blocks), of_blocks(better)], [0, 1]) == chosen


def test_a_gain_of_more_than_five_percent_need_not_be_significant() -> None:
    random = np.random.default_rng(0)
    blocks, better = random.uniform(0.5, 1.5, (2, 8))
    better *= 0.94 * blocks.mean() / better.mean()
    assert of_blocks(blocks).tolerance(of_blocks(better)) == pytest.approx(TOLERANCE * better.mean())
    assert simplest([of_blocks(blocks), of_blocks(better)], [0, 1]) == 1


def test_the_tolerance_is_half_of_the_interval_of_the_mean_difference() -> None:
    """Student's t of 99 degrees of freedom has its quantile 0.975 at 1.984."""
    random = np.random.default_rng(0)
    difference = random.normal(0, 0.01, 100)
    one, best = of_blocks(10 + difference), of_blocks(np.full(100, 10.0))
    expected = 1.984 * difference.std(ddof=1) / 10
    assert one.tolerance(best) == pytest.approx(expected, rel=1e-3)
    overlapping = CandidateErrors(one.mean, one.blocks, overlap=12)
    assert overlapping.tolerance(best) == pytest.approx(expected * (3 * 144 / 289) ** 0.5, rel=1e-3)


def test_candidates_with_other_blocks_have_the_tolerance_of_a_short_series() -> None:
    """A longer lookback may leave fewer windows; five blocks are too few for an interval."""
    for one, best in ((np.ones(9), np.ones(8)), (np.ones(5), np.ones(5)), (np.ones(0), np.ones(0))):
        errors = CandidateErrors(1.0, one), CandidateErrors(1.0, best)
        assert errors[0].tolerance(errors[1]) == TOLERANCE


def test_blocks_without_an_actual_value_are_dropped() -> None:
    errors = np.array([1.0, np.nan, np.nan, np.nan, 5.0, 7.0, 9.0])
    assert mean_of_blocks(errors, 2).tolist() == [1.0, 6.0], "the last block is incomplete"
    assert mean_of_blocks(errors[:1], 2).tolist() == []
