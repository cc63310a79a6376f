"""Many steps in few columns: an ellipsis in the middle of a diagram, neighbors grouped in a matrix."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqframe.reporting.diagrams.text import format_range

MAX_COLUMNS = 7  # of a diagram


def truncate(count: int, columns: int = MAX_COLUMNS) -> list[range]:
    """The steps of each column, from 0: the first ones, an ellipsis with all in between, the last ones.

    >>> [list(column) for column in truncate(3)]
    [[0], [1], [2]]
    >>> truncate(500)[3:]
    [range(3, 4), range(4, 498), range(498, 499), range(499, 500)]
    """
    if count <= columns:
        return [range(step, step + 1) for step in range(count)]
    last = 2 if columns > 3 else 1
    first = columns - 1 - last
    return [
        *(range(step, step + 1) for step in range(first)),
        range(first, count - last),
        *(range(step, step + 1) for step in range(count - last, count)),
    ]


@dataclass(frozen=True)
class Group:
    """Neighboring steps, from 1, and their positions among all steps."""

    steps: tuple[int, ...]
    positions: slice

    @property
    def label(self) -> str:
        """Label of its column."""
        return format_range(self.steps)


def group_steps(steps: NDArray[np.intp] | Sequence[int], groups: int) -> list[Group]:
    """Group neighboring steps as evenly as possible into at most so many groups.

    >>> [group.label for group in group_steps(np.arange(1, 6), 2)]
    ['1-3', '4-5']
    """
    parts = np.array_split(np.arange(len(steps)), min(len(steps), groups))
    return [Group(tuple(np.asarray(steps)[part].tolist()), slice(part[0], part[-1] + 1)) for part in parts]
