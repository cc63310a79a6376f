"""Kedro pipelines: `nodes.py` holds plain functions, `pipeline.py` the table of nodes with inputs, outputs and tags."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from kedro.pipeline import Node, node

from seqframe.framings import Framing

FILES = ("index_map", "layer_table", "loss_curve", "prediction_plot", "dependency_plot")  # that every framing writes


def bind(function: Callable[..., Any], framing: Framing | Sequence[Framing]) -> Callable[..., Any]:
    """The node function of one framing or of several, with the name, type hints and code that Kedro-Viz shows."""
    name = "framing" if isinstance(framing, Framing) else "framings"

    @wraps(function)
    def bound(*data: Any) -> Any:
        return function(*data, **{name: framing})

    return bound


def collect_node(names: Sequence[str], shown: Sequence[str] = ()) -> Node:
    """The last node of a framing: its dataset `results` has the datasets `names`, for the nodes of all framings.

    The node reads the datasets `shown` as well, and does nothing with them: Kedro-Viz shows a dataset inside the block
    of a framing only if a node of the block reads it.
    """

    def collect_results(*datasets: Any) -> dict[str, Any]:
        return dict(zip(names, datasets, strict=False))

    return node(collect_results, [*names, *shown], "results", name="collect_results", tags="evaluation")


def pick(results: Sequence[Mapping[str, Any]], *names: str) -> tuple[list[Any], ...]:
    """From the results of several framings, one list for each name.

    >>> pick([{"card": 1, "runs": 2}, {"card": 3, "runs": 4}], "card", "runs")
    ([1, 3], [2, 4])
    """
    return tuple([each[name] for each in results] for name in names)
