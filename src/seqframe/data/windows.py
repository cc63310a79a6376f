"""Windows by row number: which rows a sample reads, and which it is to predict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.config import TaskSettings
from seqframe.errors import UserError

WINDOW_LENGTHS = {
    "echo": "`task.lookback`",
    "next_step": "`task.lookback` + 1",
    "next_window": "Twice `task.lookback`",
    "forecast": "`task.lookback` + `task.gap` + `task.horizon`",
}
Array = NDArray[Any]
Floats = NDArray[np.float64]
RowNumbers = NDArray[np.intp]


@dataclass(frozen=True)
class Windows:
    """Windows as numbers that say where they lie; no window is kept as rows, however many there are.

    Attributes:
        start_rows: The first row of each window: ranges, one after the other, or an array (windows,).
        lookback: How many rows are read.
        first_target: How many rows after the first row read the first row to be predicted stands.
        steps: How many rows are to be predicted.
    """

    start_rows: tuple[range, ...] | RowNumbers
    lookback: int
    first_target: int
    steps: int

    def __len__(self) -> int:
        """How many windows there are."""
        return sum(map(len, self.start_rows)) if isinstance(self.start_rows, tuple) else len(self.start_rows)

    def starts(self, numbers: slice | RowNumbers = slice(None)) -> RowNumbers:
        """The first rows of windows by their numbers, which count from 0: (chosen,).

        >>> windows = Windows((range(0, 6, 2), range(9, 11)), lookback=3, first_target=3, steps=1)
        >>> windows.starts(np.array([1, 4])).tolist()
        [2, 10]
        """
        if isinstance(numbers, slice):
            numbers = np.arange(*numbers.indices(len(self)))
        elif numbers.size and not 0 <= numbers.min() <= numbers.max() < len(self):
            raise IndexError(f"There are {len(self)} windows. Received: {numbers.min()} to {numbers.max()}.")
        if not isinstance(self.start_rows, tuple):
            return self.start_rows[numbers]
        stops, offsets, strides = self._runs
        run = np.searchsorted(stops, numbers, side="right")
        starts: RowNumbers = offsets[run] + numbers * strides[run]
        return starts

    @property
    def origins(self) -> RowNumbers:
        """The last row that each window reads: (windows,)."""
        return self.starts() + self.lookback - 1

    def select(self, numbers: slice | RowNumbers) -> "Windows":
        """Some of the windows, by their numbers."""
        return replace(self, start_rows=self.starts(numbers))

    def batches(self, most: int = 4096) -> Iterator["Windows"]:
        """All windows, so many at a time: what is made of them needs no more memory, however many there are."""
        return (self.select(slice(start, start + most)) for start in range(0, len(self), most))

    @property
    def inputs(self) -> RowNumbers:
        """The rows that are read: (windows, lookback), made anew; for few windows."""
        return self.starts()[:, None] + np.arange(self.lookback)

    @property
    def targets(self) -> RowNumbers:
        """The rows that are to be predicted: (windows, steps), made anew; for few windows."""
        return self.starts()[:, None] + self.first_target + np.arange(self.steps)

    @cached_property
    def _runs(self) -> tuple[RowNumbers, RowNumbers, RowNumbers]:
        """Of each range: the number after its last window; what is to be added to number times stride; its stride."""
        runs = [each for each in self.start_rows if isinstance(each, range)]
        stops = np.cumsum([len(run) for run in runs], dtype=np.intp)
        strides = np.array([run.step for run in runs], np.intp)
        firsts = np.array([run.start for run in runs], np.intp)
        return stops, firsts - np.concatenate([[0], stops[:-1]]).astype(np.intp) * strides, strides


def take_rows(values: NDArray[Any], starts: RowNumbers, length: int) -> NDArray[Any]:
    """Copy as many rows from each start: values (rows, columns), starts (windows,) -> (windows, length, columns).

    The rows of a window lie side by side in memory, so that each is one copy out of a view in which they overlap; an
    array of all row numbers would take longer to make than that.

    >>> take_rows(np.arange(10).reshape(5, 2), np.array([3, 0]), 2).tolist()
    [[[6, 7], [8, 9]], [[0, 1], [2, 3]]]
    """
    values = np.ascontiguousarray(values)
    rows, columns = values.shape
    shape = (max(0, rows - length + 1), length * columns)
    strides = (columns * values.itemsize, values.itemsize)  # spelt out: an axis of one may be given any stride
    view: NDArray[Any] = np.ndarray(shape, values.dtype, values, strides=strides)  # every window, overlapping
    return view[starts].reshape(-1, length, columns)


def make_windows(runs: Sequence[range], task: TaskSettings) -> Windows:
    """Cut as many windows as fit into runs of rows, of which none crosses the end of a run.

    >>> make_windows([range(5)], TaskSettings(kind="forecast", lookback=3, horizon=1)).targets.tolist()
    [[3], [4]]

    Raises:
        UserError: Not even one window fits, or runs of different lengths would give windows of different lengths.
    """
    lengths = {len(run) for run in runs}
    if task.lookback is None and len(lengths) > 1:
        received = f"sequences of {min(lengths)} to {max(lengths)} rows"
        raise UserError(f"Sequences of different lengths need `task.lookback`. Received: {received}, and no lookback.")
    longest = max(lengths)
    lookback, first_target, steps = task.lengths(longest)
    windows = _cut(runs, lookback, first_target, steps, task.stride)
    if not len(windows):
        received = f"lookback={lookback}, rows={longest}"
        if task.kind == "forecast":
            received = f"lookback={lookback}, gap={task.gap}, horizon={steps}, rows={longest}"
        raise UserError(f"{WINDOW_LENGTHS[task.kind]} must fit in the sequence. Received: {received}.")
    return windows


def make_windows_like(runs: Sequence[range], task: TaskSettings, like: Windows) -> Windows:
    """Windows of the lengths of others, of unseen rows; none where there are no such rows, or too few."""
    return _cut(runs, like.lookback, like.first_target, like.steps, task.stride)


def _cut(runs: Sequence[range], lookback: int, first_target: int, steps: int, stride: int) -> Windows:
    """All windows that fit; the first target stands so many rows after the first row that is read."""
    rows = max(lookback, first_target + steps)
    start_rows = (range(run.start, run.stop - rows + 1, stride) for run in runs)
    return Windows(tuple(each for each in start_rows if each), lookback, first_target, steps)
