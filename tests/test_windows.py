from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqframe.config import Task
from seqframe.errors import UserError
from seqframe.windows import cut_unseen, cut_windows


def test_an_echo_of_the_whole_sequence_is_one_window() -> None:
    windows = cut_windows([range(5)], Task(kind="echo"))
    assert windows.inputs.tolist() == windows.targets.tolist() == [[0, 1, 2, 3, 4]]


@pytest.mark.parametrize(
    ("kind", "inputs", "targets"),
    [
        ("next_step", [0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6]),
        ("next_window", [0, 1, 2], [3, 4, 5]),
    ],
)
def test_targets_a_step_or_a_window_later(kind: str, inputs: list[int], targets: list[int]) -> None:
    with pytest.raises(UserError, match=r"must fit in the sequence. Received: lookback=7, rows=7"):
        cut_windows([range(7)], Task.model_validate({"kind": kind, "lookback": 7}))
    windows = cut_windows([range(7)], Task.model_validate({"kind": kind}))
    assert (windows.inputs[0].tolist(), windows.targets[0].tolist()) == (inputs, targets)
    short = cut_windows([range(7)], Task.model_validate({"kind": kind, "lookback": 2}))
    assert short.inputs[1].tolist() == [1, 2]
    assert short.targets[1].tolist() == ([2, 3] if kind == "next_step" else [3, 4])


def test_a_forecast_begins_after_the_gap() -> None:
    windows = cut_windows([range(9)], Task(kind="forecast", lookback=3, horizon=2, gap=1, stride=2))
    assert windows.inputs.tolist() == [[0, 1, 2], [2, 3, 4]]
    assert windows.targets.tolist() == [[4, 5], [6, 7]]


@given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    lookback=st.integers(1, 9),
    horizon=st.integers(1, 9),
    gap=st.integers(0, 4),
    stride=st.integers(1, 5),
)
def test_every_window_that_fits_is_cut_and_no_other(
    lengths: list[int], lookback: int, horizon: int, gap: int, stride: int
) -> None:
    task = Task(kind="forecast", lookback=lookback, horizon=horizon, gap=gap, stride=stride)
    runs = [range(start, stop) for start, stop in pairwise(np.cumsum([3, *lengths]).tolist())]
    length = lookback + gap + horizon
    starts = [start for run in runs for start in range(run.start, run.stop, stride) if start + length <= run.stop]
    if not starts:
        with pytest.raises(UserError, match=f"lookback={lookback}, gap={gap}, horizon={horizon}, rows={max(lengths)}"):
            cut_windows(runs, task)
        return
    windows = cut_windows(runs, task)
    assert windows.inputs.tolist() == [list(range(start, start + lookback)) for start in starts]
    first = lookback + gap
    assert windows.targets.tolist() == [list(range(start + first, start + first + horizon)) for start in starts]


def test_row_numbers_index_arrays() -> None:
    values = np.arange(7) * 10.0
    windows = cut_windows([range(7)], Task(kind="echo", lookback=3, stride=4))
    assert values[windows.inputs].tolist() == [[0, 10, 20], [40, 50, 60]]


def test_sequences_of_different_lengths_need_a_lookback() -> None:
    with pytest.raises(UserError, match="Received: sequences of 3 to 5 rows, and no lookback"):
        cut_windows([range(5), range(5, 8)], Task(kind="echo"))
    assert len(cut_windows([range(5), range(5, 8)], Task(kind="echo", lookback=3))) == 4


def test_unseen_windows_have_the_lengths_of_those_trained_on() -> None:
    task = Task(kind="next_step")
    trained_on = cut_windows([range(5)], task)
    unseen = cut_unseen([range(5, 12), range(12, 14)], task, trained_on)
    assert unseen.inputs.tolist() == [[5, 6, 7, 8], [6, 7, 8, 9], [7, 8, 9, 10]]
    for none in ([], [range(5, 8)]):
        assert cut_unseen(none, task, trained_on).inputs.shape == (0, 4)
