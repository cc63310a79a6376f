"""Diagrams in notebooks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from seqframe.reporting.diagrams.svg import read_script, read_style


@dataclass(frozen=True)
class DiagramGallery:
    """SVG diagrams by caption; an output that is hovered is highlighted in all of them.

    They are dark on white, since an output cell cannot know the theme of its notebook.
    """

    diagrams: Mapping[str, str] = field(repr=False)

    def _repr_html_(self) -> str:
        """The HTML that Jupyter shows."""
        figures = "".join(
            f'<figure style="margin: 0; min-width: 0"><figcaption><b>{caption}</b></figcaption>{svg}</figure>'
            for caption, svg in self.diagrams.items()
        )
        return (
            f"<style>{read_style()}</style><script>{read_script()}</script>"
            '<div class="linked-diagrams" data-theme="light" style="background: #fff; color: #1f2933; padding: 1em">'
            f'<div style="display: flex; flex-wrap: wrap; gap: 2em">{figures}</div>'
            '<p data-dependency-caption style="min-height: 1.5em; margin: 1em 0 0"></p></div>'
        )


def show_diagrams(**diagrams: str) -> DiagramGallery:
    """Show diagrams of `seqframe.reporting.diagrams`, each with its keyword as caption."""
    return DiagramGallery(diagrams)
