"""Linear regression with the Huber loss."""

from collections.abc import Iterator

import numpy as np
import pytest

from seqframe.training.huber import fit_huber
from seqframe.training.linear_map import fit_layouts
from seqframe.training.ridge import Block, Equations, RidgeModel, compute_moments

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(400, 5)) + 0.3
WEIGHTS = RANDOM.normal(size=(5, 3))
NOISE = 0.1 * RANDOM.normal(size=(400, 3))
Y = X @ WEIGHTS + [1.0, -2.0, 30.0] + NOISE
OUTLIERS = np.where(np.arange(400)[:, None] % 10 == 0, 50.0, 0.0)  # a tenth of the rows, all above
DELTA = 0.2
BLOCKS = (Block(np.arange(5), np.arange(2)), Block(np.arange(1, 4), np.arange(2, 3)))


def batches(y: np.ndarray, size: int = 150) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    return ((X[first : first + size], y[first : first + size]) for first in range(0, len(X), size))


def equations_of(y: np.ndarray) -> list[Equations]:
    moments = compute_moments(batches(y))
    return [Equations(moments, block) for block in BLOCKS]


@pytest.mark.parametrize("penalty", [1e-9, 0.3])
def test_the_derivative_of_the_penalized_loss_is_zero(penalty: float) -> None:
    y, equations = Y + OUTLIERS, equations_of(Y + OUTLIERS)
    start = [each.solve([penalty])[0] for each in equations]
    models = fit_huber(lambda: batches(y), BLOCKS, equations, start, DELTA)
    for block, model, before in zip(BLOCKS, models, start, strict=True):
        largest = [largest_derivative(each, X[:, block.inputs], y[:, block.outputs]) for each in (model, before)]
        assert largest[0] < 0.02 * largest[1]
        assert model.penalty == penalty


def largest_derivative(model: RidgeModel, inputs: np.ndarray, y: np.ndarray) -> float:
    """The largest derivative of the Huber loss with its penalty, by a weight or an intercept."""
    centered = inputs - inputs.mean(axis=0)
    shrinkage = model.penalty * np.linalg.eigvalsh(centered.T @ centered).mean()
    clipped = np.clip(y - model.predict(inputs), -DELTA, DELTA)
    of_weights = inputs.T @ clipped - shrinkage * model.weights
    return float(max(np.abs(of_weights).max(), np.abs(clipped.sum(axis=0)).max()))


def test_outliers_hardly_change_the_weights() -> None:
    y, everything = Y + OUTLIERS, (Block(np.arange(5), np.arange(3)),)
    _, (squared,) = fit_layouts(lambda: batches(y), None, [everything], [1e-9] * 9)
    _, (robust,) = fit_layouts(lambda: batches(y), None, [everything], [1e-9] * 9, huber_delta=DELTA)
    errors = [np.abs(each.intercept - [1.0, -2.0, 30.0]).max() for each in (squared, robust)]
    assert errors[0] > 4
    assert errors[1] < 0.1
    np.testing.assert_allclose(robust.weights, WEIGHTS, atol=0.05)


def test_a_delta_above_all_errors_changes_nothing() -> None:
    everything = (Block(np.arange(5), np.arange(3)),)
    (squared, robust) = (
        fit_layouts(lambda: batches(Y), None, [everything], huber_delta=delta)[1][0] for delta in (None, 1e6)
    )
    np.testing.assert_allclose(robust.weights, squared.weights, rtol=1e-9)
    np.testing.assert_allclose(robust.intercept, squared.intercept, rtol=1e-9)


def test_with_an_infinite_penalty_the_weights_are_zero() -> None:
    """The intercept is then a robust mean of y."""
    y, everything = Y + OUTLIERS, (Block(np.arange(5), np.arange(3)),)
    _, (model,) = fit_layouts(lambda: batches(y), None, [everything], [np.inf] * 9, huber_delta=2.0)
    assert not model.weights.any()
    errors = [np.abs(each - Y.mean(axis=0)) for each in (model.intercept, y.mean(axis=0))]
    assert errors[0].max() < 0.6
    assert errors[1].min() > 4.9
