"""Pictures of how a network is unrolled and of what each answer sees: SVG, made from the record of the framing.

A page takes in `read_style()` and `read_script()` once. Inside an element of the class `lights`, an answer that is
pointed at, focused or tapped lights up what it sees in all pictures there, and says so in `[data-lighting-says]`.
"""

from seqframe.reporting.diagrams.matrix import draw_dependency
from seqframe.reporting.diagrams.network import draw_network
from seqframe.reporting.diagrams.svg import read_script, read_style, standalone

__all__ = ["draw_dependency", "draw_network", "read_script", "read_style", "standalone"]
