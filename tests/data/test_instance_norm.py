"""Instance normalization."""

import numpy as np
import pytest

from helpers.backtests import a_design, a_problem, a_task, a_walk, number
from seqframe.data.instance_norm import EPSILON, instance_stats
from seqframe.evaluation.folds import make_folds
from seqframe.framings import FRAMINGS
from seqframe.framings.dataset import frame_arrays

INPUTS = np.random.default_rng(0).normal(50, 4, (5, 7, 3)).astype(np.float32)  # (windows, lookback, columns)


def test_normalized_windows_have_mean_0_and_standard_deviation_1() -> None:
    normalized = instance_stats(INPUTS, "mean").normalize(INPUTS)
    np.testing.assert_allclose(normalized.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(normalized.std(axis=1), 1, atol=1e-5)


def test_denormalize_is_the_inverse_of_normalize() -> None:
    stats = instance_stats(INPUTS, "mean")
    np.testing.assert_allclose(stats.denormalize(stats.normalize(INPUTS)), INPUTS, rtol=1e-6)


@pytest.mark.parametrize("kind", ["none", "mean"])
def test_future_covariates_are_not_normalized(kind: str) -> None:
    normalized = instance_stats(INPUTS, kind, n_future=2).normalize(INPUTS)
    np.testing.assert_array_equal(normalized[..., 1:], INPUTS[..., 1:])
    assert np.array_equal(normalized[..., 0], INPUTS[..., 0]) == (kind == "none")


def test_a_constant_window_becomes_zero() -> None:
    stats = instance_stats(np.full((1, 4, 1), 7.0, np.float32), "mean")
    assert stats.scale.item() == pytest.approx(np.sqrt(EPSILON))
    assert not stats.normalize(np.full((1, 2, 1), 7.0)).any()


def test_targets_that_are_not_inputs_are_not_normalized() -> None:
    stats = instance_stats(INPUTS, "mean")
    selected = stats.select((2, None))
    np.testing.assert_array_equal(selected.mean[..., 0], stats.mean[..., 2])
    np.testing.assert_array_equal(selected.scale[..., 0], stats.scale[..., 2])
    np.testing.assert_array_equal(selected.normalize(np.ones((5, 2, 2)))[..., 1], np.ones((5, 2)))


def test_shift_and_scale_of_the_data_do_not_matter() -> None:
    """The tolerance covers windows with a scale near EPSILON."""
    values = a_walk(60)
    design, data_settings = a_design(a_task(instance_norm="mean")), a_problem(scaler="none")
    one, other = (make_folds(number(x=x), design, data_settings).newest for x in (values, 3 * values + 500))
    for framing in FRAMINGS:
        for first, second in zip(
            frame_arrays(one, framing, one.test), frame_arrays(other, framing, other.test), strict=True
        ):
            np.testing.assert_allclose(first, second, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("instance_norm", ["none", "mean"])
def test_window_scale_is_in_physical_units(instance_norm: str) -> None:
    rows = number(x=a_walk(60), y=1000 * a_walk(60, seed=1))
    data_settings = a_problem(target=["y", "x"], features=["x"])
    dataset = make_folds(rows, a_design(a_task(instance_norm=instance_norm)), data_settings).newest
    scale = dataset.window_scale(dataset.test)  # (windows, 1, targets)
    assert scale.shape == (len(dataset.test), 1, 2)
    train_std = rows.iloc[:20].std(ddof=0)
    np.testing.assert_allclose(scale[:, 0, 0], train_std["y"], rtol=1e-6)  # y is not an input, so it is not normalized
    if instance_norm == "none":
        np.testing.assert_allclose(scale[:, 0, 1], train_std["x"], rtol=1e-6)
    else:
        np.testing.assert_allclose(scale[:, 0, 1], dataset.past_targets(dataset.test)[..., 1].std(axis=1), rtol=1e-2)
