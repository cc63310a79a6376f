"""Linear regression with the Huber loss, which large errors influence less than the squared error."""

from collections.abc import Callable, Sequence

import numpy as np

from seqframe.data.windows import Floats
from seqframe.training.ridge import Batches, Block, Equations, RidgeModel

MAX_PASSES = 200
TOLERANCE = 1e-6  # relative decrease of the loss in a pass, below which the fit has converged


def fit_huber(
    batches: Callable[[], Batches],
    blocks: Sequence[Block],
    equations: Sequence[Equations],
    models: Sequence[RidgeModel],
    delta: float,
) -> list[RidgeModel]:
    """Ridge regressions with the Huber loss, from those with the squared error.

    Every pass over the batches replaces y by pseudo-values: the prediction plus the error, clipped at `delta`. The
    ridge regression of the pseudo-values has a smaller Huber loss, with its penalty, than the one before. The penalties
    stay.

    Source: Huber, "Robust statistics", 1981, section 7.8.
    """
    models, loss = list(models), np.inf
    for _ in range(MAX_PASSES):
        found, crosses, means = _one_pass(batches(), blocks, equations, models, delta)
        if not found < loss * (1 - TOLERANCE):
            break
        loss = found
        models = [
            each.solve_for(cross, mean, model.penalty)
            for each, cross, mean, model in zip(equations, crosses, means, models, strict=True)
        ]
    return models


def _one_pass(
    batches: Batches,
    blocks: Sequence[Block],
    equations: Sequence[Equations],
    models: Sequence[RidgeModel],
    delta: float,
) -> tuple[float, list[Floats], list[Floats]]:
    loss = sum(each.penalty_of(model) for each, model in zip(equations, models, strict=True)) / 2
    rows = 0
    crosses = [np.zeros_like(model.weights) for model in models]
    sums = [np.zeros_like(model.intercept) for model in models]
    for X, y in batches:
        rows += len(X)
        for number, (block, each, model) in enumerate(zip(blocks, equations, models, strict=True)):
            inputs = X[:, block.inputs]
            predicted = model.predict(inputs)
            errors = y[:, block.outputs] - predicted
            clipped = np.clip(errors, -delta, delta)
            loss += float((clipped * (errors - clipped / 2)).sum())
            pseudo = predicted + clipped - each.y_mean
            crosses[number] += (inputs - each.x_mean).T @ pseudo
            sums[number] += pseudo.sum(axis=0)
    means = [total / rows + each.y_mean for total, each in zip(sums, equations, strict=True)]
    return loss, crosses, means
