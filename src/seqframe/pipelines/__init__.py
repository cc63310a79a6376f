"""Kedro's pipelines: `nodes.py` holds functions that know nothing of Kedro, `pipeline.py` the table of nodes."""

from collections.abc import Callable
from functools import partial, update_wrapper
from typing import Any

from seqframe.framings import Framing


def bind(function: Callable[..., Any], framing: Framing) -> Callable[..., Any]:
    """Give a node function its framing, and leave it its name, its type hints and its place in another process."""
    return update_wrapper(partial(function, framing=framing), function)
