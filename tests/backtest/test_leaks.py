"""Nothing that is fitted, nor anything that training reads, knows of a row from the first test row on."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from backtests import a_design, a_problem, a_season, a_task, a_training, a_walk, number, plan_for, refusal, series_of
from seqframe.backtest import design_backtest, pose_folds
from seqframe.backtest.trying import train_network
from seqframe.config import Backtest, Problem
from seqframe.framings import FRAMINGS, Framing
from seqframe.posing import Posed
from seqframe.splits import find_timeline

ENORMOUS = 1e9
TAKE_LONG = ("encoder_decoder", "pyramid")  # to trace
DESIGN = {"folds": 2, "validation": 12, "test": 14, "embargo": 1}


def poison(rows: pd.DataFrame, design: Any, first_fold: int = 0) -> pd.DataFrame:
    """Overwrite all rows from the first test row of a fold on."""
    time = find_timeline(rows)
    poisoned, begins = rows.copy(), time.end - (design.folds - first_fold) * design.test
    for run in time.between(begins, time.end):
        poisoned.iloc[run.start : run.stop] = ENORMOUS
    assert (poisoned == ENORMOUS).any().all()
    return poisoned


def what_training_reads(posed: Posed, framing: Framing) -> list[bytes]:
    posed = posed.for_training(framing)
    arrays = [posed.scaler.offset_, posed.scaler.span_]
    for windows in (posed.windows, posed.validation):
        assert len(windows)
        arrays += posed.frame(framing, windows)
    assert all(np.isfinite(array).all() for array in arrays)
    return [array.tobytes() for array in arrays]


def fold_and_poisoned(rows: pd.DataFrame, problem: Problem, fold: int = 0, **task: Any) -> tuple[Posed, Posed]:
    design = a_design(a_task(**task), **DESIGN)
    clean, poisoned = (pose_folds(each, design, problem) for each in (rows, poison(rows, design, fold)))
    assert not np.array_equal(
        clean.posed[fold].truth(clean.posed[fold].unseen),
        poisoned.posed[fold].truth(poisoned.posed[fold].unseen),
        equal_nan=True,
    )
    return clean.posed[fold], poisoned.posed[fold]


@pytest.mark.parametrize("missing", ["refuse", "interpolate", "ffill"])
@pytest.mark.parametrize("normalise", ["none", "mean"])
@pytest.mark.parametrize(
    ("scaling", "by_series"), [*product(["none", "minmax", "standard", "robust"], [False]), ("standard", True)]
)
def test_scaler_and_windows(scaling: str, by_series: bool, normalise: str, missing: str) -> None:
    rows = series_of([90, 80], [90, 90])
    if missing != "refuse":
        rows.iloc[5::7] = np.nan
    problem = a_problem(scaling=scaling, scale_by_series=by_series, series="id", time="day", missing=missing)
    for lookback, fold in ((4, 0), (1, 1)):
        pair = fold_and_poisoned(rows, problem, fold, lookback=lookback, gap=1, normalise=normalise)
        able = [framing for framing in FRAMINGS if refusal(framing, problem, pair[0].task) is None]
        assert len(able) >= 8
        for framing in able:
            assert what_training_reads(pair[0], framing) == what_training_reads(pair[1], framing), framing.name


@pytest.mark.parametrize(
    "framing",
    [
        pytest.param(framing, id=framing.name, marks=[pytest.mark.slow] if framing.name in TAKE_LONG else [])
        for framing in FRAMINGS
    ],
)
def test_weights(framing: Framing) -> None:
    problem, design = (
        a_problem(missing="interpolate"),
        a_design(a_task(lookback=1 if framing.name == "one_to_many" else 4, normalise="mean"), **DESIGN),
    )
    rows = number(x=a_walk(80))
    rows.iloc[7::9] = np.nan
    weights = []
    for each in (rows, poison(rows, design)):
        folds = pose_folds(each, design, problem)
        posed = folds.posed[0]
        trained, history = train_network(plan_for(framing, folds), framing, posed, a_training(patience=2), 0, "")
        weights.append([part.tobytes() for part in trained.weights])
        assert len(history.validation_losses) == 2
    assert weights[0] == weights[1]


@pytest.mark.parametrize("asked", [Backtest(), Backtest(folds=2, test=30, embargo=3), Backtest(validation=40)])
@pytest.mark.parametrize("missing", ["refuse", "interpolate"])
def test_what_is_inferred(asked: Backtest, missing: str) -> None:
    rows = number(x=a_season(240) + 0.01 * a_walk(240))
    if missing != "refuse":
        rows.iloc[5::7] = np.nan
    task, problem = a_task(lookback=None, horizon=None), a_problem(missing=missing)
    design = design_backtest(rows, problem, task, asked)
    assert design.season == design.task.horizon == 8
    assert design_backtest(poison(rows, design), problem, task, asked) == design
