from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seqframe.config import DataSettings, TaskSettings
from seqframe.data.dataset import SequenceDataset, make_dataset
from seqframe.evaluation.evaluate import score_baseline
from seqframe.forecasting.baselines import baseline_name, baseline_prediction


def dataset(folder: Path, task: TaskSettings) -> SequenceDataset:
    table = folder / "four.csv"
    pd.DataFrame({"a": [1.0, 2.0, 3.0, 6.0], "b": [10.0, 20.0, 30.0, 60.0]}).to_csv(table, index=False)
    return make_dataset(DataSettings(sequence_length=5, path=str(table)), task)


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (TaskSettings(kind="forecast", lookback=2, horizon=2), [[[2.0, 20.0], [2.0, 20.0]]]),
        (TaskSettings(kind="next_window"), [[[2.0, 20.0], [2.0, 20.0]]]),
        (TaskSettings(kind="next_step"), [[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]]),
    ],
)
def test_the_last_value_that_could_be_had(tmp_path: Path, task: TaskSettings, expected: list[object]) -> None:
    data_settings = dataset(tmp_path, task)
    assert baseline_prediction(data_settings, data_settings.train, task).tolist() == expected
    assert baseline_name(task) == "baseline (persistence)"


def test_an_echo_gives_the_mean(tmp_path: Path) -> None:
    task = TaskSettings(kind="echo", lookback=3)
    data_settings = dataset(tmp_path, task)
    prediction = baseline_prediction(data_settings, data_settings.train, task)
    assert prediction.shape == (2, 3, 2)
    assert (prediction == [3.0, 30.0]).all()
    assert baseline_name(task) == "baseline (mean)"


def test_the_mean_is_that_of_the_rows_trained_on() -> None:
    task = TaskSettings(kind="echo")
    data_settings = make_dataset(DataSettings(sequence_length=5, n_test=4), task)
    assert (baseline_prediction(data_settings, data_settings.test, task) == 0.4).all()
    scores = score_baseline(data_settings, task)
    actuals = data_settings.actuals(data_settings.test)
    assert scores["test"]["mae"] == pytest.approx(np.abs(actuals - 0.4).mean())
    assert scores["train"]["max_error"] == pytest.approx(0.4)
