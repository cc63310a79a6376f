"""Inferred numbers, their reasons, and series that are too short."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import a_problem, a_season, a_task, a_walk, number
from seqframe.config import BacktestSettings, DataSettings, TaskSettings, parse_settings
from seqframe.errors import UserError
from seqframe.evaluation.design import design_backtest, window_length
from seqframe.evaluation.folds import make_folds

OPEN: dict[str, Any] = {"lookback": None, "horizon": None}


def design(values: np.ndarray, task: dict[str, Any], **settings: Any) -> Any:
    return design_backtest(number(x=values), a_problem(), a_task(**task), BacktestSettings(**settings))


@pytest.mark.parametrize(
    ("values", "task", "settings", "numbers"),  # lookback, horizon, season, folds, validation, test
    [
        (a_season(480), OPEN, {}, (8, 8, 8, 3, 60, 60)),  # without noise, the shortest lookback is enough
        (a_season(480), OPEN | {"horizon": 3}, {}, (8, 3, 8, 3, 60, 60)),
        (a_season(480), OPEN | {"lookback": 5}, {}, (5, 8, 8, 3, 60, 60)),
        (a_season(480), {"lookback": 5, "horizon": 3}, {"n_folds": 1}, (5, 3, 8, 1, 60, 60)),
        (a_season(480), {"lookback": 5, "horizon": 3}, {"test_size": 20, "val_size": 30}, (5, 3, 8, 3, 30, 20)),
        (a_walk(480), OPEN, {}, (24, 6, 1, 3, 60, 60)),
        (a_walk(70), {}, {}, (4, 2, 1, 3, 10, 8)),
        (a_walk(60), {}, {}, (4, 2, 1, 3, 10, 4)),  # the first fold trains on at least half of the rows
        (a_walk(40), OPEN, {}, (8, 2, 1, 2, 10, 4)),
        (a_walk(20), OPEN, {}, (2, 1, 1, 1, 9, 1)),
        (a_walk(600), {"stride": 30}, {}, (4, 2, 1, 3, 242, 4)),  # 9 calibration forecasts, 30 rows apart
        (a_walk(480), {}, {"n_folds": 6}, (4, 2, 1, 6, 60, 4)),  # smaller splits for more folds
    ],
)
def test_inferred_numbers(
    values: np.ndarray, task: dict[str, Any], settings: dict[str, Any], numbers: tuple[int, ...]
) -> None:
    made = design(values, task, **settings)
    resolved = made.task
    assert (resolved.lookback, resolved.horizon, made.season, made.n_folds, made.val_size, made.test_size) == numbers
    assert len(make_folds(number(x=values), made, a_problem()).datasets) == made.n_folds


def test_every_inferred_number_has_a_reason() -> None:
    season, horizon, splits, selected = design(a_season(480), OPEN).reasons
    assert season == "Season: 8 (strength 1.00, from the autocorrelation); first 60% of the data."
    assert horizon == "Inferred horizon=8 from the season."
    assert splits == (
        "Inferred splits: 3 folds, expanding window. First fold: train 240 rows, validation 60 rows (early "
        "stopping, intervals), test 60 rows; later folds train on all earlier rows."
    )
    assert selected == "Selected by ridge regression on rows before the first test split: task.lookback=8."
    no_season, one = design(a_walk(480), {}, n_folds=1).reasons
    assert no_season == "Season: none found in the first 60% of the data."
    rows = "train 360 rows, validation 60 rows (early stopping, intervals), test 60 rows"
    assert one == f"Inferred splits: 1 fold, {rows}."
    assert design(a_walk(480), OPEN | {"lookback": 4}).reasons[1] == "Inferred horizon=6 from the number of rows."
    given = {"n_folds": 1, "val_size": 50, "test_size": 40}
    assert design(a_walk(480), {}, **given).reasons == (no_season,), "all numbers are given"


def test_given_test_splits_may_leave_fewer_than_half_of_the_rows_to_train_on() -> None:
    made = design(a_walk(168), OPEN, n_folds=2, test_size=40)
    train = 168 - 2 * 40 - made.val_size
    assert (made.n_folds, made.test_size) == (2, 40)
    assert window_length(made.task) + 7 <= train < 84, "eight windows"
    assert design(a_walk(168), OPEN, n_folds=2).test_size < 40, "inferred sizes leave half of the rows"


@pytest.mark.parametrize(
    ("rows", "task", "settings", "message"),
    [
        (
            200,
            {"horizon": 30},
            {"test_size": 20},
            r"`backtest\.test_size` must be at least .* Received: test_size=20, lookback=4",
        ),
        (200, {"horizon": 3}, {"val_size": 2}, r"`backtest\.val_size` must be at least .* Received: val_size=2"),
        (
            9,
            OPEN,
            {},
            r"needs 20 rows: 10 to train on windows of 3, 9 to calibrate intervals, 1 to forecast\.",
        ),
        (9, OPEN, {}, r"Received: 9 rows, lookback=2, gap=0, horizon=1\. Use a longer series, or shorten"),
        (200, {"horizon": 150}, {}, r"A backtest needs \d+ rows: .* lookback=4, gap=0, horizon=150\."),
        (200, {"gap": 180}, {}, r"to train on windows of 186, .* gap=180,"),
        (200, {}, {"n_folds": 50}, r"n_folds=50\. Use a longer series, lower backtest\.n_folds, or"),
        (200, {}, {"embargo": 90}, r"embargo=90\. Use a longer series, lower backtest\.embargo, or"),
        (200, {}, {"embargo": 10**6, "n_folds": 2}, r"lower backtest\.n_folds, backtest\.embargo, or"),
        (200, {}, {"n_folds": 2, "test_size": 80, "val_size": 80}, "n_folds=2, val_size=80, test_size=80"),
    ],
)
def test_too_short_series_raise_one_line_that_names_the_setting(
    rows: int, task: dict[str, Any], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message) as raised:
        design(a_walk(rows), task, **settings)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("task", "settings"), [(OPEN, {}), ({"horizon": 9}, {"n_folds": 2}), ({}, {"embargo": 7})])
def test_the_number_of_rows_that_a_backtest_needs_is_exact(task: dict[str, Any], settings: dict[str, Any]) -> None:
    with pytest.raises(UserError) as raised:
        design(a_walk(6), task, **settings)
    needed = int(re.search(r"needs (\d+) rows", str(raised.value))[1])  # type: ignore[index]
    assert make_folds(number(x=a_walk(needed)), design(a_walk(needed), task, **settings), a_problem())
    with pytest.raises(UserError):
        design(a_walk(needed - 1), task, **settings)


def test_the_number_of_rows_that_a_ranking_needs_is_exact() -> None:
    sentence = design(a_walk(24), OPEN).reasons[-2]
    assert sentence.startswith("A ranking needs 6 forecasts that do not overlap, which takes ")
    needed = int(re.search(r"takes (\d+) rows", sentence)[1])  # type: ignore[index]
    task = {"lookback": 2, "horizon": 1}
    assert "A ranking" not in design(a_walk(needed), task).reasons[-1]
    assert "A ranking" in design(a_walk(needed - 1), task).reasons[-1]


@pytest.mark.parametrize("name", ["task.lookback", "task.horizon", "backtest.n_folds", "backtest.test_size"])
def test_lengths_of_0_raise_when_settings_are_parsed(name: str) -> None:
    group, setting = name.split(".")
    given: dict[str, dict[str, Any]] = {
        "data": {"sequence_length": 5, "path": "x.csv"},
        "task": {"kind": "forecast"},
        "model": {"units": 3},
        "training": {"epochs": 1, "batch_size": 1, "learning_rate": 0.1, "seed": 0, "n_seeds": 1},
        "backtest": {},
    }
    given[group][setting] = 0
    with pytest.raises(UserError, match=rf"`{name}` must be a whole number >= 1(, [^.]*)? or null\. Received: 0\."):
        parse_settings(given)


def with_gaps(every: int) -> tuple[pd.DataFrame, DataSettings]:
    days = pd.date_range("2001-01-01", periods=400, name="day")
    present = np.arange(400) % every > 0
    return pd.DataFrame({"x": a_walk(400)[present]}, days[present]), a_problem(time_column="day", missing="drop")


def test_inferred_windows_fit_between_gaps() -> None:
    rows, data_settings = with_gaps(every=12)
    made = design_backtest(rows, data_settings, a_task(**OPEN), BacktestSettings())
    assert (made.task.lookback, made.task.horizon) == (8, 2)
    make_folds(rows, made, data_settings)


def test_windows_of_later_splits_fit_between_gaps() -> None:
    """Targets fit into the validation split, but no lookback of 24 rows lies before them without a gap."""
    rows, data_settings = with_gaps(every=1000)
    rows = rows.drop(index=rows.index[[*range(190, 400, 20)]])
    made = design_backtest(rows, data_settings, a_task(**OPEN), BacktestSettings())
    assert made.task.lookback + made.task.horizon < 20
    make_folds(rows, made, data_settings)


def test_a_split_that_gaps_leave_empty_is_named() -> None:
    rows, data_settings = with_gaps(every=100)
    rows = pd.concat([rows[:340], rows[340::5]])  # no two of the newest days are neighbors
    made = design_backtest(rows, data_settings, a_task(), BacktestSettings(n_folds=1, test_size=40))
    with pytest.raises(UserError, match=r"none in the test split of fold 1.*backtest\.test_size.*data\.missing"):
        make_folds(rows, made, data_settings)


def test_the_season_is_found_in_the_longest_series() -> None:
    long = pd.MultiIndex.from_product([["b"], range(400)], names=["sequence", "row"])
    short = pd.MultiIndex.from_product([["a"], range(30)], names=["sequence", "row"])
    rows = pd.concat([pd.DataFrame({"x": a_walk(30)}, short), pd.DataFrame({"x": a_season(400)}, long)])
    task = TaskSettings(kind="forecast")
    assert design_backtest(rows, a_problem(id_column="id"), task, BacktestSettings()).season == 8
