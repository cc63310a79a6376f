"""Sequences with labels -> dataset -> folds -> networks of every framing -> leaderboard -> refitted classifier."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline, node

from seqframe.framings import Framing
from seqframe.pipelines import FILES, bind, collect_node
from seqframe.pipelines.labels.nodes import (
    check_label_causality,
    generate_sequences,
    init_label_network,
    list_index_map,
    load_sequences,
    make_label_dataset,
    make_label_folds,
    make_label_network_card,
    predict_baselines,
    refit_labels,
    report_networks,
    score_labels,
    summarize_networks,
    tabulate_labels,
    train_networks,
    write_report,
)

SHARED = {"label_folds", "checkpoints", "executor"}  # datasets that all framings share
SETTINGS = {"params:model", "params:training"}


def create_label_pipeline(framings: Sequence[Framing], has_table: bool) -> Pipeline:
    """All nodes of a comparison of some framings, or of one."""
    names = [framing.name for framing in framings]
    data_nodes = Pipeline(_data_nodes(framings, has_table), tags=names)
    return Pipeline([data_nodes, *map(_train_framing, framings), *_shared_nodes(names, has_table)])


def create_label_inspect_pipeline(framings: Sequence[Framing], has_table: bool) -> Pipeline:
    """The index map of every framing."""
    names = [framing.name for framing in framings]
    return Pipeline([Pipeline(_data_nodes(framings, has_table), tags=names), *map(_inspect_framing, framings)])


def _data_nodes(framings: Sequence[Framing], has_table: bool) -> list[Node]:
    load, source = (load_sequences, ["raw_table"]) if has_table else (generate_sequences, [])
    return [
        node(
            load,
            ["params:data", "params:task", *source],
            ["sequences", "data_settings", "table_notes"],
            name="load_data",
            tags="data",
        ),
        node(
            make_label_dataset,
            ["sequences", "data_settings", "params:task", "params:backtest"],
            "label_dataset",
            name="make_dataset",
            tags="data",
        ),
        node(
            bind(make_label_folds, framings),
            ["label_dataset", "params:model", "params:training"],
            "label_folds",
            name="make_folds",
            tags="data",
        ),
    ]


def _shared_nodes(names: Sequence[str], has_table: bool) -> list[Node]:
    results = [f"{name}.results" for name in names]
    return [
        node(
            predict_baselines,
            ["label_folds", "params:training"],
            "label_baselines",
            name="predict_baselines",
            tags="evaluation",
        ),
        node(
            score_labels,
            ["label_folds", "label_baselines", *results],
            ["label_result", "conclusion"],
            name="score_models",
            tags="evaluation",
        ),
        node(
            refit_labels,
            [
                *("label_folds", "conclusion"),
                *("params:model", "params:training", "params:backtest", "checkpoints", "executor"),
                *(["raw_table"] if has_table else []),
            ],
            "classifier",
            name="refit",
            tags="training",
        ),
        node(
            write_report,
            [
                *("label_result", "conclusion", "label_folds", "label_baselines", "table_notes"),
                *("data_settings", "params:task", "params:model", "params:training"),
                *results,
            ],
            [
                *("leaderboard", "pairwise_tests", "scores_by_class"),
                *("conclusion_text", "confusion_plot", "report"),
            ],
            name="write_report",
            tags="reporting",
        ),
    ]


def _train_framing(framing: Framing) -> Pipeline:
    nodes = [
        node(
            bind(init_label_network, framing),
            ["label_folds", "params:model", "params:training"],
            ["initial_network", "layers", "shapes"],
            name="init_network",
            tags="framing",
        ),
        node(
            bind(check_label_causality, framing),
            ["initial_network", "label_folds"],
            ["checked_network", "causality", "dependency"],
            name="check_causality",
            tags="framing",
        ),
        node(
            bind(train_networks, framing),
            ["checked_network", "label_folds", "params:training", "checkpoints", "executor"],
            "label_runs",
            name="train_networks",
            tags="training",
        ),
        node(
            bind(make_label_network_card, framing),
            ["checked_network", "layers", "causality", "label_folds"],
            ["network_card", "index_map"],
            name="make_network_card",
            tags="framing",
        ),
        node(
            tabulate_labels,
            ["label_runs", "label_folds"],
            "prediction_table",
            name="tabulate_labels",
            tags="evaluation",
        ),
        node(
            bind(report_networks, framing),
            ["layers", "label_runs", "dependency", "label_folds"],
            ["layer_table", "loss_curve", "prediction_plot", "dependency_plot"],
            name="report_networks",
            tags="reporting",
        ),
        node(
            summarize_networks,
            ["label_runs", "label_folds"],
            "label_scores",
            name="summarize_networks",
            tags="evaluation",
        ),
        collect_node(["network_card", "label_runs"], ["label_scores", "shapes", "prediction_table", *FILES]),
    ]
    return Pipeline(nodes, inputs=SHARED, parameters=SETTINGS, namespace=framing.name, tags=framing.name)


def _inspect_framing(framing: Framing) -> Pipeline:
    index_map = node(bind(list_index_map, framing), "label_folds", "index_map", name="make_index_map", tags="framing")
    return Pipeline([index_map], inputs={"label_folds"}, namespace=framing.name, tags=framing.name)
