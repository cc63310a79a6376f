"""Windows by row number: which rows a sample reads, and which it is to predict."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqframe.config import Task
from seqframe.errors import UserError

WINDOW_LENGTHS = {
    "echo": "`task.lookback`",
    "next_step": "`task.lookback` + 1",
    "next_window": "Twice `task.lookback`",
    "forecast": "`task.lookback` + `task.gap` + `task.horizon`",
}
RowNumbers = NDArray[np.intp]


@dataclass(frozen=True)
class Windows:
    """Row numbers: `inputs` (windows, lookback) are read, `targets` (windows, steps) are to be predicted."""

    inputs: RowNumbers
    targets: RowNumbers

    def __len__(self) -> int:
        """How many windows there are."""
        return len(self.inputs)


def cut_windows(runs: Sequence[range], task: Task) -> Windows:
    """Cut as many windows as fit into runs of rows, of which none crosses the end of a run.

    >>> cut_windows([range(5)], Task(kind="forecast", lookback=3, horizon=1)).targets.tolist()
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


def cut_unseen(runs: Sequence[range], task: Task, like: Windows) -> Windows:
    """Windows of the lengths of others, of unseen rows; none where there are no such rows, or too few."""
    first_target = int(like.targets[0, 0] - like.inputs[0, 0])
    return _cut(runs, like.inputs.shape[1], first_target, like.targets.shape[1], task.stride)


def _cut(runs: Sequence[range], lookback: int, first_target: int, steps: int, stride: int) -> Windows:
    """All windows that fit; the first target stands so many rows after the first row that is read."""
    rows = max(lookback, first_target + steps)
    starts = np.concatenate(
        [np.empty(0, np.intp), *(np.arange(run.start, run.stop - rows + 1, stride) for run in runs)]
    )
    inputs = starts[:, None] + np.arange(lookback)  # (windows, lookback)
    targets = starts[:, None] + first_target + np.arange(steps)  # (windows, steps)
    return Windows(inputs, targets)
