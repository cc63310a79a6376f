"""No leakage: nothing that is fitted, and no array that training reads, depends on rows from the first test row on."""

from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import (
    TINY,
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
from seqframe.data.instance_norm import KINDS
from seqframe.data.splits import find_segments
from seqframe.data.transforms import TRANSFORMS
from seqframe.data.windows import Windows
from seqframe.evaluation.design import design_backtest
from seqframe.evaluation.folds import make_folds
from seqframe.forecasting.predict import forecast
from seqframe.framings import FRAMINGS, Framing
from seqframe.framings.dataset import frame_arrays, make_network_spec, training_view
from seqframe.networks.build import init_network, predict
from seqframe.training.ridge import PENALTIES, fit_ridge
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
    arrays = [dataset.scaler.offset_, dataset.scaler.span_, dataset.deviations, np.array(dataset.transform.floor)]
    for windows in (dataset.train, dataset.validation):
        assert len(windows)
        arrays += frame_arrays(dataset, framing, windows)
    assert all(np.isfinite(array).all() for array in arrays)
    return [array.tobytes() for array in arrays]


def clean_and_overwritten(
    rows: pd.DataFrame, data_settings: DataSettings, fold: int = 0, inputs: dict[str, Any] | None = None, **task: Any
) -> tuple[SequenceDataset, SequenceDataset]:
    design = a_design(a_task(**task), **DESIGN, **(inputs or {}))
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
@pytest.mark.parametrize("instance_norm", ["none", "standard"])
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


@pytest.mark.parametrize("calendar", ["none", "season"])
@pytest.mark.parametrize("instance_norm", KINDS)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_transforms_and_normalization_do_not_depend_on_the_future(
    transform: str, instance_norm: str, calendar: str
) -> None:
    """Neither what is fitted, nor X and y of training and validation windows, running statistics included."""
    rows = np.exp(series_of([90, 80], [90, 90]).transform(lambda x: (x - x.mean()) / x.std()))
    rows["y"] = rows["x"] ** 2
    rows.iloc[5::7, 0] = np.nan
    data_settings = a_problem(
        id_column="id", time_column="day", missing="ffill", target=["y", "x"], future_covariates=None
    )
    inputs = {"season": 4, "transform": transform, "calendar": calendar}
    pair = clean_and_overwritten(rows, data_settings, 0, inputs, horizon=3, instance_norm=instance_norm)
    assert pair[0].transform.lag == {"d": 1, "n": 0}.get(transform.removeprefix("log_")[0], 4 * ("seas" in transform))
    assert pair[0].n_calendar == 2 * (calendar == "season")
    assert pair[0].transform == pair[1].transform
    for framing in FRAMINGS:
        if unsupported_reason(framing, data_settings, pair[0].task) is None:
            assert training_arrays(pair[0], framing) == training_arrays(pair[1], framing), framing.name


@pytest.mark.parametrize("transform", ["none", "log_seasonal_difference"])
@pytest.mark.parametrize("instance_norm", KINDS)
def test_training_arrays_do_not_depend_on_validation_rows(transform: str, instance_norm: str) -> None:
    """Validation rows are for early stopping, penalties and intervals only."""
    rows = number(x=np.exp(0.1 * a_walk(90)))
    design = a_design(a_task(instance_norm=instance_norm), **DESIGN, season=4, transform=transform)
    clean = make_folds(rows, design, a_problem()).datasets[0]
    overwritten = rows.copy()
    overwritten.iloc[clean.split.train[-1].stop :] = ENORMOUS
    other = make_folds(overwritten, design, a_problem(scaler="standard")).datasets[0]
    assert not np.array_equal(clean.actuals(clean.validation), other.actuals(other.validation))
    for framing in FRAMINGS:
        if unsupported_reason(framing, a_problem(), clean.task) is None:
            views = [training_view(each, framing) for each in (clean, other)]
            arrays = [frame_arrays(view, framing, view.train) for view in views]
            assert [array.tobytes() for array in arrays[0]] == [array.tobytes() for array in arrays[1]]
    candidates = [fit_ridge([part], PENALTIES) for part in (ridge_arrays(each, each.train) for each in (clean, other))]
    for one, two in zip(*candidates, strict=True):
        assert one.weights.tobytes() == two.weights.tobytes()


def ridge_arrays(dataset: SequenceDataset, windows: Windows) -> tuple[np.ndarray, np.ndarray]:
    inputs, stats = dataset.scaled.window_inputs(windows)
    targets = dataset.scaled.window_targets(windows, stats)
    return tuple(each.reshape(len(windows), -1).astype(np.float64) for each in (inputs, targets))


@pytest.mark.parametrize("instance_norm", KINDS)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_a_forecast_does_not_depend_on_rows_after_its_origin(transform: str, instance_norm: str) -> None:
    """With all that turns predictions into physical units. Networks are functions of their inputs."""
    rows = number(x=np.exp(0.1 * a_walk(90)))
    design = a_design(a_task(instance_norm=instance_norm, horizon=6), **DESIGN, season=4, transform=transform)
    dataset = make_folds(rows, design, a_problem()).datasets[0]
    last = dataset.test.select(slice(3, 4))
    changed = dataset.filled.copy()
    changed.iloc[last.origins[0] + 1 :] = ENORMOUS
    overwritten = replace(dataset, df=changed, filled=changed)
    for framing in (next(each for each in FRAMINGS if each.name == name) for name in ("many_to_many", "dense")):
        network = partial(predict, init_network(make_network_spec(training_view(dataset, framing), framing, TINY), 0))
        one, two = (forecast(network, framing, each, last) for each in (dataset, overwritten))
        np.testing.assert_array_equal(one, two)
        assert np.isfinite(one).all()


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
        a_design(a_task(lookback=1 if framing.name == "one_to_many" else 4, instance_norm="standard"), **DESIGN),
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


AUTO = {"instance_norm": "auto", "recursive_norm": "auto", "channels": "auto", "lookback": None, "horizon": None}


def growing_season(rows: int) -> pd.DataFrame:
    """Two monthly series with a season whose amplitude grows, so that there is something to select."""
    months = pd.date_range("1990-01-01", periods=rows, freq="MS", name="month")
    level = np.exp(0.01 * np.arange(rows) + 0.3 * np.sin(2 * np.pi * np.arange(rows) / 12) + 0.01 * a_walk(rows))
    return pd.DataFrame({"x": 100 * level, "y": 50 * level[::-1] + a_walk(rows, 1)}, months)


@pytest.mark.parametrize("targets", ["x", ["x", "y"]])
@pytest.mark.parametrize(
    "settings",
    [
        BacktestSettings(),
        pytest.param(BacktestSettings(n_folds=2, test_size=30, embargo=3), marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("missing", ["raise", pytest.param("ffill", marks=pytest.mark.slow)])
def test_the_selection_does_not_depend_on_the_future(
    settings: BacktestSettings, targets: str | list[str], missing: str
) -> None:
    rows = growing_season(168)
    if missing != "raise":
        rows.iloc[5::7, 0] = np.nan
    data_settings = a_problem(
        time_column="month", target=targets, features=["x", "y"], transform="auto", calendar="auto", missing=missing
    )
    design = design_backtest(rows, data_settings, a_task(**AUTO), settings)
    assert (design.transform, design.calendar, design.task.instance_norm) != ("none", "none", "none")
    assert design.task.lookback
    assert design_backtest(overwrite_future(rows, design), data_settings, a_task(**AUTO), settings) == design


def test_the_selection_depends_on_the_rows_before_the_test_splits() -> None:
    """Otherwise the test above would hold whatever is read."""
    rows = growing_season(240)
    data_settings = a_problem(time_column="month", target="x", transform="auto", calendar="auto")
    design = design_backtest(rows, data_settings, a_task(**AUTO), BacktestSettings())
    begins = len(rows) - design.n_folds * design.test_size
    rows.iloc[begins - 60 : begins] = a_walk(60)[:, None]
    assert design_backtest(rows, data_settings, a_task(**AUTO), BacktestSettings()) != design
