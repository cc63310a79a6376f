"""Windows as row numbers: the input rows of every window, and its target rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.config import TaskSettings
from seqframe.data.alignment import ALIGNMENTS, window_lengths
from seqframe.errors import UserError

Array = NDArray[Any]
Floats = NDArray[np.float64]
RowNumbers = NDArray[np.intp]


@dataclass(frozen=True)
class Windows:
    """Windows, stored as their start rows only; the memory does not grow with the number of windows.

    Attributes:
        start_rows: First input row of each window: consecutive ranges, or an array (windows,).
        lookback: Number of input rows.
        first_target: Offset of the first target row from the first input row.
        steps: Number of target rows.
    """

    start_rows: tuple[range, ...] | RowNumbers
    lookback: int
    first_target: int
    steps: int

    def __len__(self) -> int:
        """Number of windows."""
        return sum(map(len, self.start_rows)) if isinstance(self.start_rows, tuple) else len(self.start_rows)

    def starts(self, numbers: slice | RowNumbers = slice(None)) -> RowNumbers:
        """First input rows of the windows with the given numbers, which count from 0: (selected,).

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
        ends, offsets, strides = self._ranges
        within = np.searchsorted(ends, numbers, side="right")
        starts: RowNumbers = offsets[within] + numbers * strides[within]
        return starts

    @property
    def origins(self) -> RowNumbers:
        """Last input row of each window: (windows,)."""
        return self.starts() + self.lookback - 1

    def select(self, numbers: slice | RowNumbers) -> "Windows":
        """Some of the windows, by their numbers."""
        return replace(self, start_rows=self.starts(numbers))

    def batches(self, size: int = 1024) -> Iterator["Windows"]:
        """All windows in batches of up to `size`, which bounds the memory of arrays made from them."""
        return (self.select(slice(start, start + size)) for start in range(0, len(self), size))

    @property
    def inputs(self) -> RowNumbers:
        """Input rows: (windows, lookback), computed at each access; for few windows."""
        return self.starts()[:, None] + np.arange(self.lookback)

    @property
    def targets(self) -> RowNumbers:
        """Target rows: (windows, steps), computed at each access; for few windows."""
        return self.starts()[:, None] + self.first_target + np.arange(self.steps)

    @cached_property
    def _ranges(self) -> tuple[RowNumbers, RowNumbers, RowNumbers]:
        """By range: the number after its last window; offset and stride, start row = offset + number * stride."""
        ranges = [each for each in self.start_rows if isinstance(each, range)]
        ends = np.cumsum([len(each) for each in ranges], dtype=np.intp)
        strides = np.array([each.step for each in ranges], np.intp)
        firsts = np.array([each.start for each in ranges], np.intp)
        return ends, firsts - np.concatenate([[0], ends[:-1]]).astype(np.intp) * strides, strides


def take_rows(values: NDArray[Any], starts: RowNumbers, length: int) -> NDArray[Any]:
    """Copy `length` rows from each start: values (rows, columns), starts (windows,) -> (windows, length, columns).

    The rows of a window are contiguous in memory, so each window is one copy out of an overlapping view. An array of
    all row numbers would take longer to build than that.

    >>> take_rows(np.arange(10).reshape(5, 2), np.array([3, 0]), 2).tolist()
    [[[6, 7], [8, 9]], [[0, 1], [2, 3]]]
    """
    values = np.ascontiguousarray(values)
    rows, columns = values.shape
    shape = (max(0, rows - length + 1), length * columns)
    strides = (columns * values.itemsize, values.itemsize)  # explicit, because an axis of length 1 may have any stride
    view: NDArray[Any] = np.ndarray(shape, values.dtype, values, strides=strides)  # all windows, overlapping
    return view[starts].reshape(-1, length, columns)


def make_windows(segments: Sequence[range], task: TaskSettings) -> Windows:
    """All windows that fit into segments of rows; no window crosses the end of a segment.

    >>> make_windows([range(5)], TaskSettings(kind="forecast", lookback=3, horizon=1)).targets.tolist()
    [[3], [4]]

    Raises:
        UserError: No window fits, or the lookback follows from the segments and they have different lengths.
    """
    lengths = {len(segment) for segment in segments}
    if task.lookback is None and len(lengths) > 1:
        received = f"sequences of {min(lengths)} to {max(lengths)} rows"
        raise UserError(f"Sequences of different lengths need `task.lookback`. Received: {received}, and no lookback.")
    longest = max(lengths)
    lookback, first_target, steps = window_lengths(task, longest)
    windows = make_windows_like(segments, task, Windows((), lookback, first_target, steps))
    if not len(windows):
        received = f"lookback={lookback}, rows={longest}"
        if task.kind == "forecast":
            received = f"lookback={lookback}, gap={task.gap}, horizon={steps}, rows={longest}"
        raise UserError(f"{ALIGNMENTS[task.kind].window_length} must fit in the sequence. Received: {received}.")
    return windows


def make_windows_like(
    segments: Sequence[range], task: TaskSettings, like: Windows, histories: Sequence[range] = ()
) -> Windows:
    """Windows with the lengths of other windows, whose targets lie in the segments; there may be none.

    Inputs may lie in earlier rows of the range in `histories` that contains the segment: they are known when the
    forecast is made. Where targets overlap the inputs, as the targets of `next_step`, the last one lies in the segment.

    >>> task = TaskSettings(kind="forecast", lookback=3, horizon=2)
    >>> make_windows_like([range(6, 9)], task, Windows((), 3, 3, 2), [range(0, 9)]).targets.tolist()
    [[6, 7], [7, 8]]
    """
    first_scored = like.first_target if like.first_target >= like.lookback else like.first_target + like.steps - 1
    rows, extended = max(like.lookback, like.first_target + like.steps), []
    for segment, history in zip(segments, find_ranges(histories, segments), strict=True):
        start = max((history or segment).start, segment.start - first_scored)
        extended.append(range(start, segment.stop - rows + 1, task.stride))
    return replace(like, start_rows=tuple(each for each in extended if each))


def find_ranges(ranges: Sequence[range], parts: Sequence[range]) -> Iterator[range | None]:
    """For each part, the range that contains its first row; None without one. The ranges are in ascending order.

    >>> list(find_ranges([range(0, 4), range(6, 9)], [range(2, 3), range(4, 5), range(7, 9)]))
    [range(0, 4), None, range(6, 9)]
    """
    positions = np.searchsorted([each.start for each in ranges], [each.start for each in parts], side="right") - 1
    for part, position in zip(parts, positions.tolist(), strict=True):
        found = ranges[position] if position >= 0 else range(0)
        yield found if part.start < found.stop else None
