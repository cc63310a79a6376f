"""No leakage: nothing that is fitted, and no array that training reads, depends on rows from the first test row on."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import (
    a_design,
    a_problem,
    a_season,
    a_task,
    a_training,
    a_walk,
    number,
    series_of,
    spec_for,
    unsupported_reason,
)
from seqframe.config import BacktestSettings, DataSettings
from seqframe.data.dataset import SequenceDataset
from seqframe.data.splits import find_segments
from seqframe.evaluation.design import design_backtest
from seqframe.evaluation.folds import make_folds
from seqframe.framings import FRAMINGS, Framing
from seqframe.framings.dataset import frame_arrays, training_view
from seqframe.training.runs import fit_runs

ENORMOUS = 1e9
SLOW = ("encoder_decoder", "pyramid")  # to trace
DESIGN = {"n_folds": 2, "val_size": 12, "test_size": 14, "embargo": 1}


def overwrite_future(rows: pd.DataFrame, design: Any, fold: int = 0) -> pd.DataFrame:
    """Overwrite all rows from the first test row of a fold on."""
    time = find_segments(rows)
    overwritten, begins = rows.copy(), time.end - (design.n_folds - fold) * design.test_size
    for run in time.between(begins, time.end):
        overwritten.iloc[run.start : run.stop] = ENORMOUS
    assert (overwritten == ENORMOUS).any().all()
    return overwritten


def training_arrays(dataset: SequenceDataset, framing: Framing) -> list[bytes]:
    dataset = training_view(dataset, framing)
    arrays = [dataset.scaler.offset_, dataset.scaler.span_]
    for windows in (dataset.train, dataset.validation):
        assert len(windows)
        arrays += frame_arrays(dataset, framing, windows)
    assert all(np.isfinite(array).all() for array in arrays)
    return [array.tobytes() for array in arrays]


def clean_and_overwritten(
    rows: pd.DataFrame, data_settings: DataSettings, fold: int = 0, **task: Any
) -> tuple[SequenceDataset, SequenceDataset]:
    design = a_design(a_task(**task), **DESIGN)
    clean, overwritten = (
        make_folds(each, design, data_settings) for each in (rows, overwrite_future(rows, design, fold))
    )
    assert not np.array_equal(
        clean.datasets[fold].actuals(clean.datasets[fold].test),
        overwritten.datasets[fold].actuals(overwritten.datasets[fold].test),
        equal_nan=True,
    )
    return clean.datasets[fold], overwritten.datasets[fold]


@pytest.mark.parametrize("missing", ["raise", "interpolate", "ffill"])
@pytest.mark.parametrize("instance_norm", ["none", "mean"])
@pytest.mark.parametrize(
    ("scaling", "by_series"), [*product(["none", "minmax", "standard", "robust"], [False]), ("standard", True)]
)
def test_scaler_and_windows_do_not_depend_on_the_future(
    scaling: str, by_series: bool, instance_norm: str, missing: str
) -> None:
    rows = series_of([90, 80], [90, 90])
    if missing != "raise":
        rows.iloc[5::7] = np.nan
    data_settings = a_problem(
        scaler=scaling, scale_per_series=by_series, id_column="id", time_column="day", missing=missing
    )
    for lookback, fold in ((4, 0), (1, 1)):
        pair = clean_and_overwritten(rows, data_settings, fold, lookback=lookback, gap=1, instance_norm=instance_norm)
        supported = [
            framing for framing in FRAMINGS if unsupported_reason(framing, data_settings, pair[0].task) is None
        ]
        assert len(supported) >= 8
        for framing in supported:
            assert training_arrays(pair[0], framing) == training_arrays(pair[1], framing), framing.name


@pytest.mark.parametrize(
    "framing",
    [
        pytest.param(framing, id=framing.name, marks=[pytest.mark.slow] if framing.name in SLOW else [])
        for framing in FRAMINGS
    ],
)
def test_weights_do_not_depend_on_the_future(framing: Framing) -> None:
    data_settings, design = (
        a_problem(missing="interpolate"),
        a_design(a_task(lookback=1 if framing.name == "one_to_many" else 4, instance_norm="mean"), **DESIGN),
    )
    rows = number(x=a_walk(80))
    rows.iloc[7::9] = np.nan
    weights = []
    for each in (rows, overwrite_future(rows, design)):
        folds = make_folds(each, design, data_settings)
        dataset = folds.datasets[0]
        (run,) = fit_runs(spec_for(framing, folds), framing, [dataset], a_training(patience=2), [0])
        weights.append([part.tobytes() for part in run.network.weights])
        assert len(run.history.validation_losses) == 2
    assert weights[0] == weights[1]


@pytest.mark.parametrize(
    "settings",
    [BacktestSettings(), BacktestSettings(n_folds=2, test_size=30, embargo=3), BacktestSettings(val_size=40)],
)
@pytest.mark.parametrize("missing", ["raise", "interpolate"])
def test_inferred_settings_do_not_depend_on_the_future(settings: BacktestSettings, missing: str) -> None:
    rows = number(x=a_season(240) + 0.01 * a_walk(240))
    if missing != "raise":
        rows.iloc[5::7] = np.nan
    task, data_settings = a_task(lookback=None, horizon=None), a_problem(missing=missing)
    design = design_backtest(rows, data_settings, task, settings)
    assert design.season == design.task.horizon == 8
    assert design_backtest(overwrite_future(rows, design), data_settings, task, settings) == design
