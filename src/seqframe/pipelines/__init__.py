"""Kedro pipelines: `nodes.py` holds plain functions, `pipeline.py` the table of nodes with inputs, outputs and tags."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from seqframe.framings import Framing


def bind(function: Callable[..., Any], framing: Framing | Sequence[Framing]) -> Callable[..., Any]:
    """The node function of one framing or of several, with the name, type hints and code that Kedro-Viz shows."""
    name = "framing" if isinstance(framing, Framing) else "framings"

    @wraps(function)
    def bound(*data: Any) -> Any:
        return function(*data, **{name: framing})

    return bound


def in_groups(values: Sequence[Any], count: int) -> tuple[Sequence[Any], ...]:
    """Split the flat inputs of a node into `count` groups of equal size, one group per dataset.

    Kedro passes all inputs of a node one after the other: the first dataset of all framings, then the second.

    >>> in_groups(["card 1", "card 2", "loss 1", "loss 2"], 2)
    (['card 1', 'card 2'], ['loss 1', 'loss 2'])
    """
    size = len(values) // count
    return tuple(values[size * group : size * (group + 1)] for group in range(count))
