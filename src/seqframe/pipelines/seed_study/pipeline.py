"""X, y and the network of every framing -> many trained ones -> how many of them learnt."""

from collections.abc import Sequence

from kedro.pipeline import Pipeline, node

from seqframe.framings import Framing
from seqframe.pipelines import bind
from seqframe.pipelines.framing.pipeline import POSED, SETTINGS, build_nodes
from seqframe.pipelines.seed_study.nodes import draw_seeds, keep_seeds, study_seeds, write_report


def create_pipeline(framings: Sequence[Framing]) -> Pipeline:
    """The study of some framings."""
    seeds, sheets, histories = (
        [f"{framing.name}.{dataset}" for framing in framings] for dataset in ("seeds", "sheet", "histories")
    )
    settings = ["params:problem", "task", "params:model", "params:training"]
    together = [
        node(
            write_report,
            [*settings, *sheets, *seeds, *histories],
            ["seed_study", "verdict_text", "report"],
            name="write_report",
        ),
        node(keep_seeds, seeds, "seed_table", name="keep_seeds"),
        node(draw_seeds, seeds, "seed_plot", name="draw_seeds"),
    ]
    return Pipeline([*map(_study_one, framings), *together])


def _study_one(framing: Framing) -> Pipeline:
    study = node(
        bind(study_seeds, framing),
        ["untrained", "X", "y", "posed", "params:training"],
        ["seeds", "histories"],
        name="study_seeds",
    )
    return Pipeline([*build_nodes(framing), study], inputs=POSED, parameters=SETTINGS, namespace=framing.name)
