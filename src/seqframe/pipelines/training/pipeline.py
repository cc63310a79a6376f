"""dataset -> X, y -> network -> scores, in a namespace with the framing's name."""

from collections.abc import Sequence
from functools import cache

from kedro.pipeline import Node, Pipeline, node

from seqframe.framings import Framing
from seqframe.pipelines import FILES, bind, collect_node
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
    summarize_model,
    train_model,
    write_seed_report,
)

SHARED = {"dataset", "checkpoints", "executor"}  # datasets that all framings share
SETTINGS = {"params:model", "params:training"}


@cache
def create_framing_pipeline(framing: Framing) -> Pipeline:
    """All nodes of one framing; they are created once for the pipelines that contain them."""
    nodes = [
        *_network_nodes(framing),
        node(
            bind(train_model, framing),
            ["checked_network", "dataset", "params:training", "checkpoints", "executor"],
            ["trained_network", "history"],
            name="train_model",
            tags="training",
        ),
        node(
            bind(evaluate_model, framing),
            ["trained_network", "dataset"],
            ["prediction_table", "scores"],
            name="evaluate_model",
            tags="evaluation",
        ),
        node(export_model, ["trained_network", "X"], "model", name="export_model", tags="reporting"),
        node(
            bind(report_model, framing),
            ["layers", "history", "prediction_table", "dependency"],
            ["layer_table", "loss_curve", "prediction_plot", "dependency_plot"],
            name="report_model",
            tags="reporting",
        ),
        node(
            bind(summarize_model, framing),
            ["X", "y", "layers", "history", "prediction_table", "scores"],
            "summary",
            name="summarize_model",
            tags="evaluation",
        ),
        collect_node(["summary", "network_card", "history", "prediction_table", "layers"], FILES),
    ]
    return _in_namespace(framing, nodes)


def create_seed_study_pipeline(framings: Sequence[Framing]) -> Pipeline:
    """Train every framing with many seeds, and count how many of them fit all training values."""
    results = [f"{framing.name}.results" for framing in framings]
    settings = ["data_settings", "task", "params:model", "params:training"]
    shared = [
        node(
            write_seed_report,
            [*settings, *results],
            ["seed_study", "conclusion_text", "report"],
            name="write_report",
            tags="reporting",
        ),
        node(collect_seeds, results, "seed_table", name="collect_seeds", tags="evaluation"),
        node(plot_seeds, results, "seed_plot", name="plot_seeds", tags="reporting"),
    ]
    return Pipeline([*map(_study_framing, framings), *shared])


def _study_framing(framing: Framing) -> Pipeline:
    study = node(
        bind(study_seeds, framing),
        ["checked_network", "dataset", "params:training", "checkpoints", "executor"],
        ["seeds", "histories"],
        name="study_seeds",
        tags="training",
    )
    collect = collect_node(["network_card", "seeds", "histories"], ["index_map", "dependency"])
    return _in_namespace(framing, [*_network_nodes(framing), study, collect])


def _network_nodes(framing: Framing) -> list[Node]:
    """Frame the data, build the network, and check that it does not depend on future inputs."""
    return [
        node(bind(frame, framing), "dataset", ["X", "y"], name="frame", tags="framing"),
        node(
            bind(init_network, framing),
            ["X", "y", "dataset", "params:model", "params:training"],
            ["initial_network", "layers"],
            name="init_network",
            tags="framing",
        ),
        node(
            bind(check_causality, framing),
            ["initial_network", "dataset"],
            ["checked_network", "causality", "dependency"],
            name="check_causality",
            tags="framing",
        ),
        node(
            bind(make_network_card, framing),
            ["checked_network", "layers", "causality", "dataset"],
            ["network_card", "index_map"],
            name="make_network_card",
            tags="framing",
        ),
    ]


def _in_namespace(framing: Framing, nodes: list[Node]) -> Pipeline:
    return Pipeline(nodes, inputs=SHARED, parameters=SETTINGS, namespace=framing.name, tags=framing.name)
