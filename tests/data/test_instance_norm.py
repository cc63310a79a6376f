"""Instance normalization: statistics of whole windows, and of the rows that were read so far."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from helpers.backtests import a_design, a_problem, a_task, a_walk, number
from seqframe.data.instance_norm import (
    FLOOR,
    KINDS,
    LAST,
    MEAN,
    NONE,
    STANDARD,
    InstanceStats,
    instance_stats,
    running_input_stats,
    running_stats,
)
from seqframe.evaluation.folds import make_folds
from seqframe.framings import FRAMINGS
from seqframe.framings.dataset import frame_arrays

INPUTS = np.random.default_rng(0).normal(50, 4, (5, 7, 3)).astype(np.float32)  # (windows, lookback, columns)
DEVIATIONS = np.array([4.0, 3.0, 5.0], np.float32)
every_kind = pytest.mark.parametrize("kind", KINDS)


def stats_of(kind: str, n_future: int = 0) -> InstanceStats:
    return instance_stats(INPUTS, kind, n_future, DEVIATIONS)


def test_every_kind_by_its_definition() -> None:
    normalized = {kind: stats_of(kind).normalize(INPUTS) for kind in KINDS}
    np.testing.assert_array_equal(normalized[NONE], INPUTS)
    np.testing.assert_allclose(normalized[MEAN], INPUTS - INPUTS.mean(axis=1, keepdims=True), atol=1e-4)
    np.testing.assert_allclose(normalized[STANDARD].mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(normalized[STANDARD].std(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(normalized[LAST], INPUTS - INPUTS[:, -1:])


@every_kind
@pytest.mark.parametrize("running", [False, True])
def test_denormalize_is_the_inverse_of_normalize(kind: str, running: bool) -> None:
    stats = running_stats(INPUTS, kind, 1, DEVIATIONS) if running else stats_of(kind, n_future=1)
    np.testing.assert_allclose(stats.denormalize(stats.normalize(INPUTS)), INPUTS, rtol=1e-5)


@every_kind
def test_future_covariates_are_not_normalized(kind: str) -> None:
    running = running_stats(INPUTS, kind, 2, DEVIATIONS)
    for stats in (stats_of(kind, n_future=2), running, running_input_stats(running, kind)):
        normalized = stats.normalize(INPUTS)
        np.testing.assert_array_equal(normalized[..., 1:], INPUTS[..., 1:])
        assert np.array_equal(normalized[..., 0], INPUTS[..., 0]) == (kind == NONE)


@every_kind
@pytest.mark.parametrize("rows", [1, 4])
def test_a_window_that_hardly_varies_is_not_divided_by_almost_nothing(kind: str, rows: int) -> None:
    """The least scale is a share of the standard deviation of the training rows."""
    flat = np.full((1, rows, 1), 7.0, np.float32)
    flat[0, 0] += 1e-4
    for stats in (instance_stats(flat, kind, 0, np.array([2.0])), running_stats(flat, kind, 0, np.array([2.0]))):
        assert (stats.scale >= FLOOR * 2.0 - 1e-6).all()
        assert kind == NONE or np.abs(stats.normalize(flat)).max() < 1e-3
    if kind == STANDARD:
        assert instance_stats(flat, kind, 0, np.array([2.0])).scale.item() == pytest.approx(FLOOR * 2.0)


@given(
    inputs=arrays(np.float32, (2, 6, 2), elements=st.floats(-100, 100, width=32)),
    last=st.integers(0, 5),
    other=st.floats(-1e3, 1e3),
    kind=st.sampled_from(KINDS),
)
@settings(deadline=None)
def test_running_statistics_do_not_depend_on_later_rows(inputs: np.ndarray, last: int, other: float, kind: str) -> None:
    changed = inputs.copy()
    changed[:, last + 1 :] = other
    before, after = (running_stats(each, kind, 0, np.ones(2, np.float32)) for each in (inputs, changed))
    for one, two in ((before, after), (running_input_stats(before, kind), running_input_stats(after, kind))):
        np.testing.assert_array_equal(one.mean[:, : last + 1], two.mean[:, : last + 1])
        np.testing.assert_array_equal(one.scale[:, : last + 1], two.scale[:, : last + 1])


@every_kind
def test_at_the_last_row_the_running_offset_equals_the_offset_of_the_window(kind: str) -> None:
    running = running_stats(INPUTS, kind, 1, DEVIATIONS)
    np.testing.assert_allclose(running.at(slice(-1, None)).mean, stats_of(kind, n_future=1).mean, rtol=1e-6)
    for row in range(INPUTS.shape[1]):
        so_far = instance_stats(INPUTS[:, : row + 1], kind, 1, DEVIATIONS)
        np.testing.assert_allclose(running.mean[:, row], so_far.mean[:, 0], rtol=1e-6)


def test_the_running_scale_approaches_the_scale_of_the_window() -> None:
    """It begins with the scale of the series, since one row has no scale."""
    inputs = np.random.default_rng(0).normal(0, 4, (3, 2000, 1)).astype(np.float32)
    scale = running_stats(inputs, STANDARD, 0, np.array([1.0])).scale
    np.testing.assert_allclose(scale[:, 0], np.sqrt(5 / 6), rtol=1e-5)
    np.testing.assert_allclose(scale[:, -1:], instance_stats(inputs, STANDARD, 0, np.array([1.0])).scale, rtol=0.01)


def test_an_input_relative_to_the_last_row_is_relative_to_the_row_before_it() -> None:
    stats = running_stats(INPUTS, LAST, 0, DEVIATIONS)
    normalized = running_input_stats(stats, LAST).normalize(INPUTS)
    np.testing.assert_array_equal(normalized[:, 1:], np.diff(INPUTS, axis=1))
    assert not normalized[:, 0].any()
    next_rows = INPUTS[:, 1:]
    np.testing.assert_array_equal(stats.at(slice(0, -1)).normalize(next_rows), np.diff(INPUTS, axis=1))


def test_targets_that_are_not_inputs_are_not_normalized() -> None:
    stats = stats_of(STANDARD)
    selected = stats.select((2, None))
    np.testing.assert_array_equal(selected.mean[..., 0], stats.mean[..., 2])
    np.testing.assert_array_equal(selected.scale[..., 0], stats.scale[..., 2])
    np.testing.assert_array_equal(selected.normalize(np.ones((5, 2, 2)))[..., 1], np.ones((5, 2)))


def test_shift_and_scale_of_the_data_do_not_matter() -> None:
    values = a_walk(60)
    design, data_settings = a_design(a_task(instance_norm="standard")), a_problem(scaler="none")
    one, other = (make_folds(number(x=x), design, data_settings).newest for x in (values, 3 * values + 500))
    for framing in FRAMINGS:
        for first, second in zip(
            frame_arrays(one, framing, one.test), frame_arrays(other, framing, other.test), strict=True
        ):
            np.testing.assert_allclose(first, second, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_window_scale_is_in_physical_units(kind: str) -> None:
    rows = number(x=a_walk(60), y=1000 * a_walk(60, seed=1))
    data_settings = a_problem(target=["y", "x"], features=["x"])
    dataset = make_folds(rows, a_design(a_task(instance_norm=kind)), data_settings).newest
    scale = dataset.window_scale(dataset.test)  # (windows, 1, targets)
    assert scale.shape == (len(dataset.test), 1, 2)
    train_std = rows.iloc[:20].std(ddof=0)
    np.testing.assert_allclose(scale[:, 0, 0], train_std["y"], rtol=1e-6)  # y is not an input, so it is not normalized
    if kind == STANDARD:
        own = dataset.past_targets(dataset.test)[..., 1].std(axis=1)
        np.testing.assert_allclose(scale[:, 0, 1], np.maximum(own, FLOOR * train_std["x"]), rtol=1e-2)
    else:
        np.testing.assert_allclose(scale[:, 0, 1], train_std["x"], rtol=1e-6)
