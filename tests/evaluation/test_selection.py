"""Lookback, transform, calendar features and normalization that ridge regression selects."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import a_problem, a_task, a_walk, number, series_of
from seqframe.config import BacktestSettings
from seqframe.data.instance_norm import KINDS
from seqframe.data.splits import find_segments
from seqframe.data.transforms import TRANSFORMS
from seqframe.evaluation import selection
from seqframe.evaluation.candidate_errors import CandidateErrors
from seqframe.evaluation.design import BacktestConfig, design_backtest
from seqframe.evaluation.folds import make_folds
from seqframe.evaluation.selection import Candidates, Choice, candidates, select_inputs

OPEN = {"lookback": None, "horizon": None, "instance_norm": "auto", "recursive_norm": "auto", "channels": "auto"}


def monthly(values: np.ndarray | dict[str, np.ndarray]) -> pd.DataFrame:
    columns = values if isinstance(values, dict) else {"x": values}
    rows = len(next(iter(columns.values())))
    return pd.DataFrame(columns, pd.date_range("1980-01-01", periods=rows, freq="MS", name="month"))


def design(rows: pd.DataFrame, task: dict[str, Any] | None = None, **settings: Any) -> BacktestConfig:
    given = {"transform": "auto", "calendar": "auto", "time_column": "month"} | settings
    return design_backtest(rows, a_problem(**given), a_task(**OPEN | (task or {})), BacktestSettings())


def a_multiplicative_season(rows: int = 180) -> np.ndarray:
    """A trend and a season in percent, with noise in percent, as in the airline passengers."""
    months = np.arange(rows)
    noise = np.random.default_rng(0).normal(0, 0.03, rows)
    season = np.tile(np.random.default_rng(1).normal(0, 0.15, 12), rows // 12)
    return 100 * np.exp(0.011 * months + season + noise)


def a_noisy_season() -> np.ndarray:
    return 3 * np.sin(2 * np.pi * np.arange(360) / 12) + np.random.default_rng(0).standard_normal(360)


def test_a_multiplicative_season_is_transformed_by_the_logarithm() -> None:
    found = design(monthly(a_multiplicative_season()))
    assert found.transform.startswith("log")
    assert found.season == 12


def test_an_additive_season_is_not() -> None:
    values = a_multiplicative_season()
    found = design(monthly(100 * np.log(values)))
    assert not found.transform.startswith("log")


@pytest.mark.parametrize("seed", range(3))
def test_white_noise_needs_nothing(seed: int) -> None:
    noise = 50 + np.random.default_rng(seed).standard_normal(300)
    found = design(monthly(noise))
    assert (found.transform, found.calendar, found.task.instance_norm) == ("none", "none", "none")
    assert found.task.lookback == 24, "the shortest"


def test_a_season_of_the_calendar_that_a_short_lookback_does_not_show() -> None:
    """The last two rows hardly show the phase, since they are noisy."""
    found = design(monthly(a_noisy_season()), {"lookback": 2, "horizon": 6}, transform="none")
    assert found.calendar == "season"
    assert found.task.lookback == 2


@pytest.mark.parametrize(("rows", "calendar"), [(300, "none"), (6000, "season")])
def test_a_small_gain_is_used_if_the_series_is_long_enough_to_show_it(rows: int, calendar: str) -> None:
    """The phase of the season reduces the error by 2%."""
    months = np.arange(rows)
    values = 0.35 * np.sin(2 * np.pi * months / 12) + np.random.default_rng(0).standard_normal(rows)
    hours = pd.date_range("2020-01-01", periods=rows, freq="h", name="month")
    task = {"lookback": 24, "horizon": 6}
    found = design(pd.DataFrame({"x": values}, hours), task, transform="none", season=12)
    assert found.calendar == calendar


def test_row_numbers_have_no_calendar_to_select() -> None:
    found = design(number(x=a_noisy_season()), {"lookback": 2, "horizon": 6}, transform="none", time_column=None)
    assert found.season == 12
    assert found.calendar == "none"


def test_a_longer_lookback_is_selected_where_it_helps() -> None:
    """The value 48 rows earlier decides."""
    random, values = np.random.default_rng(0), np.zeros(600)
    values[:48] = random.normal(size=48)
    for row in range(48, 600):
        values[row] = 0.95 * values[row - 48] + 0.1 * random.normal()
    found = design(number(x=values), {"horizon": 4}, time_column=None, season=1)
    assert found.task.lookback == 48


def test_what_the_user_has_set_stays() -> None:
    rows = monthly(a_multiplicative_season())
    given = {"lookback": 7, "horizon": 3, "instance_norm": "standard", "recursive_norm": "last", "channels": "joint"}
    found = design(rows, given, transform="difference", calendar="season")
    assert (found.transform, found.calendar) == ("difference", "season")
    assert {name: getattr(found.task, name) for name in given} == given
    assert not any("Selected" in reason for reason in found.reasons)


def test_the_reason_names_what_was_selected() -> None:
    found = design(monthly(a_multiplicative_season()))
    reason = found.reasons[-1]
    assert reason.startswith("Selected by ridge regression on rows before the first test split: ")
    for setting, value in (
        ("task.lookback", found.task.lookback),
        ("data.transform", found.transform),
        ("data.calendar", found.calendar),
        ("task.instance_norm", found.task.instance_norm),
        ("task.recursive_norm", found.task.recursive_norm),
    ):
        assert f"{setting}={value}" in reason


@pytest.mark.parametrize(
    "data_settings",
    [
        {"target": "x", "features": ["x", "y"]},
        {"target": ["x", "y"], "features": ["y"]},
        {"target": "x", "features": ["x"], "future_covariates": ["y"]},
        {"target": ["y", "x"]},
    ],
)
def test_a_design_of_every_choice_of_columns_can_be_run(data_settings: dict[str, Any]) -> None:
    """Recursive forecasts are scored only where every past input is predicted."""
    values = a_multiplicative_season(96)
    rows = monthly({"x": values, "y": values[::-1] + 50})
    found = design(rows, **data_settings)
    resolved = {found.transform, found.calendar, found.task.instance_norm, found.task.channels}
    assert "auto" not in {*resolved, found.task.recursive_norm}
    predicted = set(data_settings.get("features", ["x", "y"])) <= set(data_settings["target"])
    assert (found.task.recursive_norm is None) == (not predicted)
    make_folds(rows, found, a_problem(time_column="month", **data_settings))


def test_candidates_begin_with_the_simplest() -> None:
    among = candidates(
        a_problem(transform="auto", calendar="auto", season=12), a_task(**OPEN | {"horizon": 3}), [6, 12], True, ["x"]
    )
    assert (among.transform[0], among.calendar[0], among.instance_norm[0]) == ("none", "none", "none")
    assert among.transform == TRANSFORMS
    assert among.instance_norm == among.recursive_norm == KINDS
    assert among.lookback == (6, 12)
    assert among.channels == ("joint",), "one target"
    short = candidates(a_problem(transform="auto", calendar="auto"), a_task(), [6, 12], False, ["x"])
    assert not any("seasonal" in name for name in short.transform), "no season"
    assert (short.calendar, short.lookback, short.instance_norm) == (("none",), (4,), ("none",))


@pytest.mark.parametrize(
    ("errors", "chosen"),
    [
        ([1.0, 1.0, 1.0], 0),
        ([1.04, 1.0, 1.1], 0),
        ([1.06, 1.0, 0.99], 1),
        ([np.inf, 2.0, 1.0], 2),
        ([np.inf, np.inf, np.inf], 0),
        ([9e-4, 1e-9, 0.0], 0),
    ],
)
def test_the_first_of_the_choices_with_about_the_same_error_is_selected(
    errors: list[float], chosen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The errors of lookbacks 2, 3 and 4."""
    monkeypatch.setattr(selection._Scorer, "_error", lambda self, choice: CandidateErrors(errors[choice.lookback - 2]))
    rows = number(x=a_walk(60))
    among = Candidates(("none",), ("none",), ("none",), (2, 3, 4))
    found = select_inputs(rows, find_segments(rows), 50, a_problem(), a_task(), among)
    assert found.lookback == chosen + 2


def test_a_level_that_drifts_beyond_the_training_rows_is_normalized() -> None:
    """Ridge regression forecasts a line without normalization; a network has never seen the values to come."""
    noise = np.random.default_rng(0).normal(0, 0.1, 200)
    rising, level = (
        design(monthly(values), {"lookback": 6, "horizon": 3}, transform="none").task
        for values in (np.arange(200) + noise, noise)
    )
    assert "none" not in (rising.instance_norm, rising.recursive_norm)
    assert (level.instance_norm, level.recursive_norm) == ("none", "none")


def test_a_candidate_that_does_not_fit_the_data_is_not_selected() -> None:
    """A logarithm of negative values, and a lookback that leaves no training window."""
    rows = number(x=a_walk(60) - 100)
    among = Candidates(("none",), ("log", "none"), ("none",), (50, 4))
    found = select_inputs(rows, find_segments(rows), 50, a_problem(), a_task(), among)
    assert (found.transform, found.lookback) == ("none", 4)
    assert np.isfinite(found.error)


def test_without_a_choice_nothing_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(selection, "dataset_from_split", fail)
    rows = number(x=a_walk(60))
    found = select_inputs(
        rows, find_segments(rows), 50, a_problem(), a_task(), Candidates(("mean",), ("log",), ("none",), (4,))
    )
    assert found == Choice(4, "log", "none", "mean")


@pytest.mark.parametrize(("horizon", "rows"), [(2, 40), (12, 100), (3, 500)])
def test_candidates_are_scored_before_the_first_test_split(horizon: int, rows: int) -> None:
    """Validation parts follow each other up to it, and the first one trains on half of the rows before."""
    time = find_segments(number(x=np.zeros(rows)))
    end = rows - 10
    cuts = selection._cut(time, end, 8 + horizon, horizon)
    assert 1 <= len(cuts) <= selection.CUTS
    assert cuts[0].validation[-1].stop == end
    for later, earlier in pairwise(cuts):
        assert later.validation[0].start == earlier.validation[-1].stop
    for cut in cuts:
        assert cut.train == (range(cut.validation[0].start),)
        assert not cut.test
        assert len(cut.validation[0]) >= horizon
        assert len(cut.train[0]) >= end // 2


def test_missing_values_are_not_scored() -> None:
    values = a_multiplicative_season()
    rows = monthly(values)
    rows.iloc[3::10] = np.nan
    found = design(rows, missing="ffill")
    assert found.transform.startswith("log")


def test_a_large_panel_is_represented_by_evenly_spaced_series(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "MAX_SERIES", 2)
    rows = series_of([30, 20, 10, 25, 40], [40, 40, 40, 40, 40])
    time = find_segments(rows)
    some, segments = selection._some_series(rows, time)
    assert some.index.get_level_values(0).unique().tolist() == ["a", "d"]
    assert segments.ranges == (range(30), range(30, 55))
    assert segments.first_steps == (time.first_steps[0], time.first_steps[3]), "at the same steps"
    assert segments.end == time.end
