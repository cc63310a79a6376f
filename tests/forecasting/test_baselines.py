from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import walking_folds
from seqframe.config import DataSettings, TaskSettings
from seqframe.data.dataset import SequenceDataset, make_dataset
from seqframe.data.windows import Floats
from seqframe.errors import UserError
from seqframe.evaluation.backtest import forecast_baselines
from seqframe.evaluation.evaluate import score_baselines
from seqframe.forecasting import baselines
from seqframe.forecasting.baselines import (
    BACKTEST,
    BASELINES,
    SEQUENCES,
    Baseline,
    baseline_label,
    baseline_prediction,
    baselines_of,
    check_baseline_names,
    select_baselines,
)
from seqframe.forecasting.fitted import FitError
from seqframe.training.events import Event, Message, subscribe, unsubscribe


def dataset(folder: Path, task: TaskSettings) -> SequenceDataset:
    table = folder / "four.csv"
    pd.DataFrame({"a": [1.0, 2.0, 3.0, 6.0], "b": [10.0, 20.0, 30.0, 60.0]}).to_csv(table, index=False)
    return make_dataset(DataSettings(sequence_length=5, path=str(table)), task)


def labels(task: TaskSettings) -> list[str]:
    return [baseline_label(baseline) for baseline in baselines_of(SEQUENCES, task)]


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (TaskSettings(kind="forecast", lookback=2, horizon=2), [[[2.0, 20.0], [2.0, 20.0]]]),
        (TaskSettings(kind="next_window"), [[[2.0, 20.0], [2.0, 20.0]]]),
        (TaskSettings(kind="next_step"), [[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]]),
    ],
)
def test_the_baseline_of_a_forecast_is_the_last_available_value(
    tmp_path: Path, task: TaskSettings, expected: list[object]
) -> None:
    data = dataset(tmp_path, task)
    assert baseline_prediction(data, data.train).tolist() == expected
    assert labels(task) == ["baseline (persistence)"]


def test_the_baseline_of_an_echo_is_the_training_mean(tmp_path: Path) -> None:
    task = TaskSettings(kind="echo", lookback=3)
    data = dataset(tmp_path, task)
    prediction = baseline_prediction(data, data.train)
    assert prediction.shape == (2, 3, 2)
    assert (prediction == [3.0, 30.0]).all()
    assert labels(task) == ["baseline (mean)"]


def test_the_mean_is_computed_on_training_rows() -> None:
    task = TaskSettings(kind="echo")
    data = make_dataset(DataSettings(sequence_length=5, n_test=4), task)
    assert (baseline_prediction(data, data.test) == 0.4).all()
    scores = score_baselines(data)["baseline (mean)"]
    actuals = data.actuals(data.test)
    assert scores["test"]["mae"] == pytest.approx(np.abs(actuals - 0.4).mean())
    assert scores["train"]["max_error"] == pytest.approx(0.4)


def names_of(baselines: Iterable[Baseline]) -> list[str]:
    return [baseline.name for baseline in baselines]


def test_baselines_of_a_backtest_depend_on_the_season() -> None:
    task, extra = TaskSettings(kind="forecast", lookback=1, horizon=2), ["AutoARIMA", "AutoETS", "AutoTheta"]
    assert names_of(baselines_of(BACKTEST, task, (1,))) == ["persistence", "mean", "drift", "ridge", *extra]
    seasonal = ["persistence", "mean", "seasonal naive", "drift", "seasonal mean", "ridge", *extra]
    assert names_of(baselines_of(BACKTEST, task, (1, 12))) == seasonal


@pytest.mark.parametrize(
    ("names", "fitted"),
    [
        (None, ["ridge"]),
        ([], []),
        (["AutoETS"], ["AutoETS"]),
        (["AutoTheta", "ridge"], ["ridge", "AutoTheta"]),
        (["persistence"], []),
    ],
)
def test_named_baselines_replace_ridge_and_naive_ones_always_take_part(
    names: list[str] | None, fitted: list[str]
) -> None:
    task = TaskSettings(kind="forecast", lookback=4, horizon=2)
    assert names_of(select_baselines(names, task, (1,))) == ["persistence", "mean", "drift", *fitted]


def test_unknown_baselines_and_missing_packages_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    check_baseline_names(["ridge", "AutoETS"], "backtest.baselines")
    with pytest.raises(UserError, match="`backtest.baselines` must name baselines. Received: ets. Baselines: persis"):
        check_baseline_names(["ridge", "ets"], "backtest.baselines")
    monkeypatch.setattr(baselines, "find_spec", lambda name: None)
    check_baseline_names(["ridge"], "backtest.baselines")
    message = r"AutoETS needs the package statsforecast. .* Install it: pip install 'seqframe\[statistics\]'$"
    with pytest.raises(UserError, match=message):
        check_baseline_names(["AutoETS"], "backtest.baselines")


def test_a_baseline_that_cannot_be_fitted_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Floats:
        raise FitError("3 rows.")

    monkeypatch.setattr(baselines, "BASELINES", (*BASELINES, Baseline("never", "never", "Never.", refuse, always)))
    messages: list[Event] = []
    subscribe(messages.append)
    try:
        forecasts = forecast_baselines(walking_folds())
    finally:
        unsubscribe(messages.append)
    assert [model.name for model in forecasts] == ["persistence", "mean", "drift", "ridge"]
    assert messages == [Message("Skipped never: 3 rows.")]


def test_costs_of_baselines() -> None:
    costs = {model.name: model.costs for model in forecast_baselines(walking_folds())}
    assert costs["ridge"]["parameters"] == (4 + 1) * 2, "lookback 4, horizon 2"
    assert costs["ridge"]["training_s"] > 0
    assert not costs["mean"]
    assert not costs["drift"]


def always(task: TaskSettings, seasons: tuple[int, ...]) -> bool:
    return True


def test_names_and_captions_of_baselines() -> None:
    assert len({baseline.name for baseline in BASELINES}) == len(BASELINES)
    assert all(baseline.caption.endswith(".") and baseline.used_in for baseline in BASELINES)
