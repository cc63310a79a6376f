from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seqframe.baselines import naive_name, naive_prediction, score_naive
from seqframe.config import Problem, Task
from seqframe.posing import Posed, pose


def posed(folder: Path, task: Task) -> Posed:
    table = folder / "four.csv"
    pd.DataFrame({"a": [1.0, 2.0, 3.0, 6.0], "b": [10.0, 20.0, 30.0, 60.0]}).to_csv(table, index=False)
    return pose(Problem(length=5, table=str(table)), task)


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (Task(kind="forecast", lookback=2, horizon=2), [[[2.0, 20.0], [2.0, 20.0]]]),
        (Task(kind="next_window"), [[[2.0, 20.0], [2.0, 20.0]]]),
        (Task(kind="next_step"), [[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]]),
    ],
)
def test_the_last_value_that_could_be_had(tmp_path: Path, task: Task, expected: list[object]) -> None:
    problem = posed(tmp_path, task)
    assert naive_prediction(problem, problem.windows, task).tolist() == expected
    assert naive_name(task) == "naive: last value"


def test_an_echo_gives_the_mean(tmp_path: Path) -> None:
    task = Task(kind="echo", lookback=3)
    problem = posed(tmp_path, task)
    prediction = naive_prediction(problem, problem.windows, task)
    assert prediction.shape == (2, 3, 2)
    assert (prediction == [3.0, 30.0]).all()
    assert naive_name(task) == "naive: mean"


def test_the_mean_is_that_of_the_rows_trained_on() -> None:
    task = Task(kind="echo")
    problem = pose(Problem(length=5, unseen=4), task)
    assert (naive_prediction(problem, problem.unseen, task) == 0.4).all()
    scores = score_naive(problem, task)
    truth = problem.truth(problem.unseen)
    assert scores["unseen"]["mae"] == pytest.approx(np.abs(truth - 0.4).mean())
    assert scores["training"]["largest_error"] == pytest.approx(0.4)
