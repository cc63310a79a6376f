"""Windows relative to their own rows."""

import numpy as np
import pytest

from backtests import a_design, a_problem, a_task, a_walk, number
from seqframe.backtest import pose_folds
from seqframe.framings import FRAMINGS
from seqframe.normalising import FAINTEST, find_levels

READ = np.random.default_rng(0).normal(50, 4, (5, 7, 3)).astype(np.float32)  # (windows, lookback, columns)


def test_relative_windows_have_no_level_and_no_spread() -> None:
    relative = find_levels(READ, "mean").remove(READ)
    np.testing.assert_allclose(relative.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(relative.std(axis=1), 1, atol=1e-5)


def test_restoring_undoes_removing() -> None:
    levels = find_levels(READ, "mean")
    np.testing.assert_allclose(levels.restore(levels.remove(READ)), READ, rtol=1e-6)


@pytest.mark.parametrize("kind", ["none", "mean"])
def test_columns_known_in_advance_stay_as_they_are(kind: str) -> None:
    relative = find_levels(READ, kind, without=2).remove(READ)
    np.testing.assert_array_equal(relative[..., 1:], READ[..., 1:])
    assert np.array_equal(relative[..., 0], READ[..., 0]) == (kind == "none")


def test_a_constant_window_is_all_zero() -> None:
    levels = find_levels(np.full((1, 4, 1), 7.0, np.float32), "mean")
    assert levels.spread.item() == pytest.approx(np.sqrt(FAINTEST))
    assert not levels.remove(np.full((1, 2, 1), 7.0)).any()


def test_levels_of_targets_that_are_not_read_change_nothing() -> None:
    levels = find_levels(READ, "mean")
    chosen = levels.of((2, None))
    np.testing.assert_array_equal(chosen.level[..., 0], levels.level[..., 2])
    np.testing.assert_array_equal(chosen.spread[..., 0], levels.spread[..., 2])
    np.testing.assert_array_equal(chosen.remove(np.ones((5, 2, 2)))[..., 1], np.ones((5, 2)))


def test_a_level_that_is_added_to_all_rows_is_not_seen() -> None:
    """Nor a factor, but for the faintest spread."""
    values = a_walk(60)
    design, problem = a_design(a_task(normalise="mean")), a_problem(scaling="none")
    one, other = (pose_folds(number(x=x), design, problem).newest for x in (values, 3 * values + 500))
    for framing in FRAMINGS:
        for first, second in zip(one.frame(framing, one.unseen), other.frame(framing, other.unseen), strict=True):
            np.testing.assert_allclose(first, second, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("normalise", ["none", "mean"])
def test_spread_is_in_physical_units(normalise: str) -> None:
    rows = number(x=a_walk(60), y=1000 * a_walk(60, seed=1))
    problem = a_problem(target=["y", "x"], features=["x"])
    posed = pose_folds(rows, a_design(a_task(normalise=normalise)), problem).newest
    spread = posed.spread(posed.unseen)  # (windows, 1, targets)
    assert spread.shape == (len(posed.unseen), 1, 2)
    trained_on = rows.iloc[:20].std(ddof=0)
    np.testing.assert_allclose(spread[:, 0, 0], trained_on["y"], rtol=1e-6)  # y is not read: it has no level
    if normalise == "none":
        np.testing.assert_allclose(spread[:, 0, 1], trained_on["x"], rtol=1e-6)
    else:
        np.testing.assert_allclose(spread[:, 0, 1], posed.history(posed.unseen)[..., 1].std(axis=1), rtol=1e-2)
