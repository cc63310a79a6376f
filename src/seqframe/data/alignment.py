"""Alignment of the target rows of a window with its input rows, by task.

A window starts with `lookback` input rows. Its target rows are consecutive; they may be the input rows themselves,
overlap them, or follow them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from seqframe.config import TaskSettings


@dataclass(frozen=True)
class Alignment:
    """Alignment of a task.

    Attributes:
        window_length: The number of rows of a window as text, for messages.
        max_lookback: The longest lookback of a window in a number of rows; `task.lookback` is required if it is None.
        first_target: Offset of the first target row from the first input row, from the task and its lookback.
        n_targets: Number of target rows, from the task and its lookback.
        targets_are_inputs: Whether the targets are among the inputs of the window, so that they cannot leak.
        own_row: Whether the input row at the position of a target is available when the target is predicted.
    """

    window_length: str
    max_lookback: Callable[[int], int] | None
    first_target: Callable[[TaskSettings, int], int]
    n_targets: Callable[[TaskSettings, int], int]
    targets_are_inputs: bool = False
    own_row: bool = False

    def lengths(self, task: TaskSettings, rows: int) -> tuple[int, int, int]:
        """Lookback, offset of the first target row and number of target rows of a window in `rows` rows."""
        longest = self.max_lookback(rows) if self.max_lookback else 0
        lookback = task.lookback or (max(1, longest) if self.max_lookback else 0)
        return lookback, self.first_target(task, lookback), self.n_targets(task, lookback)


def _as_many(task: TaskSettings, lookback: int) -> int:
    return lookback


SAME_ROWS = Alignment(
    "`task.lookback`", lambda rows: rows, lambda task, lookback: 0, _as_many, targets_are_inputs=True, own_row=True
)
NEXT_ROWS = Alignment("`task.lookback` + 1", lambda rows: rows - 1, lambda task, lookback: 1, _as_many)
NEXT_WINDOW = Alignment("Twice `task.lookback`", lambda rows: rows // 2, lambda task, lookback: lookback, _as_many)
HORIZON = Alignment(
    "`task.lookback` + `task.gap` + `task.horizon`",
    None,
    lambda task, lookback: lookback + task.gap,
    lambda task, lookback: task.horizon or 0,
)
LAST_ROW = Alignment(
    "The sequence", lambda rows: rows, lambda task, lookback: lookback - 1, lambda task, lookback: 1, own_row=True
)
EVERY_ROW = Alignment("The sequence", lambda rows: rows, lambda task, lookback: 0, _as_many, own_row=True)

ALIGNMENTS: dict[str, Alignment] = {  # by `task.kind`
    "echo": SAME_ROWS,
    "next_step": NEXT_ROWS,
    "next_window": NEXT_WINDOW,
    "forecast": HORIZON,
    "classify": LAST_ROW,
    "label": EVERY_ROW,
}


def window_lengths(task: TaskSettings, rows: int) -> tuple[int, int, int]:
    """Lookback, offset of the first target row and number of target rows of a window in `rows` rows."""
    return ALIGNMENTS[task.kind].lengths(task, rows)
