from collections.abc import Iterator

import numpy as np
import pytest

from seqframe.training.ridge import fit_ridge, select_ridge

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(70, 5)) + 0.3
WEIGHTS = RANDOM.normal(size=(5, 3))
Y = X @ WEIGHTS + [1.0, -2.0, 30.0] + 0.1 * RANDOM.normal(size=(70, 3))


def batches(size: int, X: np.ndarray = X, y: np.ndarray = Y) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches that can be read once; the last one is smaller."""
    return ((X[first : first + size], y[first : first + size]) for first in range(0, len(X), size))


@pytest.mark.parametrize("size", [1, 32, 70])
def test_a_tiny_penalty_gives_least_squares_for_any_batch_size(size: int) -> None:
    expected = np.linalg.lstsq(np.column_stack([X, np.ones(70)]), Y, rcond=None)[0]
    for fitted in fit_ridge(batches(size), [0, 1e-12]):
        assert fitted.weights == pytest.approx(expected[:-1], abs=1e-8)
        assert fitted.intercept == pytest.approx(expected[-1], abs=1e-8)


def test_penalties_match_the_closed_form_and_exclude_the_intercept() -> None:
    x, y = X - X.mean(axis=0), Y - Y.mean(axis=0)
    gram = x.T @ x
    for fitted, penalty in zip(fit_ridge(batches(16), [0.1, 5]), [0.1, 5], strict=True):
        expected = np.linalg.solve(gram + penalty * np.trace(gram) / 5 * np.eye(5), x.T @ y)
        assert fitted.penalty == penalty
        assert fitted.weights == pytest.approx(expected, abs=1e-10)
    (heavy,) = fit_ridge(batches(16), [1e12])
    assert heavy.predict(X) == pytest.approx(np.broadcast_to(Y.mean(axis=0), Y.shape), abs=1e-6)


def test_duplicate_and_constant_inputs() -> None:
    duplicated = np.column_stack([X, X[:, 0], np.full(70, 7.0)])
    for fitted in fit_ridge(batches(16, duplicated), [0, 1e-9]):
        assert fitted.weights[0] == pytest.approx(fitted.weights[5], abs=1e-6)
        assert fitted.weights[6] == pytest.approx(np.zeros(3), abs=1e-9)
        assert fitted.predict(duplicated) == pytest.approx(fit_ridge(batches(70), [0])[0].predict(X), abs=1e-6)
    (constant,) = fit_ridge(batches(16, np.ones((70, 2))), [0.1])
    assert constant.predict(np.ones((4, 2))) == pytest.approx(np.broadcast_to(Y.mean(axis=0), (4, 3)))


def test_a_large_mean_costs_no_digits() -> None:
    (far,), (near,) = fit_ridge(batches(16, X + 1e6), [1e-6]), fit_ridge(batches(16), [1e-6])
    assert far.weights == pytest.approx(near.weights, abs=1e-6)


def test_float32_is_accumulated_in_float64() -> None:
    (fitted,) = fit_ridge(batches(16, X.astype(np.float32), Y.astype(np.float32)), [1e-6])
    assert fitted.weights.dtype == np.float64
    assert fitted.weights == pytest.approx(fit_ridge(batches(16), [1e-6])[0].weights, abs=1e-5)


def test_the_candidate_with_the_smallest_validation_error_is_selected() -> None:
    noisy = Y[:8] + 2 * RANDOM.normal(size=(8, 3))
    candidates = fit_ridge([(X[:8], noisy)], [0, 0.1, 1, 1e6])
    errors = [np.mean((each.predict(X[20:]) - Y[20:]) ** 2) for each in candidates]
    assert 0 < np.argmin(errors) < 3  # otherwise the test could not fail
    assert select_ridge(candidates, batches(9, X[20:], Y[20:])) is candidates[int(np.argmin(errors))]
    measured = np.where(np.arange(50)[:, None] % 7 == 0, np.nan, Y[20:])
    assert select_ridge(candidates, batches(9, X[20:], measured)).penalty in (0.1, 1)


def test_no_batches_raise() -> None:
    with pytest.raises(ValueError, match="at least one batch"):
        fit_ridge([], [1.0])
