import numpy as np

from seqframe.baselines import naive_name, naive_prediction
from seqframe.config import Task
from seqframe.windows import cut_windows

VALUES = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [6.0, 60.0]])  # (rows, targets)


def test_a_forecast_repeats_the_last_value_read() -> None:
    task = Task(kind="forecast", lookback=2, horizon=2)
    prediction = naive_prediction(VALUES, cut_windows(4, task), task)
    assert prediction.tolist() == [[[2.0, 20.0], [2.0, 20.0]]]
    assert naive_name(task) == "naive: last value"


def test_an_echo_gives_the_mean() -> None:
    task = Task(kind="echo", lookback=3)
    prediction = naive_prediction(VALUES, cut_windows(4, task), task)
    assert prediction.shape == (2, 3, 2)
    assert (prediction == [3.0, 30.0]).all()
