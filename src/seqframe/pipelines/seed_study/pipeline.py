"""X, y and the network of every framing -> many trained ones -> how many of them learnt."""

from collections.abc import Sequence

from kedro.pipeline import Pipeline, node

from seqframe.framings import Framing
from seqframe.pipelines import bind
from seqframe.pipelines.framing.pipeline import POSED, SETTINGS, build_nodes, frame_nodes
from seqframe.pipelines.seed_study.nodes import draw_seeds, keep_seeds, study_seeds, summarise_seeds


def create_pipeline(framings: Sequence[Framing]) -> Pipeline:
    """The study of some framings."""
    seeds = [f"{framing.name}.seeds" for framing in framings]
    together = [
        node(summarise_seeds, seeds, "seed_study", name="summarise_seeds"),
        node(keep_seeds, seeds, "seed_table", name="keep_seeds"),
        node(draw_seeds, seeds, "seed_plot", name="draw_seeds"),
    ]
    return Pipeline([*map(_study_one, framings), *together])


def _study_one(framing: Framing) -> Pipeline:
    study = node(
        bind(study_seeds, framing), ["untrained", "X", "y", "posed", "params:training"], "seeds", name="study_seeds"
    )
    nodes = [*frame_nodes(framing), *build_nodes(framing), study]
    return Pipeline(nodes, inputs=POSED, parameters=SETTINGS, namespace=framing.name)
