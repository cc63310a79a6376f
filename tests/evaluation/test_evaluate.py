import numpy as np
import pandas as pd
import pytest

from seqframe.config import DataSettings, TaskSettings
from seqframe.data.dataset import make_dataset
from seqframe.evaluation.evaluate import evaluate, format_first_sequence
from seqframe.framings.many_to_one import MANY_TO_ONE


def test_each_split_has_its_own_scores_and_rows() -> None:
    dataset = make_dataset(DataSettings(sequence_length=5, n_test=2), TaskSettings(kind="echo"))
    predictions, scores = evaluate(lambda X: X[:, :, 0] + (0.1 if len(X) > 1 else 0.0), MANY_TO_ONE, dataset)
    assert scores["train"]["mae"] == pytest.approx(0, abs=1e-7)
    assert scores["test"]["mae"] == pytest.approx(0.1)
    assert scores["test"]["all_within_0.05"] == 0
    assert predictions["split"].tolist() == ["train"] * 5 + ["test"] * 10
    assert predictions["sequence"].tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert predictions["row"].tolist() == [0, 1, 2, 3, 4] * 3


def test_without_test_rows_there_is_one_split(tmp_path) -> None:
    pd.DataFrame({"a": [1.0, 2.0]}).to_csv(tmp_path / "two.csv", index=False)
    dataset = make_dataset(
        DataSettings(sequence_length=5, n_test=3, path=str(tmp_path / "two.csv")), TaskSettings(kind="echo")
    )
    _, scores = evaluate(lambda X: np.zeros((1, 2)), MANY_TO_ONE, dataset)
    assert list(scores) == ["train"]


def test_the_first_sequence_is_printed_as_the_tutorial_does() -> None:
    values = [-0.04, 0.2, 0.449, 0.6, 1.0]
    table = pd.DataFrame({"split": "train", "window": [0] * 5 + [1], "column": "x", "prediction": [*values, 9.0]})
    assert format_first_sequence(table) == "0.0 0.2 0.4 0.6 1.0"
    assert format_first_sequence(table, max_values=2) == "0.0 0.2 …"
