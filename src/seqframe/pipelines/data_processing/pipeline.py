"""A table or a generator -> data, data_settings -> split, task -> dataset."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline, node

from seqframe.framings import Framing
from seqframe.pipelines.data_processing.nodes import load_data, load_table, make_dataset, resolve_task, split_data


def load_node(has_table: bool) -> Node:
    """Load the data, from the user's table if there is one."""
    if not has_table:
        return node(load_data, "params:data", ["data", "data_settings"], name="load_data", tags="data")
    outputs = ["data", "data_settings", "table_notes"]
    return node(load_table, ["params:data", "raw_table"], outputs, name="load_data", tags="data")


def create_data_pipeline(framings: Sequence[Framing], has_table: bool) -> Pipeline:
    """The nodes that every other pipeline starts with.

    They are tagged with the framings that need them, so that `--tags=dense` selects all nodes that dense needs.
    """
    nodes = [
        load_node(has_table),
        node(split_data, ["data", "data_settings"], "split", name="split_data"),
        node(resolve_task, ["data", "data_settings", "params:task", "params:backtest"], "task", name="resolve_task"),
        node(make_dataset, ["data", "split", "data_settings", "task"], "dataset", name="make_dataset"),
    ]
    return Pipeline(nodes, tags=["data", *(framing.name for framing in framings)])
