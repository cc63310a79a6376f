"""rows -> design -> folds -> attempts of every framing -> leaderboard."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline, node

from seqframe.framings import Framing
from seqframe.pipelines import bind
from seqframe.pipelines.backtest.nodes import (
    build,
    check_flow,
    describe,
    design,
    forecast_baselines,
    keep,
    pose_folds,
    report,
    score,
    summarise,
    tabulate,
    try_framing,
    write_report,
)
from seqframe.pipelines.problem.nodes import make_rows

FOLDS = {"folds"}  # what all framings share
SETTINGS = {"params:model", "params:training"}


def create_pipeline(framings: Sequence[Framing]) -> Pipeline:
    """All nodes of the backtest of some framings."""
    sheets, attempts, forecasts = (
        [f"{framing.name}.{dataset}" for framing in framings] for dataset in ("sheet", "attempts", "forecasts")
    )
    settings = ["params:problem", "params:task", "params:model", "params:training"]
    shown = ["leaderboard", "pairs", "errors_by_lead", "verdict_text", "error_plot", "report"]
    together = [
        node(make_rows, "params:problem", "rows", name="make_rows"),
        node(design, ["rows", "params:problem", "params:task", "params:backtest"], "design", name="design"),
        node(pose_folds, ["rows", "design", "params:problem"], "folds", name="pose_folds"),
        node(forecast_baselines, "folds", "baselines", name="forecast_baselines"),
        node(
            keep,
            [
                "rows",
                "design",
                "verdict",
                "params:problem",
                "params:model",
                "params:training",
                "params:backtest",
            ],
            "kept",
            name="keep",
        ),
        node(score, ["folds", "baselines", *attempts], ["scored", "verdict"], name="score"),
        node(
            write_report,
            ["scored", "verdict", "folds", "baselines", *settings, *sheets, *attempts, *forecasts],
            shown,
            name="write_report",
        ),
    ]
    return Pipeline([*together, *map(_try_one, framings)])


def _try_one(framing: Framing) -> Pipeline:
    return Pipeline(_nodes(framing), inputs=FOLDS, parameters=SETTINGS, namespace=framing.name)


def _nodes(framing: Framing) -> list[Node]:
    shown = ["layer_table", "prediction_table", "loss_curve", "prediction_plot", "flow_plot"]
    return [
        node(
            bind(build, framing),
            ["folds", "params:model", "params:training"],
            ["built", "layers", "shapes"],
            name="build",
        ),
        node(bind(check_flow, framing), ["built", "folds"], ["untrained", "judgement", "flow"], name="check_flow"),
        node(
            bind(try_framing, framing),
            ["untrained", "folds", "params:training"],
            "attempts",
            name="try_framing",
        ),
        node(
            bind(describe, framing),
            ["untrained", "layers", "judgement", "folds"],
            ["sheet", "frame_table"],
            name="describe",
        ),
        node(tabulate, ["attempts", "folds"], "forecasts", name="tabulate"),
        node(bind(report, framing), ["layers", "attempts", "forecasts", "flow", "folds"], shown, name="report"),
        node(summarise, ["attempts", "folds"], "scores", name="summarise"),
    ]
