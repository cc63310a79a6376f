"""Kedro's pipelines: `nodes.py` holds functions that know nothing of Kedro, `pipeline.py` the table of nodes."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from seqframe.framings import Framing


def bind(function: Callable[..., Any], framing: Framing) -> Callable[..., Any]:
    """Give a node function its framing, and leave it its name, its type hints, and its code, which Kedro-Viz shows."""

    @wraps(function)
    def bound(*data: Any) -> Any:
        return function(*data, framing=framing)

    return bound
