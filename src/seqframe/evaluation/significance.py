"""Significance of differences between models: intervals, p-values corrected for several tests, and ranks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from seqframe.data.windows import Floats
from seqframe.evaluation.bootstrap import Bootstrap, mean_of_valid, mean_over_series

SIGNIFICANCE_LEVEL = 0.05  # probability of at least one false difference among all tests
CONFIDENCE = 0.95  # of intervals
ROUNDING = 1e-9  # differences below this share of the losses are rounding


@dataclass(frozen=True)
class Pair:
    """Two models and the test of their difference.

    Attributes:
        better: Name of the model with the smaller mean loss.
        worse: Name of the other model.
        difference: Mean loss of `worse` minus mean loss of `better`.
        low: Lower end of the 95% interval of the difference; NaN with too few forecasts.
        high: Upper end of the interval.
        p: Two-sided p-value of the difference; NaN with too few forecasts.
        p_holm: The p-value corrected for the number of tests.
        significant: Whether `p_holm` is below the significance level.
        weight: Share of the significance level that the test starts with.
    """

    better: str
    worse: str
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    significant: bool
    weight: float

    def other(self, name: str) -> str:
        """The model that `name` is compared with."""
        return self.worse if name == self.better else self.better


def mean_loss(losses: Floats) -> float:
    """Mean over times of the mean over series: losses (times, series), NaN where missing."""
    return float(mean_of_valid(mean_over_series(losses, None))[0])


def interval(losses: Floats, bootstrap: Bootstrap) -> tuple[float, float]:
    """95% interval of a mean loss, from 0; NaN with too few forecasts. `losses` is (times, series)."""
    if not bootstrap.size.sufficient:
        return nan, nan
    mean, margin = mean_loss(losses), _quantile(bootstrap) * bootstrap.standard_error(losses)
    return max(0.0, mean - margin), mean + margin


def _quantile(bootstrap: Bootstrap) -> float:
    return float(stdtrit(bootstrap.size.independent - 1, (1 + CONFIDENCE) / 2))


def p_value(difference: float, standard_error: float, count: int) -> float:
    """Two-sided p-value of a mean difference of `count` independent forecasts, by Student's t with `count` - 1 degrees.

    Sources: Diebold & Mariano, "Comparing predictive accuracy", Journal of Business & Economic Statistics 13 (1995);
    Harvey, Leybourne & Newbold, "Testing the equality of prediction mean squared errors", International Journal of
    Forecasting 13 (1997), who replace the normal distribution by Student's.

    >>> round(p_value(0.3, standard_error=0.1, count=11), 4), p_value(0.0, 0.0, 11), p_value(0.3, 0.0, 11)
    (0.0133, 1.0, 0.0)
    """
    if difference == 0:
        return 1.0
    return float(2 * stdtr(count - 1, -abs(difference) / standard_error)) if standard_error else 0.0


def compare_pairs(
    losses: Mapping[str, Floats],
    pairs: Sequence[tuple[str, str]],
    bootstrap: Bootstrap,
    n_primary: int = 0,
    level: float = SIGNIFICANCE_LEVEL,
) -> tuple[Pair, ...]:
    """Test the given pairs of models by their losses (times, series).

    Holm's correction keeps the probability of at least one false difference among all pairs below `level`. The first
    `n_primary` pairs have half of the level and all others the other half. Since a test of few forecasts is
    overconfident, a corrected p-value is at least 0.5 ** (n - 1), the smallest one of a sign test of n independent
    forecasts whose losses differ.

    Raises:
        ValueError: The losses of the models are NaN at different forecasts.
    """
    if len({np.isnan(each).tobytes() for each in losses.values()}) > 1:
        raise ValueError("Models must be compared on the same forecasts: their losses must be NaN at the same places.")
    if not pairs:
        return ()
    tests = [_test(losses, *pair, bootstrap) for pair in pairs]
    weights = _weights(len(pairs), n_primary)
    if not bootstrap.size.sufficient:
        return tuple(Pair(*test[:3], nan, nan, nan, nan, False, w) for test, w in zip(tests, weights, strict=True))
    p = np.array([test[-1] for test in tests])
    corrected = np.maximum(holm_correction(p, weights), [_smallest_p(losses, *pair, bootstrap) for pair in pairs])
    corrected = np.minimum(1, np.maximum(corrected, p))
    return tuple(
        Pair(*test, float(p_holm), bool(p_holm < level), float(weight))
        for test, p_holm, weight in zip(tests, corrected, weights, strict=True)
    )


def _test(
    losses: Mapping[str, Floats], one: str, other: str, bootstrap: Bootstrap
) -> tuple[str, str, float, float, float, float]:
    """Better and worse model, their difference, its 95% interval, and its p-value."""
    means = {name: mean_loss(losses[name]) for name in (one, other)}
    better, worse = sorted(means, key=lambda name: means[name])  # the given order where they are equal
    difference = means[worse] - means[better]
    if difference <= ROUNDING * means[worse]:
        difference = 0.0
    error = bootstrap.standard_error(losses[worse] - losses[better])
    margin = _quantile(bootstrap) * error if bootstrap.size.sufficient else nan
    p = p_value(difference, error, max(2, bootstrap.size.independent))
    return better, worse, difference, difference - margin, difference + margin, p


def _smallest_p(losses: Mapping[str, Floats], one: str, other: str, bootstrap: Bootstrap) -> float:
    """The smallest two-sided p-value of a sign test of the independent forecasts whose losses differ."""
    differing = int(np.count_nonzero(np.nan_to_num(losses[one] - losses[other])))
    return float(0.5 ** (min(bootstrap.size.independent, differing) - 1))


def _weights(tests: int, n_primary: int) -> NDArray[np.float64]:
    """Shares of the significance level: (tests,), with sum 1."""
    if not 0 < n_primary < tests:
        return np.full(tests, 1 / tests)
    primary, others = np.full(n_primary, 0.5 / n_primary), np.full(tests - n_primary, 0.5 / (tests - n_primary))
    return np.concatenate([primary, others])


def holm_correction(p: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Holm-corrected p-values of several tests: (tests,) -> (tests,). Weights have the sum 1; equal ones by default.

    Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
    (1979), where tests may have weights.

    >>> holm_correction(np.array([0.04, 0.01, 0.03])).round(3).tolist()
    [0.06, 0.03, 0.06]
    """
    weights = np.full(len(p), 1 / max(1, len(p))) if weights is None else weights
    order = np.argsort(p / weights, kind="stable")
    left = np.cumsum(weights[order][::-1])[::-1]  # weights of the tests that are not rejected yet
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(1, np.maximum.accumulate(p[order] / weights[order] * left))
    return corrected


def rank_models(loss: Mapping[str, float], pairs: Sequence[Pair]) -> dict[str, int]:
    """Rank models by their mean losses, so that only significant differences count: name -> rank.

    Models share a rank until one is significantly worse than a model with this rank; it begins the next rank, which is
    1 + the number of models above it. A model with a larger loss never has a smaller rank, and a model that is
    significantly worse than another always has a larger one.

    >>> pairs = [Pair("a", "c", 2.0, 1.0, 3.0, 0.01, 0.01, True, 1.0)]
    >>> rank_models({"d": 4.0, "c": 3.0, "b": 2.0, "a": 1.0}, pairs)
    {'a': 1, 'b': 1, 'c': 3, 'd': 3}
    """
    better = {name: {pair.better for pair in pairs if pair.significant and pair.worse == name} for name in loss}
    ranks: dict[str, int] = {}
    rank, group = 1, set[str]()
    for number, name in enumerate(sorted(loss, key=lambda name: loss[name]), start=1):
        if better[name] & group:
            rank, group = number, set()
        group.add(name)
        ranks[name] = rank
    return ranks
