import numpy as np
import pandas as pd

from seqframe.config import Problem, Task
from seqframe.posing import pose
from seqframe.problems import make_rows
from seqframe.splits import split_rows


def test_generated_sequences_are_split_whole() -> None:
    problem = Problem(length=4, sequences=2, unseen=3, kind="reversal")
    split = split_rows(make_rows(problem), problem)
    assert split.training == (range(0, 4), range(4, 8))
    assert split.unseen == (range(8, 12), range(12, 16), range(16, 20))


def test_of_a_table_all_rows_are_trained_on() -> None:
    split = split_rows(pd.DataFrame({"a": [1.0, 2.0]}), Problem(length=5, table="two.csv"))
    assert (split.training, split.unseen) == ((range(0, 2),), ())


def test_no_window_crosses_the_end_of_a_sequence_and_nothing_fitted_sees_an_unseen_row() -> None:
    problem = Problem(length=6, sequences=2, unseen=2, kind="sine", scaling="minmax")
    posed = pose(problem, Task(kind="forecast", lookback=3, horizon=2))
    assert [len(windows) for _, windows in posed.parts()] == [4, 4]
    for part, windows in posed.parts():
        for rows in np.concatenate([windows.inputs, windows.targets], axis=1):
            assert len({row // 6 for row in rows}) == 1
            assert all((row < 12) == (part == "training") for row in rows)
    trained_on = posed.rows["value"].iloc[:12]
    assert posed.scaler.offset_.tolist() == [[trained_on.min()]]
    assert posed.scaler.span_.tolist() == [[trained_on.max() - trained_on.min()]]
