"""rows -> X, y -> network -> scores, in a namespace of the framing's name."""

from kedro.pipeline import Node, Pipeline, node

from seqframe.framings import Framing
from seqframe.pipelines import bind
from seqframe.pipelines.framing.nodes import build, evaluate, export, frame, report, summarise, train

POSED = {"rows", "scaler", "windows"}  # what all framings share


def frame_node(framing: Framing) -> Node:
    """The node that poses the problem to one framing."""
    return node(bind(frame, framing), ["rows", "scaler", "windows", "params:problem"], ["X", "y"], name="frame")


def create_pipeline(framing: Framing) -> Pipeline:
    """All nodes of one framing."""
    return Pipeline(
        [
            frame_node(framing),
            node(
                bind(build, framing),
                ["X", "y", "params:model", "params:training"],
                ["untrained", "layers"],
                name="build",
            ),
            node(
                train,
                ["untrained", "X", "y", "params:training", "checkpoint"],
                ["trained", "history"],
                name="train",
            ),
            node(
                bind(evaluate, framing),
                ["trained", "X", "rows", "scaler", "windows", "params:problem"],
                ["predictions", "scores"],
                name="evaluate",
            ),
            node(export, ["trained", "X"], "model", name="export"),
            node(
                bind(report, framing),
                ["layers", "history", "predictions"],
                ["layer_table", "prediction_table", "loss_curve", "prediction_plot"],
                name="report",
            ),
            node(
                bind(summarise, framing),
                ["X", "y", "layers", "history", "predictions", "scores"],
                "summary",
                name="summarise",
            ),
        ],
        inputs=POSED,
        parameters={"params:problem", "params:model", "params:training"},
        namespace=framing.name,
    )
