"""SVG diagrams of unrolled networks and of input-output dependency, drawn from a framing and its network spec.

A page includes `read_style()` and `read_script()` once. Inside an element of class `linked-diagrams`, an output that is
hovered, focused or tapped highlights the inputs that it depends on in all diagrams, and its sentence is written into
`[data-dependency-caption]`.
"""

from seqframe.reporting.diagrams.matrix import draw_dependency
from seqframe.reporting.diagrams.network import draw_network
from seqframe.reporting.diagrams.svg import read_script, read_style, standalone

__all__ = ["draw_dependency", "draw_network", "read_script", "read_style", "standalone"]
