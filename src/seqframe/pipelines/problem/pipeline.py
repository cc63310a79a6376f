"""problem and task -> rows, split -> the problem as posed."""

from kedro.pipeline import Pipeline, node

from seqframe.pipelines.problem.nodes import make_rows, pose, settle_task, split_rows


def create_pipeline() -> Pipeline:
    """The nodes that every other pipeline begins with."""
    return Pipeline(
        [
            node(make_rows, "params:problem", "rows", name="make_rows"),
            node(split_rows, ["rows", "params:problem"], "split", name="split_rows"),
            node(
                settle_task,
                ["rows", "params:problem", "params:task", "params:backtest"],
                "task",
                name="settle_task",
            ),
            node(pose, ["rows", "split", "params:problem", "task"], "posed", name="pose"),
        ]
    )
