"""Pictures that are drawn from code: every framing's network and flow, and what lights them up in the site."""

from pathlib import Path

from seqframe.framings import FRAMINGS, Framing
from seqframe.reporting.diagrams.matrix import draw_dependency
from seqframe.reporting.diagrams.network import draw_network
from seqframe.reporting.diagrams.svg import read_script, read_style, standalone
from tools.docs.examples import example_of
from tools.docs.flows import as_flow, kept_flow
from tools.docs.places import ASSETS, PICTURES


def draw(framing: Framing) -> dict[str, str]:
    """The network of a framing, unrolled, and what its answers see: SVG to be put into a page, by file name."""
    example = example_of(framing)
    return {
        f"network-{framing.name}.svg": draw_network(example.spec, framing, example.inputs, example.targets),
        f"flow-{framing.name}.svg": draw_dependency(as_flow(framing.name, kept_flow(framing.name))),
    }


def draw_all() -> dict[Path, str]:
    """The pictures of all framings as files that stand alone, and the style and the script of the site."""
    files = {ASSETS / "diagram.css": read_style(), ASSETS / "diagram.js": read_script()}
    for framing in FRAMINGS:
        files |= {PICTURES / name: standalone(svg) + "\n" for name, svg in draw(framing).items()}
    return files


def write_drawings() -> list[Path]:
    """Draw everything anew; the files that changed."""
    changed = []
    for path, text in draw_all().items():
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            changed.append(path)
    return changed
