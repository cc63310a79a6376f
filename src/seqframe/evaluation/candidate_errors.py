"""Validation errors of candidates, and the simplest candidate whose error is close to the smallest.

Candidates are settings of a table, or framings. A simpler candidate is preferred if its error is at most 5% larger. If
there are enough forecasts that do not overlap, its error must not be significantly larger either: a long series shows
that a gain of 1% is no accident.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import stdtrit

from seqframe.data.windows import Floats
from seqframe.evaluation.bootstrap import MIN_INDEPENDENT, mean_of_valid, overlap_variance

TOLERANCE = 0.05  # share of the smallest error by which the error of a simpler candidate may be larger
CONFIDENCE = 0.95  # of the interval of a difference
NEGLIGIBLE = 1e-3  # scaled errors below which rounding decides


@dataclass(frozen=True)
class CandidateErrors:
    """Validation errors of a candidate, scaled by the mean absolute change of a row or of a season.

    Attributes:
        mean: Mean absolute error over all forecasts, steps and targets; inf if there is none.
        blocks: Mean absolute errors of neighboring forecast times, each block one forecast long: (blocks,).
        overlap: Number of neighboring forecast times that overlap.
    """

    mean: float = np.inf
    blocks: Floats = field(default_factory=lambda: np.zeros(0))
    overlap: int = 1

    def tolerance(self, best: "CandidateErrors") -> float:
        """How much larger than the smallest error this one may be, if the candidate is simpler.

        At most 5%, and at most half of the 95% interval of the difference, by Student's t. Neighboring blocks
        overlap, so the variance is corrected as in a block bootstrap.
        """
        most, count = TOLERANCE * best.mean, len(best.blocks)
        if count < MIN_INDEPENDENT or count != len(self.blocks):
            return most
        variance = np.var(self.blocks - best.blocks, ddof=1) / count * overlap_variance(self.overlap)
        return min(most, float(stdtrit(count - 1, (1 + CONFIDENCE) / 2) * np.sqrt(variance)))


def mean_of_blocks(errors: Floats, overlap: int) -> Floats:
    """Mean errors of blocks of `overlap` neighboring forecast times, without an incomplete last block.

    Args:
        errors: Mean error of each forecast time: (times,); NaN without an actual value.
        overlap: Number of neighboring forecast times that overlap.

    Returns:
        Means of the blocks that have an actual value: (blocks,).

    >>> mean_of_blocks(np.array([1.0, 3.0, np.nan, 6.0, 9.0]), overlap=2)
    array([2., 6.])
    """
    blocks = errors[: len(errors) // overlap * overlap].reshape(-1, overlap)
    means: Floats = mean_of_valid(blocks)
    valid: Floats = means[~np.isnan(means)]
    return valid


def simplest(errors: Sequence[CandidateErrors], complexity: Sequence[Any]) -> int:
    """Position of the simplest candidate whose error is close to the smallest.

    Args:
        errors: Validation errors of the candidates.
        complexity: A value for each candidate that sorts them, the simplest first. Of equally simple ones, the one with
            the smallest error is taken.
    """
    best = min(errors, key=lambda each: each.mean)
    close = [i for i, each in enumerate(errors) if each.mean <= max(best.mean + each.tolerance(best), NEGLIGIBLE)]
    return min(close, key=lambda i: (complexity[i], errors[i].mean))
