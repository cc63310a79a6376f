"""Covariates that contain the future of a target."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import a_problem, a_season, a_task, a_walk, number
from seqframe.config import BacktestSettings
from seqframe.data.leaks import find_leaks
from seqframe.evaluation.design import design_backtest

NOISE = np.random.default_rng(0).standard_normal(300)


def leaks(y: np.ndarray, covariate: np.ndarray, horizon: int = 3, season: int = 8) -> list[str]:
    return find_leaks(number(y=y, z=covariate), [range(150), range(150, 300)], ["y", "z"], ["y"], horizon, season)


@pytest.mark.parametrize("y", [NOISE, a_season(300) + 0.1 * NOISE, a_walk(300), 1e15 + 100 * NOISE, 1e200 * NOISE])
@pytest.mark.parametrize("change", [lambda y: y, lambda y: -3 * y + 7])
def test_the_next_row_of_the_target_is_found(y: np.ndarray, change: Any) -> None:
    (sentence,) = leaks(y, change(np.append(y[1:], np.nan)))
    assert sentence.startswith("Column z looks like y of the next row (correlation ")
    assert sentence.endswith("exclude it: data.features=[y].")


def test_a_later_row_is_found_within_the_horizon() -> None:
    later = np.append(NOISE[3:], [np.nan] * 3)
    (sentence,) = leaks(NOISE, later)
    assert "looks like y 3 rows later (correlation 1.0000)" in sentence
    assert not leaks(NOISE, later, horizon=2)


@pytest.mark.parametrize(
    ("y", "covariate"),
    [
        (NOISE, NOISE),  # a copy
        (NOISE, np.append([0], NOISE[:-1])),  # the row before
        (a_walk(300), a_walk(300)),
        (np.arange(300.0), np.arange(300.0) + 1),  # a trend, which its own past tells
        (a_season(300), np.append(a_season(300)[1:], 0)),  # so does a season without noise
        (NOISE, np.append(NOISE[1:], 0) + 0.1 * NOISE),  # a good forecast
        (NOISE, np.zeros(300)),
    ],
)
def test_other_covariates_are_no_leaks(y: np.ndarray, covariate: np.ndarray) -> None:
    assert leaks(y, covariate) == []


def test_levels_of_series_are_no_leaks() -> None:
    levels = np.repeat([1e6, 0.0], 150)
    assert leaks(NOISE + levels, np.random.default_rng(1).standard_normal(300) + levels) == []


def test_a_backtest_reports_a_leak_before_training() -> None:
    y = a_season(300) + 0.3 * NOISE
    rows = pd.DataFrame({"y": y[:-1], "tomorrow": y[1:]}, pd.RangeIndex(299, name="row"))
    problem = a_problem(features=["y", "tomorrow"], target="y")
    reasons = design_backtest(rows, problem, a_task(), BacktestSettings()).reasons
    assert reasons[-1].startswith("Column tomorrow looks like y of the next row")
