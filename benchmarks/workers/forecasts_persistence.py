"""Persistence as a worker: the smallest example of a library, which checks the exchange of folds and forecasts.

python -m benchmarks.workers.forecasts_persistence problem.json forecasts.npz persistence
"""

import numpy as np

from benchmarks.workers.forecasts import Fold, Library, Limits, Predict, Problem, Variant, run


def fit(model: str, variant: Variant, problem: Problem, fold: Fold, limits: Limits) -> Predict:
    """The last known value, at every forecast step."""
    return lambda origins: np.repeat(fold.values[origins][:, None], problem.horizon, axis=1)


LIBRARY = Library("NumPy", lambda model, problem, fold: [Variant(problem.lookback)], fit)

if __name__ == "__main__":
    run(LIBRARY)
