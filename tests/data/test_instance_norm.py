"""Windows relative to their own rows."""

import numpy as np
import pytest

from helpers.backtests import a_design, a_problem, a_task, a_walk, number
from seqframe.data.instance_norm import EPSILON, instance_stats
from seqframe.evaluation.folds import make_folds
from seqframe.framings import FRAMINGS
from seqframe.framings.dataset import frame_arrays

READ = np.random.default_rng(0).normal(50, 4, (5, 7, 3)).astype(np.float32)  # (windows, lookback, columns)


def test_relative_windows_have_no_level_and_no_spread() -> None:
    relative = instance_stats(READ, "mean").normalize(READ)
    np.testing.assert_allclose(relative.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(relative.std(axis=1), 1, atol=1e-5)


def test_restoring_undoes_removing() -> None:
    levels = instance_stats(READ, "mean")
    np.testing.assert_allclose(levels.denormalize(levels.normalize(READ)), READ, rtol=1e-6)


@pytest.mark.parametrize("kind", ["none", "mean"])
def test_columns_known_in_advance_stay_as_they_are(kind: str) -> None:
    relative = instance_stats(READ, kind, without=2).normalize(READ)
    np.testing.assert_array_equal(relative[..., 1:], READ[..., 1:])
    assert np.array_equal(relative[..., 0], READ[..., 0]) == (kind == "none")


def test_a_constant_window_is_all_zero() -> None:
    levels = instance_stats(np.full((1, 4, 1), 7.0, np.float32), "mean")
    assert levels.scale.item() == pytest.approx(np.sqrt(EPSILON))
    assert not levels.normalize(np.full((1, 2, 1), 7.0)).any()


def test_levels_of_targets_that_are_not_read_change_nothing() -> None:
    levels = instance_stats(READ, "mean")
    chosen = levels.select((2, None))
    np.testing.assert_array_equal(chosen.mean[..., 0], levels.mean[..., 2])
    np.testing.assert_array_equal(chosen.scale[..., 0], levels.scale[..., 2])
    np.testing.assert_array_equal(chosen.normalize(np.ones((5, 2, 2)))[..., 1], np.ones((5, 2)))


def test_a_level_that_is_added_to_all_rows_is_not_seen() -> None:
    """Nor a factor, but for the faintest spread."""
    values = a_walk(60)
    design, data_settings = a_design(a_task(instance_norm="mean")), a_problem(scaler="none")
    one, other = (make_folds(number(x=x), design, data_settings).newest for x in (values, 3 * values + 500))
    for framing in FRAMINGS:
        for first, second in zip(
            frame_arrays(one, framing, one.test), frame_arrays(other, framing, other.test), strict=True
        ):
            np.testing.assert_allclose(first, second, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("instance_norm", ["none", "mean"])
def test_spread_is_in_physical_units(instance_norm: str) -> None:
    rows = number(x=a_walk(60), y=1000 * a_walk(60, seed=1))
    data_settings = a_problem(target=["y", "x"], features=["x"])
    dataset = make_folds(rows, a_design(a_task(instance_norm=instance_norm)), data_settings).newest
    spread = dataset.window_scale(dataset.test)  # (windows, 1, targets)
    assert spread.shape == (len(dataset.test), 1, 2)
    trained_on = rows.iloc[:20].std(ddof=0)
    np.testing.assert_allclose(spread[:, 0, 0], trained_on["y"], rtol=1e-6)  # y is not read: it has no level
    if instance_norm == "none":
        np.testing.assert_allclose(spread[:, 0, 1], trained_on["x"], rtol=1e-6)
    else:
        np.testing.assert_allclose(spread[:, 0, 1], dataset.past_targets(dataset.test)[..., 1].std(axis=1), rtol=1e-2)
