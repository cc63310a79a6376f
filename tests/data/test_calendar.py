"""Calendar features: known in advance, and the same whatever rows a table begins with."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.backtests import a_design, a_problem, a_task, a_walk, number
from seqframe.data.calendar import HARMONICS, calendar_features, calendar_steps
from seqframe.data.time_index import infer_frequency
from seqframe.evaluation.folds import make_folds


def features_of(index: pd.Index, seasons: list[int]) -> pd.DataFrame:
    frequency = infer_frequency(index)
    assert frequency is not None
    steps = calendar_steps(index, frequency)
    assert steps is not None
    return calendar_features(steps, seasons, index)


@given(season=st.integers(2, 400), start=st.integers(-(10**6), 10**6))
@settings(deadline=None)
def test_features_repeat_after_a_season_and_differ_between_phases(season: int, start: int) -> None:
    steps = np.arange(start, start + 2 * season, dtype=np.float64)
    values = calendar_features(steps, [season], pd.RangeIndex(2 * season)).to_numpy()
    np.testing.assert_allclose(values[:season], values[season:], atol=1e-9)
    assert np.abs(values).max() <= 1 + 1e-12
    apart = np.linalg.norm(values[:season, None] - values[None, :season], axis=-1) + 9 * np.eye(season)
    assert apart.min() > 1 / season
    assert values.shape[1] == (1 if season == 2 else 2 * min(HARMONICS, (season - 1) // 2))


@pytest.mark.parametrize(
    ("times", "season"),
    [
        (pd.date_range("1949-01-01", periods=60, freq="MS"), 12),
        (pd.date_range("2001-01-31 05:00", periods=500, freq="h"), 24),
        (pd.date_range("2001-01-01", periods=60, freq="7D"), 52),
        (pd.Index(range(1900, 1960), name="year"), 7),
    ],
)
def test_the_phase_does_not_depend_on_the_first_row(times: pd.Index, season: int) -> None:
    """A saved forecaster reads another part of the series."""
    every = features_of(times, [season])
    for start in (1, season // 2, 31):
        pd.testing.assert_frame_equal(features_of(times[start:], [season]), every.iloc[start:])


def test_months_have_the_same_phase_in_every_year() -> None:
    times = pd.date_range("1949-01-01", periods=48, freq="MS")
    values = features_of(times, [12]).groupby(times.month).std()
    assert values.to_numpy().max() < 1e-9


def test_a_gap_does_not_change_the_phase() -> None:
    times = pd.date_range("2001-01-01", periods=60, freq="D")
    pd.testing.assert_frame_equal(
        features_of(times.delete(range(10, 15)), [7]), features_of(times, [7]).drop(times[10:15])
    )


def test_several_seasons_have_features_of_their_own() -> None:
    times = pd.date_range("2001-01-01", periods=400, freq="h")
    columns = features_of(times, [24, 168]).columns
    assert len(columns) == 4 * HARMONICS
    assert len(set(columns)) == len(columns)


def test_series_of_a_panel_have_the_phase_of_their_own_time() -> None:
    days = pd.date_range("2001-01-01", periods=30, name="day")
    index = pd.MultiIndex.from_arrays([["a"] * 20 + ["b"] * 25, [*days[:20], *days[5:]]], names=["sequence", "day"])
    features = features_of(index, [7])
    pd.testing.assert_frame_equal(features.loc["a"].iloc[5:], features.loc["b"].iloc[:15])


def test_row_numbers_have_no_calendar() -> None:
    """The rows of another table would have an unknown phase."""
    design = a_design(a_task(), season=7, calendar="season")
    dataset = make_folds(number(x=a_walk(80)), design, a_problem()).newest
    assert (dataset.n_calendar, dataset.features) == (0, ["x"])


def test_calendar_features_are_the_last_features_and_are_shifted_to_the_forecast() -> None:
    days = pd.date_range("2001-01-01", periods=90, name="day")
    rows = pd.DataFrame({"x": a_walk(90), "y": a_walk(90, 1), "z": np.arange(90.0)}, days)
    data_settings = a_problem(time_column="day", target="y", features=["x", "y"], future_covariates=["z"])
    dataset = make_folds(rows, a_design(a_task(gap=1), season=7, calendar="season"), data_settings).newest
    assert dataset.features[:3] == ["x", "y", "z"]
    assert (dataset.n_calendar, dataset.n_future) == (6, 7)
    inputs, _ = dataset.scaled.window_inputs(dataset.test)
    np.testing.assert_array_equal(inputs[:, -1, 3:], dataset.scaled.features[dataset.test.targets[:, -1], 3:])
    np.testing.assert_array_equal(inputs[:, -1, 0], dataset.scaled.features[dataset.test.origins, 0])
