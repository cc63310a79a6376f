import tracemalloc
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqframe.config import TaskSettings
from seqframe.data.windows import Windows, make_windows, make_windows_like, take_rows
from seqframe.errors import UserError


def test_echo_of_the_whole_sequence_is_one_window() -> None:
    windows = make_windows([range(5)], TaskSettings(kind="echo"))
    assert windows.inputs.tolist() == windows.targets.tolist() == [[0, 1, 2, 3, 4]]


@pytest.mark.parametrize(
    ("kind", "inputs", "targets"),
    [
        ("next_step", [0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6]),
        ("next_window", [0, 1, 2], [3, 4, 5]),
    ],
)
def test_next_step_and_next_window(kind: str, inputs: list[int], targets: list[int]) -> None:
    with pytest.raises(UserError, match=r"must fit in the sequence. Received: lookback=7, rows=7"):
        make_windows([range(7)], TaskSettings.model_validate({"kind": kind, "lookback": 7}))
    windows = make_windows([range(7)], TaskSettings.model_validate({"kind": kind}))
    assert (windows.inputs[0].tolist(), windows.targets[0].tolist()) == (inputs, targets)
    short = make_windows([range(7)], TaskSettings.model_validate({"kind": kind, "lookback": 2}))
    assert short.inputs[1].tolist() == [1, 2]
    assert short.targets[1].tolist() == ([2, 3] if kind == "next_step" else [3, 4])


def test_forecast_targets_begin_after_the_gap() -> None:
    windows = make_windows([range(9)], TaskSettings(kind="forecast", lookback=3, horizon=2, gap=1, stride=2))
    assert windows.inputs.tolist() == [[0, 1, 2], [2, 3, 4]]
    assert windows.targets.tolist() == [[4, 5], [6, 7]]


@given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    lookback=st.integers(1, 9),
    horizon=st.integers(1, 9),
    gap=st.integers(0, 4),
    stride=st.integers(1, 5),
)
def test_all_windows_that_fit_are_made(lengths: list[int], lookback: int, horizon: int, gap: int, stride: int) -> None:
    task = TaskSettings(kind="forecast", lookback=lookback, horizon=horizon, gap=gap, stride=stride)
    segments = [range(start, stop) for start, stop in pairwise(np.cumsum([3, *lengths]).tolist())]
    length = lookback + gap + horizon
    starts = [
        start
        for segment in segments
        for start in range(segment.start, segment.stop, stride)
        if start + length <= segment.stop
    ]
    if not starts:
        with pytest.raises(UserError, match=f"lookback={lookback}, gap={gap}, horizon={horizon}, rows={max(lengths)}"):
            make_windows(segments, task)
        return
    windows = make_windows(segments, task)
    assert windows.inputs.tolist() == [list(range(start, start + lookback)) for start in starts]
    first = lookback + gap
    assert windows.targets.tolist() == [list(range(start + first, start + first + horizon)) for start in starts]


def test_window_rows_index_arrays() -> None:
    values = np.arange(7) * 10.0
    windows = make_windows([range(7)], TaskSettings(kind="echo", lookback=3, stride=4))
    assert values[windows.inputs].tolist() == [[0, 10, 20], [40, 50, 60]]


def test_sequences_of_different_lengths_need_a_lookback() -> None:
    with pytest.raises(UserError, match="Received: sequences of 3 to 5 rows, and no lookback"):
        make_windows([range(5), range(5, 8)], TaskSettings(kind="echo"))
    assert len(make_windows([range(5), range(5, 8)], TaskSettings(kind="echo", lookback=3))) == 4


def test_windows_like_others_have_the_same_lengths() -> None:
    task = TaskSettings(kind="next_step")
    train = make_windows([range(5)], task)
    test = make_windows_like([range(5, 12), range(12, 14)], task, train)
    assert test.inputs.tolist() == [[5, 6, 7, 8], [6, 7, 8, 9], [7, 8, 9, 10]]
    for none in ([], [range(5, 8)]):
        assert make_windows_like(none, task, train).inputs.shape == (0, 4)


@given(
    lengths=st.lists(st.integers(1, 20), min_size=1, max_size=5),
    stride=st.integers(1, 4),
    data=st.data(),
)
def test_windows_can_be_selected_by_number(lengths: list[int], stride: int, data: st.DataObject) -> None:
    segments = [range(start, stop) for start, stop in pairwise(np.cumsum([3, *lengths]).tolist())]
    task = TaskSettings(kind="forecast", lookback=1, horizon=1, stride=stride)
    windows = make_windows_like(segments, task, Windows((), 1, 1, 1))
    starts = [start for segment in segments for start in range(segment.start, segment.stop - 1, stride)]
    assert len(windows) == len(starts)
    numbers = np.array(data.draw(st.lists(st.integers(0, len(starts) - 1))) if starts else [], np.intp)
    assert windows.starts(numbers).tolist() == [starts[number] for number in numbers]
    first, last = sorted(data.draw(st.tuples(st.integers(0, len(starts)), st.integers(0, len(starts)))))
    assert windows.starts(slice(first, last)).tolist() == starts[first:last]
    assert windows.select(numbers).inputs.tolist() == windows.inputs[numbers].tolist()
    assert windows.select(numbers).select(slice(1, None)).targets.tolist() == windows.targets[numbers][1:].tolist()


@pytest.mark.parametrize("number", [-1, 3])
def test_a_window_number_out_of_range_raises(number: int) -> None:
    windows = make_windows([range(5)], TaskSettings(kind="echo", lookback=3))
    with pytest.raises(IndexError, match="There are 3 windows. Received: -?\\d to -?\\d"):
        windows.starts(np.array([number]))


def test_windows_of_ten_million_rows_need_little_memory() -> None:
    tracemalloc.start()
    windows = make_windows([range(10**7)], TaskSettings(kind="forecast", lookback=500, horizon=1))
    assert len(windows) == 10**7 - 500
    assert windows.starts(np.array([0, 9_999_499])).tolist() == [0, 9_999_499]
    assert tracemalloc.get_traced_memory()[1] < 20_000
    tracemalloc.stop()


@pytest.mark.parametrize("layout", ["C order", "Fortran order", "every other row"])
def test_take_rows_equals_fancy_indexing(layout: str) -> None:
    values = np.random.default_rng(0).normal(size=(22, 3))
    values = {"C order": values, "Fortran order": np.asfortranarray(values), "every other row": values[::2]}[layout]
    starts = np.array([6, 0, 6, 3])
    assert (take_rows(values, starts, 5) == values[starts[:, None] + np.arange(5)]).all()
    assert take_rows(values, starts, 5).flags.owndata or take_rows(values, starts, 5).base.flags.owndata


def test_take_rows_checks_the_end() -> None:
    values = np.zeros((7, 2))
    assert take_rows(values, np.array([2]), 5).shape == (1, 5, 2)
    assert take_rows(values, np.array([], np.intp), 9).shape == (0, 9, 2)
    with pytest.raises(IndexError):
        take_rows(values, np.array([3]), 5)


def test_take_rows_allocates_only_its_result() -> None:
    values, starts = np.zeros((100_000, 2), np.float32), np.array([5, 9])
    tracemalloc.start()
    taken = take_rows(values, starts, 1000)
    assert tracemalloc.get_traced_memory()[1] < 2 * taken.nbytes
    tracemalloc.stop()


def test_rows_of_one_column_are_taken_whatever_numpy_calls_its_stride() -> None:
    column = pd.DataFrame({"a": np.arange(6.0), "b": np.arange(6.0) + 10})[["b"]].to_numpy()  # (6, 1)
    odd = np.lib.stride_tricks.as_strided(column, column.shape, (column.strides[0], 48))
    assert odd.flags.c_contiguous
    assert take_rows(odd, np.array([0, 3]), 3)[:, :, 0].tolist() == [[10, 11, 12], [13, 14, 15]]
