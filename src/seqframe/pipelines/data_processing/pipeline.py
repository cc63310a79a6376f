"""problem and task -> rows, split -> the problem as posed."""

from kedro.pipeline import Pipeline, node

from seqframe.pipelines.data_processing.nodes import load_data, make_dataset, resolve_task, split_data


def create_data_pipeline() -> Pipeline:
    """The nodes that every other pipeline begins with."""
    return Pipeline(
        [
            node(load_data, "params:data", "data", name="load_data"),
            node(split_data, ["data", "params:data"], "split", name="split_data"),
            node(
                resolve_task,
                ["data", "params:data", "params:task", "params:backtest"],
                "task",
                name="resolve_task",
            ),
            node(make_dataset, ["data", "split", "params:data", "task"], "dataset", name="make_dataset"),
        ]
    )
