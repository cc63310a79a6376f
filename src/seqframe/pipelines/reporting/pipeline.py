"""Summaries, layers and histories of some framings, and the baseline's scores -> tables, a figure and a report."""

from collections.abc import Sequence

from kedro.pipeline import Pipeline, node

from seqframe.framings import Framing
from seqframe.pipelines import bind
from seqframe.pipelines.data_processing.nodes import score_baselines
from seqframe.pipelines.reporting.nodes import (
    compare,
    list_parameters,
    list_skipped,
    plot_comparison,
    write_comparison_report,
)
from seqframe.pipelines.training.nodes import make_index_map


def create_comparison_pipeline(framings: Sequence[Framing]) -> Pipeline:
    """The last nodes of every run that trains framings, one or several."""
    results = [f"{framing.name}.results" for framing in framings]
    return Pipeline(
        [
            node(score_baselines, "dataset", "baseline_scores", name="score_baselines", tags="evaluation"),
            node(
                compare,
                ["baseline_scores", *results],
                "comparison_data",
                name="compare",
                tags="evaluation",
            ),
            node(
                write_comparison_report,
                [
                    "comparison_data",
                    *("data_settings", "task", "params:model", "params:training"),
                    *results,
                ],
                ["comparison", "conclusion_text", "report"],
                name="write_report",
                tags="reporting",
            ),
            node(list_parameters, results, "parameter_counts", name="list_parameters", tags="reporting"),
            node(plot_comparison, results, "loss_curves", name="plot_comparison", tags="reporting"),
        ]
    )


def create_skipped_pipeline() -> Pipeline:
    """List the framings that a comparison skips."""
    settings = ["data_settings", "params:task", "params:model", "params:training"]
    return Pipeline([node(list_skipped, settings, "skipped", name="list_skipped", tags="reporting")])


def create_inspect_pipeline(framings: Sequence[Framing]) -> Pipeline:
    """The index map of every framing."""
    return Pipeline([*map(_inspect_framing, framings)])


def _inspect_framing(framing: Framing) -> Pipeline:
    index_map = node(bind(make_index_map, framing), "dataset", "index_map", name="make_index_map", tags="framing")
    return Pipeline([index_map], inputs={"dataset"}, namespace=framing.name, tags=framing.name)
