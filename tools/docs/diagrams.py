"""Diagrams of all framings for the documentation, and the style and script of the site."""

from pathlib import Path

from seqframe.framings import FRAMINGS, Framing
from seqframe.reporting.diagrams.matrix import draw_dependency
from seqframe.reporting.diagrams.network import draw_network
from seqframe.reporting.diagrams.svg import read_script, read_style, standalone
from tools.docs.dependencies import measured_dependency
from tools.docs.examples import find_example
from tools.docs.templates import ASSETS, PICTURES


def draw(framing: Framing) -> dict[str, str]:
    """The network of a framing and its dependency matrix: SVG for a page, by file name."""
    example = find_example(framing)
    return {
        f"network-{framing.name}.svg": draw_network(example.spec, framing, example.inputs, example.targets),
        f"dependency-{framing.name}.svg": draw_dependency(measured_dependency(framing.name)),
    }


def draw_all() -> dict[Path, str]:
    """The diagrams of all framings as standalone files, and the style and script of the site."""
    files = {ASSETS / "diagram.css": read_style(), ASSETS / "diagram.js": read_script()}
    for framing in FRAMINGS:
        files |= {PICTURES / name: standalone(svg) + "\n" for name, svg in draw(framing).items()}
    return files


def write_diagrams() -> list[Path]:
    """Draw everything; returns the files that changed."""
    changed = []
    for path, text in draw_all().items():
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            changed.append(path)
    return changed
