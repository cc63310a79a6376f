"""A table -> data -> folds -> backtest runs of every framing -> leaderboard -> refitted forecaster."""

from collections.abc import Sequence
from functools import cache

from kedro.pipeline import Node, Pipeline, node

from seqframe.framings import Framing
from seqframe.pipelines import FILES, bind, collect_node
from seqframe.pipelines.backtest.nodes import (
    check_backtest_causality,
    collect_report_parts,
    collect_residuals,
    design_backtest,
    forecast_baselines,
    forecast_future,
    init_backtest_network,
    make_backtest_network_card,
    make_folds,
    refit,
    report_backtest,
    report_future,
    run_backtest,
    score_models,
    summarize_backtest,
    tabulate_forecasts,
    write_backtest_report,
)
from seqframe.pipelines.data_processing.pipeline import load_node

SHARED = {"folds", "checkpoints", "executor"}  # datasets that all framings share
SETTINGS = {"params:model", "params:training"}


def create_backtest_pipeline(framings: Sequence[Framing]) -> Pipeline:
    """All nodes of a backtest of some framings."""
    names = [framing.name for framing in framings]
    data_nodes = Pipeline(_data_nodes(framings), tags=names)
    return Pipeline([data_nodes, *map(_backtest_framing, framings), *_shared_nodes(names)])


def design_node() -> Node:
    """The node that designs the backtest."""
    return node(
        design_backtest,
        ["data", "data_settings", "params:task", "params:backtest"],
        "backtest_config",
        name="design_backtest",
        tags="data",
    )


def _data_nodes(framings: Sequence[Framing]) -> list[Node]:
    return [
        load_node(has_table=True),
        design_node(),
        node(
            bind(make_folds, framings),
            ["data", "backtest_config", "data_settings", "params:model", "params:training", "params:backtest"],
            "folds",
            name="make_folds",
            tags="data",
        ),
    ]


def _shared_nodes(names: Sequence[str]) -> list[Node]:
    results, parts = ([f"{name}.{each}" for name in names] for each in ("results", "report_parts"))
    settings = ["data_settings", "params:task", "params:model", "params:training"]
    return [
        node(
            forecast_baselines,
            ["folds", "params:backtest"],
            "baselines",
            name="forecast_baselines",
            tags="evaluation",
        ),
        node(
            score_models,
            ["folds", "baselines", *results],
            ["backtest_result", "conclusion"],
            name="score_models",
            tags="evaluation",
        ),
        node(
            collect_residuals,
            ["conclusion", "params:backtest", "folds", "baselines", *results],
            "past_residuals",
            name="collect_residuals",
            tags="evaluation",
        ),
        node(
            refit,
            [
                *("data", "backtest_config", "conclusion"),
                *("data_settings", "params:model", "params:training", "params:backtest", "checkpoints", "executor"),
                "past_residuals",
            ],
            ["refitted", "forecaster"],
            name="refit",
            tags="training",
        ),
        node(
            forecast_future,
            ["refitted", "raw_table", "params:data"],
            "future_forecast",
            name="forecast_future",
            tags="inference",
        ),
        node(report_future, "future_forecast", ["future", "future_plot"], name="report_future", tags="reporting"),
        node(
            write_backtest_report,
            [
                "backtest_result",
                "conclusion",
                "folds",
                "future_forecast",
                "table_notes",
                *settings,
                *parts,
            ],
            [
                *("leaderboard", "pairwise_tests", "errors_by_horizon"),
                *("conclusion_text", "error_by_horizon_plot", "report"),
            ],
            name="write_report",
            tags="reporting",
        ),
    ]


@cache
def _backtest_framing(framing: Framing) -> Pipeline:
    """All nodes of one framing; they are created once for the pipelines that contain them."""
    nodes = [
        node(
            bind(init_backtest_network, framing),
            ["folds", "params:model", "params:training"],
            ["initial_network", "layers", "shapes"],
            name="init_network",
            tags="framing",
        ),
        node(
            bind(check_backtest_causality, framing),
            ["initial_network", "folds"],
            ["checked_network", "causality", "dependency"],
            name="check_causality",
            tags="framing",
        ),
        node(
            bind(run_backtest, framing),
            ["checked_network", "folds", "params:training", "checkpoints", "executor"],
            "backtest_runs",
            name="run_backtest",
            tags="training",
        ),
        node(
            bind(make_backtest_network_card, framing),
            ["checked_network", "layers", "causality", "folds"],
            ["network_card", "index_map"],
            name="make_network_card",
            tags="framing",
        ),
        node(
            tabulate_forecasts,
            ["backtest_runs", "folds"],
            ["prediction_table", "drawn_forecasts"],
            name="tabulate_forecasts",
            tags="evaluation",
        ),
        node(
            bind(report_backtest, framing),
            ["layers", "backtest_runs", "drawn_forecasts", "dependency", "folds"],
            ["layer_table", "loss_curve", "prediction_plot", "dependency_plot"],
            name="report_backtest",
            tags="reporting",
        ),
        node(summarize_backtest, ["backtest_runs", "folds"], "scores", name="summarize_backtest", tags="evaluation"),
        node(
            collect_report_parts,
            ["network_card", "backtest_runs", "drawn_forecasts"],
            "report_parts",
            name="collect_report_parts",
            tags="reporting",
        ),
        collect_node(["backtest_runs", "scores"], ["shapes", "prediction_table", *FILES]),
    ]
    return Pipeline(nodes, inputs=SHARED, parameters=SETTINGS, namespace=framing.name, tags=framing.name)
