"""rows -> design -> folds -> attempts of every framing -> leaderboard."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline, node

from seqframe.framings import Framing
from seqframe.pipelines import bind
from seqframe.pipelines.backtest.nodes import (
    check_causality,
    design_backtest,
    forecast_baselines,
    init_network,
    make_folds,
    make_network_card,
    refit,
    report,
    run_backtest,
    score_models,
    summarize,
    tabulate,
    write_report,
)
from seqframe.pipelines.data_processing.nodes import load_data

FOLDS = {"folds"}  # what all framings share
SETTINGS = {"params:model", "params:training"}


def create_backtest_pipeline(framings: Sequence[Framing]) -> Pipeline:
    """All nodes of the backtest of some framings."""
    sheets, attempts, forecasts = (
        [f"{framing.name}.{dataset}" for framing in framings]
        for dataset in ("network_card", "backtest_runs", "forecasts")
    )
    settings = ["params:data", "params:task", "params:model", "params:training"]
    shown = ["leaderboard", "pairwise_tests", "errors_by_horizon", "conclusion_text", "error_by_horizon_plot", "report"]
    together = [
        node(load_data, "params:data", "data", name="load_data"),
        node(
            design_backtest,
            ["data", "params:data", "params:task", "params:backtest"],
            "backtest_config",
            name="design_backtest",
        ),
        node(make_folds, ["data", "backtest_config", "params:data"], "folds", name="make_folds"),
        node(forecast_baselines, "folds", "baselines", name="forecast_baselines"),
        node(
            refit,
            [
                "data",
                "backtest_config",
                "conclusion",
                "params:data",
                "params:model",
                "params:training",
                "params:backtest",
            ],
            "forecaster",
            name="refit",
        ),
        node(score_models, ["folds", "baselines", *attempts], ["backtest_result", "conclusion"], name="score_models"),
        node(
            write_report,
            ["backtest_result", "conclusion", "folds", "baselines", *settings, *sheets, *attempts, *forecasts],
            shown,
            name="write_report",
        ),
    ]
    return Pipeline([*together, *map(_try_one, framings)])


def _try_one(framing: Framing) -> Pipeline:
    return Pipeline(_nodes(framing), inputs=FOLDS, parameters=SETTINGS, namespace=framing.name)


def _nodes(framing: Framing) -> list[Node]:
    shown = ["layer_table", "prediction_table", "loss_curve", "prediction_plot", "dependency_plot"]
    return [
        node(
            bind(init_network, framing),
            ["folds", "params:model", "params:training"],
            ["initial_network", "layers", "shapes"],
            name="init_network",
        ),
        node(
            bind(check_causality, framing),
            ["initial_network", "folds"],
            ["checked_network", "causality", "dependency"],
            name="check_causality",
        ),
        node(
            bind(run_backtest, framing),
            ["checked_network", "folds", "params:training"],
            "backtest_runs",
            name="run_backtest",
        ),
        node(
            bind(make_network_card, framing),
            ["checked_network", "layers", "causality", "folds"],
            ["network_card", "index_map"],
            name="make_network_card",
        ),
        node(tabulate, ["backtest_runs", "folds"], "forecasts", name="tabulate_forecasts"),
        node(
            bind(report, framing), ["layers", "backtest_runs", "forecasts", "dependency", "folds"], shown, name="report"
        ),
        node(summarize, ["backtest_runs", "folds"], "scores", name="summarize"),
    ]
