"""posed -> X, y -> network -> scores, in a namespace of the framing's name."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline, node

from seqframe.framings import Framing
from seqframe.pipelines import bind
from seqframe.pipelines.training.nodes import (
    check_causality,
    collect_seeds,
    evaluate_model,
    export_model,
    frame,
    init_network,
    make_network_card,
    plot_seeds,
    report_model,
    study_seeds,
    summarize,
    train_model,
    write_report,
)

SHARED = {"dataset"}  # what all framings share
SETTINGS = {"params:model", "params:training"}


def build_nodes(framing: Framing) -> list[Node]:
    """The nodes that pose the problem and build the network, which passes if it sees nothing that it should not."""
    return [
        node(bind(frame, framing), "dataset", ["X", "y"], name="frame"),
        node(
            bind(init_network, framing),
            ["X", "y", "dataset", "params:model", "params:training"],
            ["initial_network", "layers"],
            name="init_network",
        ),
        node(
            bind(check_causality, framing),
            ["initial_network", "dataset"],
            ["checked_network", "causality", "dependency"],
            name="check_causality",
        ),
        node(
            bind(make_network_card, framing),
            ["checked_network", "layers", "causality", "dataset"],
            ["network_card", "index_map"],
            name="make_network_card",
        ),
    ]


def create_framing_pipeline(framing: Framing) -> Pipeline:
    """All nodes of one framing."""
    return Pipeline(
        [
            *build_nodes(framing),
            node(
                train_model,
                ["checked_network", "X", "y", "params:training", "checkpoint"],
                ["trained_network", "history"],
                name="train",
            ),
            node(
                bind(evaluate_model, framing),
                ["trained_network", "dataset"],
                ["predictions", "scores"],
                name="evaluate",
            ),
            node(export_model, ["trained_network", "X"], "model", name="export"),
            node(
                bind(report_model, framing),
                ["layers", "history", "predictions", "dependency"],
                ["layer_table", "prediction_table", "loss_curve", "prediction_plot", "dependency_plot"],
                name="report",
            ),
            node(
                bind(summarize, framing),
                ["X", "y", "layers", "history", "predictions", "scores"],
                "summary",
                name="summarize",
            ),
        ],
        inputs=SHARED,
        parameters=SETTINGS,
        namespace=framing.name,
    )


# X, y and the network of every framing -> many trained ones -> how many of them learnt.


def create_seed_study_pipeline(framings: Sequence[Framing]) -> Pipeline:
    """The study of some framings."""
    seeds, sheets, histories = (
        [f"{framing.name}.{dataset}" for framing in framings] for dataset in ("seeds", "network_card", "histories")
    )
    settings = ["params:data", "task", "params:model", "params:training"]
    together = [
        node(
            write_report,
            [*settings, *sheets, *seeds, *histories],
            ["seed_study", "conclusion_text", "report"],
            name="write_report",
        ),
        node(collect_seeds, seeds, "seed_table", name="collect_seeds"),
        node(plot_seeds, seeds, "seed_plot", name="plot_seeds"),
    ]
    return Pipeline([*map(_study_one, framings), *together])


def _study_one(framing: Framing) -> Pipeline:
    study = node(
        bind(study_seeds, framing),
        ["checked_network", "X", "y", "dataset", "params:training"],
        ["seeds", "histories"],
        name="study_seeds",
    )
    return Pipeline([*build_nodes(framing), study], inputs=SHARED, parameters=SETTINGS, namespace=framing.name)
