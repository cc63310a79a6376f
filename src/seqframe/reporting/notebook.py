"""Pictures of networks and of information flow as a notebook shows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from seqframe.reporting.diagrams.svg import read_script, read_style


@dataclass(frozen=True)
class DiagramGallery:
    """SVG pictures by their captions; an answer that is pointed at lights up in all of them.

    They are dark on white, whatever the colours of the notebook, which a picture cannot know.
    """

    drawn: Mapping[str, str] = field(repr=False)

    def _repr_html_(self) -> str:
        """What Jupyter shows."""
        figures = "".join(
            f'<figure style="margin: 0; min-width: 0"><figcaption><b>{caption}</b></figcaption>{svg}</figure>'
            for caption, svg in self.drawn.items()
        )
        return (
            f"<style>{read_style()}</style><script>{read_script()}</script>"
            '<div class="lights" data-theme="light" style="background: #fff; color: #1f2933; padding: 1em">'
            f'<div style="display: flex; flex-wrap: wrap; gap: 2em">{figures}</div>'
            '<p data-lighting-says style="min-height: 1.5em; margin: 1em 0 0"></p></div>'
        )


def show_diagrams(**drawn: str) -> DiagramGallery:
    """Pictures that `seqframe.reporting.diagrams` drew, each under the name of its framing."""
    return DiagramGallery(drawn)
