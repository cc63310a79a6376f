"""Pictures of how a network is unrolled and of what each answer sees: SVG, made from the record of the framing."""

from seqframe.report.diagram.network import draw_network

__all__ = ["draw_network"]
