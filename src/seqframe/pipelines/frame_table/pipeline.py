"""posed -> the frame table of every framing."""

from collections.abc import Sequence

from kedro.pipeline import Pipeline, node

from seqframe.framings import Framing
from seqframe.pipelines import bind
from seqframe.pipelines.framing.nodes import tabulate_frame
from seqframe.pipelines.framing.pipeline import POSED


def create_pipeline(framings: Sequence[Framing]) -> Pipeline:
    """The node that says how, of some framings."""
    return sum(map(_tabulate_one, framings), Pipeline([]))


def _tabulate_one(framing: Framing) -> Pipeline:
    tabulate = node(bind(tabulate_frame, framing), "posed", "frame_table", name="tabulate_frame")
    return Pipeline([tabulate], inputs=POSED, namespace=framing.name)
