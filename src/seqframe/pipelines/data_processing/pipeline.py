"""data, task -> split -> dataset."""

from collections.abc import Sequence

from kedro.pipeline import Pipeline, node

from seqframe.framings import Framing
from seqframe.pipelines.data_processing.nodes import load_data, make_dataset, resolve_task, split_data


def create_data_pipeline(framings: Sequence[Framing]) -> Pipeline:
    """The nodes that every other pipeline starts with.

    They are tagged with the framings that need them, so that `--tags=dense` selects all nodes that dense needs.
    """
    nodes = [
        node(load_data, "params:data", "data", name="load_data"),
        node(split_data, ["data", "params:data"], "split", name="split_data"),
        node(resolve_task, ["data", "params:data", "params:task", "params:backtest"], "task", name="resolve_task"),
        node(make_dataset, ["data", "split", "params:data", "task"], "dataset", name="make_dataset"),
    ]
    return Pipeline(nodes, tags=["data", *(framing.name for framing in framings)])
