from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seqframe.config import DataSettings, TaskSettings
from seqframe.data.dataset import SequenceDataset, make_dataset
from seqframe.evaluation.evaluate import score_baselines
from seqframe.forecasting.baselines import (
    BACKTEST,
    BASELINES,
    SEQUENCES,
    baseline_label,
    baseline_prediction,
    baselines_of,
)


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


def test_baselines_of_a_backtest_depend_on_task_and_season() -> None:
    task = TaskSettings(kind="forecast", lookback=4, horizon=2)
    assert [each.name for each in baselines_of(BACKTEST, task, season=1)] == ["persistence", "drift", "ridge"]
    assert [each.name for each in baselines_of(BACKTEST, task, season=4)] == [
        "persistence",
        "seasonal naive",
        "drift",
        "ridge",
    ]
    one_row = task.model_copy(update={"lookback": 1})
    assert [each.name for each in baselines_of(BACKTEST, one_row)] == ["persistence", "ridge"]


def test_names_and_captions_of_baselines() -> None:
    assert len({baseline.name for baseline in BASELINES}) == len(BASELINES)
    assert all(baseline.caption.endswith(".") and baseline.used_in for baseline in BASELINES)
