"""posed -> the frame table of every framing."""

from collections.abc import Sequence

from kedro.pipeline import Pipeline

from seqframe.framings import Framing
from seqframe.pipelines.framing.pipeline import POSED, frame_nodes


def create_pipeline(framings: Sequence[Framing]) -> Pipeline:
    """The nodes that frame, and say how, of some framings."""
    return sum(
        (Pipeline(frame_nodes(framing), inputs=POSED, namespace=framing.name) for framing in framings), Pipeline([])
    )
