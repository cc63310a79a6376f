"""Where a split has very many forecast times, evenly spaced ones have windows."""

from math import gcd

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.backtests import a_design, a_problem, a_task, a_walk, number, series_of
from seqframe.config import BacktestSettings
from seqframe.data.forecast_times import MAX_VALUES, thin_windows, thinning_interval
from seqframe.data.time_index import row_steps
from seqframe.data.windows import Windows
from seqframe.evaluation.design import design_backtest
from seqframe.evaluation.folds import make_folds
from seqframe.framings import FRAMINGS, Framing
from seqframe.framings.dataset import training_view

counts = st.integers(1, 10**7), st.integers(1, 10**6), st.integers(1, 500)


@given(*counts, st.lists(st.integers(2, 9000), max_size=3), st.integers(1, 10**4))
def test_the_interval_bounds_the_times_and_has_no_common_divisor_with_a_season(
    times: int, values: int, overlap: int, seasons: list[int], most: int
) -> None:
    interval = thinning_interval(times, values, overlap, seasons, most)
    assert times // interval <= most
    assert interval >= overlap or times // interval * values <= MAX_VALUES
    assert interval == 1 or all(gcd(interval, season) == 1 for season in seasons)
    assert thinning_interval(times, values, overlap, seasons, None) == 1


def test_series_have_the_same_times_and_the_newest_is_among_them() -> None:
    times = row_steps(series_of([30, 20, 12], [40, 40, 35]).index)
    starts = np.concatenate([np.arange(0, 26), np.arange(30, 46), np.arange(50, 58)])
    windows = Windows(starts, lookback=3, first_target=3, steps=2)
    used = times[thin_windows(windows, times, 4).origins]
    newest = times[windows.origins].max()
    assert set(used) == {newest - 4 * number for number in range(7)}
    assert sorted(used) == sorted(each for each in times[windows.origins] if each in set(used))
    assert thin_windows(windows, times, 1) is windows


@pytest.mark.parametrize("framing", [FRAMINGS[0], FRAMINGS[-1]], ids=lambda framing: framing.name)
def test_a_design_thins_validation_and_test_windows_of_all_framings(framing: Framing) -> None:
    rows, few = number(x=a_walk(400)), BacktestSettings(n_folds=2, val_size=50, test_size=60, max_forecasts=15)
    design = design_backtest(rows, a_problem(season=4), a_task(), few)
    assert design.every == 5, "59 forecast times: every fourth would always begin at the same phase of the season"
    assert "one in 5 is used" in design.reasons[-1]
    assert len(design.reasons[-1]) <= 300
    folds = make_folds(rows, design, a_problem())
    for dataset in (*folds.datasets, *(training_view(each, framing) for each in folds.datasets)):
        assert len(dataset.validation) in (10, 11)
        assert len(dataset.test) in (12, 13)
        assert (np.diff(dataset.test.origins) == 5).all()
        assert len(dataset.train) > 100, "all training windows are used"
    assert folds.count_overlap(folds.origins) == 1
    everything = design_backtest(rows, a_problem(season=4), a_task(), few.model_copy(update={"max_forecasts": None}))
    assert (everything.every, len(everything.reasons)) == (1, len(design.reasons) - 1)


def test_a_split_of_few_forecast_times_has_all_windows() -> None:
    rows = number(x=a_walk(400))
    assert design_backtest(rows, a_problem(), a_task(), BacktestSettings()).every == 1
    folds = make_folds(rows, a_design(a_task()), a_problem())
    assert isinstance(folds.newest.test.start_rows, tuple), "ranges, not chosen rows"
