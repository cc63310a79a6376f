"""The naive answer that every score is read beside."""

import numpy as np
from numpy.typing import NDArray

from seqframe.config import Task
from seqframe.evaluation import Scores
from seqframe.metrics import score
from seqframe.posing import Posed
from seqframe.windows import Windows, take_rows


def naive_name(task: Task) -> str:
    """What the naive answer is called in tables."""
    return "naive: mean" if task.kind == "echo" else "naive: last value"


def score_naive(posed: Posed, task: Task) -> Scores:
    """Score the naive answer on the rows that the framings are scored on, in physical units."""
    return {
        part: score(posed.truth(windows), naive_prediction(posed, windows, task)) for part, windows in posed.parts()
    }


def naive_prediction(posed: Posed, windows: Windows, task: Task) -> NDArray[np.float64]:
    """The answer of who has learnt nothing: (windows, steps, targets), physical units.

    A forecast repeats the last value that could be had (persistence); an echo, which has its answer before its eyes,
    gives the mean of the rows that were trained on.
    """
    values = posed.rows[posed.targets].to_numpy(np.float64)  # (rows, targets)
    if task.kind == "echo":
        mean = values[np.unique(posed.windows.targets)].mean(axis=0)  # (targets,)
        return np.broadcast_to(mean, (len(windows), windows.steps, len(mean)))
    if task.kind == "next_step":
        return take_rows(values, windows.starts() + windows.first_target - 1, windows.steps)
    last = values[windows.origins]  # (windows, targets)
    return np.repeat(last[:, None, :], windows.steps, axis=1)
