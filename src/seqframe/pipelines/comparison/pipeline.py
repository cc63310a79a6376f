"""summaries, layers and histories of some framings, and the naive scores -> tables and a figure."""

from collections.abc import Sequence

from kedro.pipeline import Pipeline, node

from seqframe.framings import Framing
from seqframe.pipelines.comparison.nodes import compare, draw_comparison, list_left_out, list_parameters, write_report
from seqframe.pipelines.problem.nodes import score_naive


def create_pipeline(framings: Sequence[Framing]) -> Pipeline:
    """The nodes that every run of framings ends with, one framing or several."""

    def each(dataset: str) -> list[str]:
        return [f"{framing.name}.{dataset}" for framing in framings]

    return Pipeline(
        [
            node(score_naive, ["posed", "task"], "naive_scores", name="score_naive"),
            node(compare, ["naive_scores", "task", *each("summary")], "compared", name="compare"),
            node(
                write_report,
                [
                    "compared",
                    *("params:problem", "task", "params:model", "params:training"),
                    *(*each("sheet"), *each("history"), *each("predictions")),
                ],
                ["comparison", "verdict_text", "report"],
                name="write_report",
            ),
            node(list_parameters, each("layers"), "parameter_counts", name="list_parameters"),
            node(draw_comparison, each("history"), "loss_curves", name="draw_comparison"),
        ]
    )


def create_left_out() -> Pipeline:
    """The node that names the framings that a comparison has left out."""
    settings = ["params:problem", "params:task", "params:model", "params:training"]
    return Pipeline([node(list_left_out, settings, "left_out", name="list_left_out")])
