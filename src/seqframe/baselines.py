"""The naive answer that every score is read beside."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.config import Task
from seqframe.windows import Windows


def naive_name(task: Task) -> str:
    """What the naive answer is called in tables."""
    return "naive: last value" if task.kind == "forecast" else "naive: mean"


def naive_prediction(values: NDArray[Any], windows: Windows, task: Task) -> NDArray[np.float64]:
    """The answer of who has learnt nothing: values (rows, targets) -> (windows, steps, targets).

    A forecast repeats the last value read (persistence); an echo, which has its answer before its eyes, gives the mean
    of all rows.
    """
    steps = windows.targets.shape[1]
    if task.kind == "forecast":
        last = values[windows.inputs[:, -1]]  # (windows, targets)
    else:
        last = np.broadcast_to(values.mean(axis=0), (len(windows.inputs), values.shape[1]))
    return np.repeat(last[:, None, :], steps, axis=1)
