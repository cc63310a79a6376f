"""Transforms of the targets: fitted on training rows, and inverted exactly."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.backtests import a_design, a_problem, a_season, a_task, a_walk, number, series_of
from seqframe.data.dataset import SequenceDataset, dataset_from_split
from seqframe.data.instance_norm import KINDS
from seqframe.data.splits import find_segments, split_folds
from seqframe.data.transforms import FLOOR_DIVISOR, IDENTITY, TRANSFORMS, Transform, fit_transform
from seqframe.data.windows import Windows
from seqframe.errors import UserError
from seqframe.evaluation.folds import make_folds

every_transform = pytest.mark.parametrize("name", TRANSFORMS)


def fit(name: str, values: np.ndarray, season: int = 4, gap: int = 0, horizon: int = 1) -> Transform:
    rows = number(x=values)
    return fit_transform(name, rows, [range(len(values))], ["x"], season, gap + horizon, gap)


def test_every_transform_by_its_definition() -> None:
    values = np.exp(a_walk(20))
    applied = {name: fit(name, values).apply(number(x=values), [range(20)])["x"].to_numpy() for name in TRANSFORMS}
    log = np.log(values)
    np.testing.assert_array_equal(applied["none"], values)
    np.testing.assert_allclose(applied["log"], log)
    np.testing.assert_allclose(applied["difference"][1:], np.diff(values))
    np.testing.assert_allclose(applied["seasonal_difference"][4:], values[4:] - values[:-4])
    np.testing.assert_allclose(applied["log_difference"][1:], np.diff(log))
    np.testing.assert_allclose(applied["log_seasonal_difference"][4:], log[4:] - log[:-4])
    for name, lag in (("difference", 1), ("log_seasonal_difference", 4)):
        assert np.isnan(applied[name][:lag]).all()


def test_a_difference_does_not_span_two_histories() -> None:
    rows = number(x=np.array([1.0, 3, 6, 100, 110, 130]))
    applied = Transform(("x",), lag=1).apply(rows, [range(3), range(3, 6)])["x"].to_numpy()
    np.testing.assert_array_equal(applied, [np.nan, 2, 3, np.nan, 10, 20])


@given(
    name=st.sampled_from(TRANSFORMS),
    season=st.integers(2, 9),
    lookback=st.integers(1, 5),
    horizon=st.integers(1, 12),
    gap=st.integers(0, 4),
    seed=st.integers(0, 99),
)
@settings(max_examples=200, deadline=None)
def test_every_window_is_inverted_exactly(
    name: str, season: int, lookback: int, horizon: int, gap: int, seed: int
) -> None:
    """With a gap, and with a horizon that is shorter or longer than the lag."""
    rows = 60
    values = np.exp(0.3 * np.random.default_rng(seed).standard_normal((rows, 2)).cumsum(axis=0)) * [1, 1000]
    df = number(x=values[:, 0], y=values[:, 1])
    try:
        transform = fit_transform(name, df, [range(rows)], ["y", "x"], season, gap + horizon, gap)
    except UserError:
        lag = 1 if not name.endswith("seasonal_difference") else season
        assert gap
        assert lag < gap + horizon
        return
    applied = transform.apply(df, [range(rows)])[["y", "x"]].to_numpy()
    origins = np.arange(transform.lag + lookback - 1, rows - gap - horizon)
    targets = origins[:, None] + 1 + gap + np.arange(horizon)
    past = df[["y", "x"]].to_numpy()[origins[:, None] + np.arange(1 - lookback - transform.lag, 1)]
    restored = transform.invert(applied[targets], past, gap)
    np.testing.assert_allclose(restored, df[["y", "x"]].to_numpy()[targets], rtol=1e-9)


def test_a_forecast_of_no_change() -> None:
    """Zero differences continue the last value, or the last season."""
    past = np.arange(1.0, 9.0).reshape(1, 8, 1)
    zeros = np.zeros((1, 6, 1))
    assert Transform(("x",), lag=1).invert(zeros, past, 0)[0, :, 0].tolist() == [8] * 6
    assert Transform(("x",), lag=4).invert(zeros, past, 0)[0, :, 0].tolist() == [5, 6, 7, 8, 5, 6]
    np.testing.assert_allclose(
        Transform(("x",), lag=8, floor=(0.1,)).invert(zeros, past, 2)[0, :, 0], [3, 4, 5, 6, 7, 8]
    )


@given(values=st.lists(st.floats(1e-3, 1e6), min_size=8, max_size=8), later=st.lists(st.floats(-1e6, 1e6), min_size=4))
@settings(deadline=None)
def test_values_below_the_floor_have_the_logarithm_of_the_floor(values: list[float], later: list[float]) -> None:
    """Later rows may be zero or negative, where the training rows are positive."""
    transform = fit("log", np.array(values))
    assert transform.floor == (min(values) / FLOOR_DIVISOR,)
    rows = number(x=np.array(later))
    applied = transform.apply(rows, [range(len(later))])["x"].to_numpy()
    assert np.isfinite(applied).all()
    restored = transform.invert(applied[None, :, None], np.ones((1, 1, 1)), 0)[0, :, 0]
    np.testing.assert_allclose(restored, np.maximum(later, transform.floor[0]), rtol=1e-9)


@pytest.mark.parametrize("lowest", [0.0, -3.0])
def test_a_logarithm_needs_positive_training_rows(lowest: float) -> None:
    values = np.array([1.0, 2.0, lowest, 4.0, 5.0])
    with pytest.raises(UserError, match=rf"`data.transform=log` needs positive values\. Received: {lowest:g} in the"):
        fit("log", values)
    rows = number(x=values)
    assert fit_transform("log", rows, [range(2), range(3, 5)], ["x"], 1, 1, 0).floor == (0.1,), "of training rows"
    assert fit("difference", values).floor == ()


def test_a_seasonal_difference_needs_a_season() -> None:
    with pytest.raises(UserError, match=r"`data.transform=seasonal_difference` needs a season\. Received: a series"):
        fit("seasonal_difference", a_walk(30), season=1)


def test_with_a_gap_a_difference_needs_a_lag_as_long_as_the_forecast() -> None:
    """The rows in the gap are not predicted."""
    with pytest.raises(UserError, match=r"with `task.gap` needs a lag of .* Received: a lag of 4, and 5 rows"):
        fit("seasonal_difference", a_walk(30), season=4, gap=2, horizon=3)
    assert fit("seasonal_difference", a_walk(30), season=5, gap=2, horizon=3).lag == 5


def test_without_a_transform_nothing_changes() -> None:
    rows = number(x=a_walk(9))
    assert fit("none", a_walk(9)) is IDENTITY
    assert IDENTITY.apply(rows, [range(9)]) is rows


def a_fold(rows: pd.DataFrame, transform: str, season: int = 6, **task: Any) -> SequenceDataset:
    settings = a_problem(transform=transform, season=season, id_column="id" if rows.index.nlevels > 1 else None)
    (split,) = split_folds(find_segments(rows), 1, 15, 20)
    return dataset_from_split(rows, split, settings, a_task(**task))


@pytest.mark.parametrize("norm", KINDS)
@pytest.mark.parametrize(
    ("name", "horizon", "gap"),
    [
        *product(TRANSFORMS, [2, 9], [0]),
        *product(["none", "log", "seasonal_difference", "log_seasonal_difference"], [3], [2]),
    ],
)
def test_a_dataset_restores_the_actual_values_of_all_windows(name: str, norm: str, horizon: int, gap: int) -> None:
    rows = series_of([90, 70], [90, 90])
    rows["x"] = 100 + rows["x"] + 9 * np.tile(a_season(20, 6), 8)
    rows["y"] = 7 * rows["x"] + a_walk(160, 5)
    settings = a_problem(
        transform=name, season=6, id_column="id", time_column="day", scale_per_series=True, target=["y", "x"]
    )
    task = a_task(horizon=horizon, gap=gap, lookback=5, instance_norm=norm)
    for dataset in make_folds(rows, a_design(task, 2, 15, 15, season=6, transform=name), settings).datasets:
        for windows in (dataset.train, dataset.validation, dataset.test):
            _, stats = dataset.scaled.window_inputs(windows)
            targets = dataset.scaled.window_targets(windows, stats)
            np.testing.assert_allclose(dataset.restore(targets, windows), dataset.actuals(windows), rtol=2e-4)


@pytest.mark.parametrize("lag", [1, 6])
def test_no_window_contains_a_row_without_a_difference(lag: int) -> None:
    rows = series_of([90, 70], [90, 90])
    dataset = a_fold(rows, "seasonal_difference" if lag == 6 else "difference")
    first_rows = {row for start in (0, 90) for row in range(start, start + lag)}
    for windows in (dataset.train, dataset.validation, dataset.test):
        assert not first_rows & set(windows.inputs.ravel())
        assert np.isfinite(dataset.scaled.window_inputs(windows)[0]).all()
    starts = dataset.train.starts()
    assert starts.min() == lag
    assert starts[starts >= 90].min() == 90 + lag


@every_transform
def test_the_scale_of_a_window_is_in_physical_units(name: str) -> None:
    """Of a logarithm, at the level of the window: a relative change of a larger value is larger."""
    values = np.exp(np.linspace(0, 3, 90)) * (20 + a_season(90, 6))
    dataset = a_fold(number(x=values), name)
    scale = dataset.window_scale(dataset.test)[:, 0, 0]
    level = dataset.past_targets(dataset.test)[..., 0].mean(axis=1)
    if name.startswith("log"):
        np.testing.assert_allclose(scale / level, scale[0] / level[0], rtol=1e-6)
        assert scale[-1] > 1.1 * scale[0]
    else:
        np.testing.assert_allclose(scale, scale[0])
    one = np.ones((len(dataset.test), 1, 1))
    span = dataset.unscale(one, dataset.test.select(slice(None))) - dataset.unscale(0 * one, dataset.test)
    if name in ("none", "difference", "seasonal_difference"):
        np.testing.assert_allclose(span[:, 0, 0], scale, rtol=1e-6)


def test_a_transform_is_fitted_on_the_training_rows_of_each_fold() -> None:
    values = 100 + np.arange(90.0)[::-1]  # the smallest values come last
    for dataset, last in zip(
        make_folds(number(x=values), a_design(a_task(), 2, 15, 15, transform="log"), a_problem()).datasets,
        (44, 59),
        strict=True,
    ):
        assert dataset.split.train == (range(last + 1),)
        assert dataset.transform.floor == (values[last] / FLOOR_DIVISOR,)


def test_generated_data_is_not_transformed() -> None:
    rows = number(x=np.exp(a_walk(60)))
    (split,) = split_folds(find_segments(rows), 1, 10, 10)
    task = a_task().model_copy(update={"kind": "next_step", "horizon": None})
    dataset = dataset_from_split(rows, split, a_problem(transform="log"), task)
    assert dataset.transform is IDENTITY
    assert isinstance(dataset.train, Windows)
