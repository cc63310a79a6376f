import numpy as np
import pandas as pd
import pytest

from seqframe.config import Problem, Task
from seqframe.evaluation import evaluate, first_sequence
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.posing import pose


def test_each_part_has_its_own_scores_and_rows() -> None:
    posed = pose(Problem(length=5, unseen=2), Task(kind="echo"))
    predictions, scores = evaluate(lambda X: X[:, :, 0] + (0.1 if len(X) > 1 else 0.0), MANY_TO_ONE, posed)
    assert scores["training"]["mae"] == pytest.approx(0, abs=1e-7)
    assert scores["unseen"]["mae"] == pytest.approx(0.1)
    assert scores["unseen"]["right_to_one_decimal"] == 0
    assert predictions["part"].tolist() == ["training"] * 5 + ["unseen"] * 10
    assert predictions["sequence"].tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert predictions["row"].tolist() == [0, 1, 2, 3, 4] * 3


def test_without_unseen_rows_there_is_one_part(tmp_path) -> None:
    pd.DataFrame({"a": [1.0, 2.0]}).to_csv(tmp_path / "two.csv", index=False)
    posed = pose(Problem(length=5, unseen=3, table=str(tmp_path / "two.csv")), Task(kind="echo"))
    _, scores = evaluate(lambda X: np.zeros((1, 2)), MANY_TO_ONE, posed)
    assert list(scores) == ["training"]


def test_the_first_sequence_is_printed_as_the_tutorial_does() -> None:
    values = [-0.04, 0.2, 0.449, 0.6, 1.0]
    table = pd.DataFrame({"part": "training", "window": [0] * 5 + [1], "column": "x", "prediction": [*values, 9.0]})
    assert first_sequence(table) == "0.0 0.2 0.4 0.6 1.0"
    assert first_sequence(table, most=2) == "0.0 0.2 …"
