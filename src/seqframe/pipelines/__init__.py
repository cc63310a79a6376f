"""Kedro's pipelines: `nodes.py` holds functions that know nothing of Kedro, `pipeline.py` the table of nodes."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from seqframe.framings import Framing


def bind(function: Callable[..., Any], framing: Framing) -> Callable[..., Any]:
    """Give a node function its framing, and leave it its name, its type hints, and its code, which Kedro-Viz shows."""

    @wraps(function)
    def bound(*data: Any) -> Any:
        return function(*data, framing=framing)

    return bound


def in_groups(values: Sequence[Any], count: int) -> tuple[Sequence[Any], ...]:
    """What nodes were given one after the other, all framings' first values, then their second, and so on.

    >>> in_groups(["sheet 1", "sheet 2", "loss 1", "loss 2"], 2)
    (['sheet 1', 'sheet 2'], ['loss 1', 'loss 2'])
    """
    size = len(values) // count
    return tuple(values[size * place : size * (place + 1)] for place in range(count))
