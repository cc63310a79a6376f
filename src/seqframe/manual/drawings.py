"""Pictures that are drawn from code: every framing's network and flow, and what lights them up in the site."""

from pathlib import Path

from seqframe.framings import FRAMINGS, Framing
from seqframe.manual.examples import example_of
from seqframe.manual.flows import as_flow, kept_flow
from seqframe.manual.places import ASSETS, PICTURES
from seqframe.report.diagram import draw_flow, draw_network, read_script, read_style, standalone


def draw(framing: Framing) -> dict[str, str]:
    """The network of a framing, unrolled, and what its answers see: SVG to be put into a page, by file name."""
    example = example_of(framing)
    return {
        f"network-{framing.name}.svg": draw_network(example.plan, framing, example.inputs, example.targets),
        f"flow-{framing.name}.svg": draw_flow(as_flow(framing.name, kept_flow(framing.name))),
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
