"""Windows by row number: which rows a sample reads, and which it is to predict."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqframe.config import Task
from seqframe.errors import UserError

RowNumbers = NDArray[np.intp]


@dataclass(frozen=True)
class Windows:
    """Row numbers: `inputs` (windows, lookback) are read, `targets` (windows, steps) are to be predicted."""

    inputs: RowNumbers
    targets: RowNumbers


def cut_windows(rows: int, task: Task) -> Windows:
    """Cut as many windows as fit into so many rows.

    >>> cut_windows(5, Task(kind="forecast", lookback=3, horizon=1)).targets.tolist()
    [[3], [4]]

    Raises:
        UserError: Not even one window fits.
    """
    lookback = rows if task.lookback is None else task.lookback
    horizon = task.horizon or 0
    first_target, steps = (0, lookback) if task.kind == "echo" else (lookback + task.gap, horizon)
    starts = np.arange(0, rows - max(lookback, first_target + steps) + 1, task.stride)
    if not starts.size:
        received = f"lookback={lookback}, gap={task.gap}, horizon={horizon}, rows={rows}"
        raise UserError(
            f"`task.lookback` + `task.gap` + `task.horizon` must fit in the sequence. Received: {received}."
        )
    inputs = starts[:, None] + np.arange(lookback)  # (windows, lookback)
    targets = starts[:, None] + first_target + np.arange(steps)  # (windows, steps)
    return Windows(inputs, targets)
