"""posed -> X, y -> network -> scores, in a namespace of the framing's name."""

from kedro.pipeline import Node, Pipeline, node

from seqframe.framings import Framing
from seqframe.pipelines import bind
from seqframe.pipelines.framing.nodes import (
    build,
    check_flow,
    describe,
    evaluate,
    export,
    frame,
    report,
    summarise,
    train,
)

POSED = {"posed"}  # what all framings share
SETTINGS = {"params:model", "params:training"}


def build_nodes(framing: Framing) -> list[Node]:
    """The nodes that pose the problem and build the network, which passes if it sees nothing that it should not."""
    return [
        node(bind(frame, framing), "posed", ["X", "y"], name="frame"),
        node(
            bind(build, framing),
            ["X", "y", "posed", "params:model", "params:training"],
            ["built", "layers"],
            name="build",
        ),
        node(
            bind(check_flow, framing),
            ["built", "posed"],
            ["untrained", "judgement", "flow"],
            name="check_flow",
        ),
        node(
            bind(describe, framing),
            ["untrained", "layers", "judgement", "posed"],
            ["sheet", "frame_table"],
            name="describe",
        ),
    ]


def create_pipeline(framing: Framing) -> Pipeline:
    """All nodes of one framing."""
    return Pipeline(
        [
            *build_nodes(framing),
            node(
                train,
                ["untrained", "X", "y", "params:training", "checkpoint"],
                ["trained", "history"],
                name="train",
            ),
            node(bind(evaluate, framing), ["trained", "posed"], ["predictions", "scores"], name="evaluate"),
            node(export, ["trained", "X"], "model", name="export"),
            node(
                bind(report, framing),
                ["layers", "history", "predictions", "flow"],
                ["layer_table", "prediction_table", "loss_curve", "prediction_plot", "flow_plot"],
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
        parameters=SETTINGS,
        namespace=framing.name,
    )
