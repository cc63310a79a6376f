"""Naive baselines against numbers computed by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.backtests import a_problem, a_task, number, series_of
from seqframe.data.dataset import SequenceDataset, dataset_from_split
from seqframe.data.splits import Split, find_segments
from seqframe.data.windows import Windows
from seqframe.forecasting.baselines import BACKTEST, BASELINES, find_baseline

NAIVE = [each for each in BASELINES if not each.learned and BACKTEST in each.used_in]


def dataset_of(df: pd.DataFrame, train: int, lookback: int = 2, horizon: int = 2, **settings: Any) -> SequenceDataset:
    """The first `train` steps train; two horizons validate; the rest tests."""
    gap = settings.pop("gap", 0)
    time = find_segments(df)
    first, validation = time.first + train, lookback + gap + 2 * horizon
    split = Split(
        time.between(time.first, first),
        time.between(first + validation, time.end),
        time.between(first, first + validation),
    )
    return dataset_from_split(df, split, a_problem(**settings), a_task(lookback=lookback, horizon=horizon, gap=gap))


def predict(name: str, dataset: SequenceDataset, origins: list[int], seasons: tuple[int, ...] = (1,)) -> np.ndarray:
    """Forecasts of a baseline at some origins, as numbers of rows."""
    baseline, test = find_baseline(name), dataset.test
    fitted = baseline.fit(dataset, seasons)
    starts = np.array(origins) - test.lookback + 1
    return baseline.predict(fitted, dataset, Windows(starts, test.lookback, test.first_target, test.steps))


def test_persistence_repeats_the_last_value() -> None:
    dataset = dataset_of(number(x=np.arange(30.0), y=-np.arange(30.0)), 10)
    assert predict("persistence", dataset, [12, 20]).tolist() == [[[12, -12]] * 2, [[20, -20]] * 2]


def test_the_mean_is_computed_on_the_training_rows_of_each_series() -> None:
    dataset = dataset_of(series_of([20, 20], [20, 20]), 8, id_column="id", time_column="day")
    values = dataset.df["x"].to_numpy()
    means = [values[:8].mean(), values[20:28].mean()]
    np.testing.assert_allclose(predict("mean", dataset, [15, 35])[..., 0], [[mean] * 2 for mean in means])
    fitted = find_baseline("mean").fit(dataset, (1,))
    np.testing.assert_allclose(fitted["mean"][-1], np.mean(means), err_msg="of all series, for a new one")


def test_drift_starts_at_the_first_row_without_a_gap() -> None:
    values = np.array([5.0, 1, 2, 3, 4, 7, *[0] * 20])
    dataset = dataset_of(number(x=values), 5, gap=1)
    assert predict("drift", dataset, [5])[0, :, 0] == pytest.approx([7 + 2 * 0.4, 7 + 3 * 0.4]), "(7 - 5) / 5 rows"
    gapped = dataset_of(with_gap(values, after=2), 12, time_column="t", missing="drop")
    slope = (7 - 3) / 2
    assert predict("drift", gapped, [5])[0, :, 0] == pytest.approx([7 + slope, 7 + 2 * slope])
    assert predict("drift", gapped, [3])[0, :, 0].tolist() == [3, 3], "one row has no slope"


def with_gap(values: np.ndarray, after: int, missing: int = 3) -> pd.DataFrame:
    """Rows with whole numbers as times, with a gap of `missing` rows after row `after`."""
    times = np.arange(len(values)) + missing * (np.arange(len(values)) > after)
    return pd.DataFrame({"x": values}, pd.Index(times, name="t"))


@given(st.integers(2, 9), st.integers(1, 12), st.integers(0, 12))
def test_a_periodic_series_is_forecast_without_error(season: int, horizon: int, gap: int) -> None:
    """Although the lookback of two rows is shorter than the season."""
    pattern = np.random.default_rng(0).normal(size=(season, 2))
    values = pattern[np.arange(120) % season]
    dataset = dataset_of(number(x=values[:, 0], y=values[:, 1]), 40, 2, horizon, gap=gap)
    for name in ("seasonal naive", "seasonal mean"):
        forecasts = predict(name, dataset, [60, 71, 83], (season,))
        for origin, forecast in zip([60, 71, 83], forecasts, strict=True):
            np.testing.assert_allclose(forecast, values[origin + gap + 1 :][:horizon], atol=1e-12)


def test_seasonal_naive_repeats_the_last_season() -> None:
    values = np.concatenate([[1.0, 2, 10, 20, 30, 40], np.zeros(30)])
    dataset = dataset_of(number(x=values), 10, horizon=4)
    assert predict("seasonal naive", dataset, [5], (3,))[0, :, 0].tolist() == [20, 30, 40, 20]
    assert predict("seasonal naive", dataset, [1], (3,))[0, :, 0].tolist() == [2, 1, 2, 2], "else the last value"


def test_phases_follow_time_across_a_gap() -> None:
    df = with_gap(np.tile([1.0, 2, 3, 4], 10), after=13)  # times 14, 15, 16 are missing: 17 holds 3
    df["x"] = np.array([1.0, 2, 3, 4])[df.index % 4]
    dataset = dataset_of(df, 20, horizon=4, time_column="t", missing="drop")
    for origin in (14, 15, 30):
        expected = np.array([1.0, 2, 3, 4])[(df.index[origin] + np.arange(1, 5)) % 4].tolist()
        for name in ("seasonal naive", "seasonal mean"):
            assert predict(name, dataset, [origin], (4,))[0, :, 0].tolist() == expected, (name, origin)


def test_the_seasonal_mean_is_the_mean_of_the_training_rows_of_a_phase() -> None:
    values = np.concatenate([[1.0, 10, 3, 20, 5, 30], np.full(30, 99)])
    dataset = dataset_of(number(x=values), 6, horizon=3)
    assert predict("seasonal mean", dataset, [9], (2,))[0, :, 0].tolist() == [3, 20, 3]
    fitted = find_baseline("seasonal mean").fit(dataset, (2,))
    assert fitted["profile"].tolist() == [[[3], [20]]] * 2, "of the series, and of all series"


def test_a_phase_without_training_rows_has_the_mean_of_all() -> None:
    dataset = dataset_of(number(x=np.arange(40.0)), 6)
    assert find_baseline("seasonal mean").fit(dataset, (8,))["profile"][0, :, 0].tolist() == [
        0,
        1,
        2,
        3,
        4,
        5,
        2.5,
        2.5,
    ]


def test_the_season_with_the_smallest_validation_error_is_chosen() -> None:
    rows = np.arange(80)
    dataset = dataset_of(number(x=np.array([1.0, 5, 2, 7])[rows % 4] + rows % 3), 40, 4, 4)
    for name in ("seasonal naive", "seasonal mean"):
        fitted = find_baseline(name).fit(dataset, (1, 3, 12))
        assert find_baseline(name).history(fitted) == 12
        assert find_baseline(name).history(find_baseline(name).fit(dataset, (12, 3))) == 12


def test_the_phase_of_rows_without_times_is_where_the_means_fit() -> None:
    """A table that begins elsewhere has other row numbers."""
    pattern = np.array([1.0, 5, 2, 7, 0])
    dataset = dataset_of(number(x=pattern[np.arange(60) % 5]), 30, horizon=5)
    baseline = find_baseline("seasonal mean")
    fitted = baseline.fit(dataset, (5,))
    for shift in range(5):
        values = pattern[(np.arange(60) + shift) % 5]
        other = replace(dataset, filled=number(x=values))
        windows = Windows(np.array([8]), 2, 2, 5)
        assert baseline.predict(fitted, other, windows)[0, :, 0].tolist() == values[10:15].tolist()


@pytest.mark.parametrize("baseline", NAIVE, ids=lambda each: each.name)
def test_nothing_after_the_origin_is_read(baseline: Any) -> None:
    df = number(x=np.random.default_rng(0).normal(size=60) + np.arange(60) % 4)
    dataset = dataset_of(df, 30)
    fitted, windows = baseline.fit(dataset, (4,)), dataset.test.select(slice(0, 3))
    changed = df.copy()
    changed.iloc[windows.origins[-1] + 1 :] = 1e9
    forecasts = baseline.predict(fitted, dataset, windows)
    assert np.array_equal(baseline.predict(fitted, replace(dataset, df=changed, filled=changed), windows), forecasts)
    again = dataset_of(changed, 30)
    assert np.array_equal(baseline.predict(baseline.fit(again, (4,)), again, windows), forecasts)
