import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqframe.config import Task
from seqframe.errors import UserError
from seqframe.windows import cut_windows


def test_an_echo_of_the_whole_sequence_is_one_window() -> None:
    windows = cut_windows(5, Task(kind="echo"))
    assert windows.inputs.tolist() == windows.targets.tolist() == [[0, 1, 2, 3, 4]]


def test_a_forecast_begins_after_the_gap() -> None:
    windows = cut_windows(9, Task(kind="forecast", lookback=3, horizon=2, gap=1, stride=2))
    assert windows.inputs.tolist() == [[0, 1, 2], [2, 3, 4]]
    assert windows.targets.tolist() == [[4, 5], [6, 7]]


@given(
    rows=st.integers(1, 60),
    lookback=st.integers(1, 9),
    horizon=st.integers(1, 9),
    gap=st.integers(0, 4),
    stride=st.integers(1, 5),
)
def test_every_window_that_fits_is_cut_and_no_other(
    rows: int, lookback: int, horizon: int, gap: int, stride: int
) -> None:
    task = Task(kind="forecast", lookback=lookback, horizon=horizon, gap=gap, stride=stride)
    length = lookback + gap + horizon
    if length > rows:
        with pytest.raises(UserError, match=f"lookback={lookback}, gap={gap}, horizon={horizon}, rows={rows}"):
            cut_windows(rows, task)
        return
    windows = cut_windows(rows, task)
    starts = [start for start in range(0, rows, stride) if start + length <= rows]
    assert windows.inputs.tolist() == [list(range(start, start + lookback)) for start in starts]
    first = lookback + gap
    assert windows.targets.tolist() == [list(range(start + first, start + first + horizon)) for start in starts]


def test_row_numbers_index_arrays() -> None:
    values = np.arange(7) * 10.0
    windows = cut_windows(7, Task(kind="echo", lookback=3, stride=4))
    assert values[windows.inputs].tolist() == [[0, 10, 20], [40, 50, 60]]
