"""Many steps in few places: the first, an ellipsis for those between, the last."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST = 7  # columns that are drawn


def fold(count: int, most: int = MOST) -> list[range]:
    """The places of a sequence, as the steps that stand in each, from 0. A place of several is an ellipsis.

    >>> [list(place) for place in fold(3)]
    [[0], [1], [2]]
    >>> fold(500)[3:]
    [range(3, 4), range(4, 498), range(498, 499), range(499, 500)]
    """
    if count <= most:
        return [range(step, step + 1) for step in range(count)]
    last = 2 if most > 3 else 1
    first = most - 1 - last
    return [
        *(range(step, step + 1) for step in range(first)),
        range(first, count - last),
        *(range(step, step + 1) for step in range(count - last, count)),
    ]


def runs(steps: Sequence[int]) -> list[tuple[int, int]]:
    """Steps in rising order as stretches without a gap: the first and the last of each.

    >>> runs((1, 2, 3, 7))
    [(1, 3), (7, 7)]
    """
    found: list[tuple[int, int]] = []
    for step in steps:
        if found and step == found[-1][1] + 1:
            found[-1] = (found[-1][0], step)
        else:
            found.append((step, step))
    return found


def span(steps: Sequence[int]) -> str:
    """A short label for some steps: the first and the last.

    >>> span((4,)), span((1, 2, 3))
    ('4', '1–3')
    """
    return str(steps[0]) if len(steps) == 1 else f"{min(steps)}–{max(steps)}"


@dataclass(frozen=True)
class Group:
    """Neighbouring answers, or steps read: their numbers from 1, and where they stand among all."""

    steps: tuple[int, ...]
    places: slice

    @property
    def label(self) -> str:
        """What stands at its row or column."""
        return span(self.steps)


def group(steps: NDArray[np.intp], most: int) -> list[Group]:
    """Steps in groups of neighbours, as even as can be, so that there are at most so many.

    >>> [each.label for each in group(np.arange(1, 6), 2)]
    ['1–3', '4–5']
    """
    parts = np.array_split(np.arange(len(steps)), min(len(steps), most))
    return [Group(tuple(steps[part].tolist()), slice(part[0], part[-1] + 1)) for part in parts]
