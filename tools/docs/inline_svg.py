"""Puts the diagrams of framings into the pages of the site as inline SVG: `python -m tools.docs.inline_svg`.

The Markdown documents have them as images, which every reader of Markdown shows; the script that links them by
highlighting needs them inside the page.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from seqframe.config import PROJECT_ROOT
from seqframe.framings import FRAMINGS
from tools.docs.diagrams import draw

SITE = PROJECT_ROOT / "site"
PAIR = re.compile(r'<div class="linked-diagrams">\s*(?:<p><img [^>]*></p>\s*)+</div>')
IMAGE = re.compile(r'<img [^>]*src="[^"]*?([\w-]+\.svg)"')
CAPTION = (  # the script writes here
    '<p data-dependency-caption aria-live="polite">Hover over an output to highlight the inputs that it depends on.</p>'
)


def inline_diagrams(site: Path) -> list[Path]:
    """Replace the images in all pages of a site; returns the pages that changed."""
    diagrams = {name: svg for framing in FRAMINGS for name, svg in draw(framing).items()}
    changed = []
    for page in sorted(site.rglob("*.html")):
        text = page.read_text()
        if (inlined := replace_images(text, diagrams)) != text:
            page.write_text(inlined)
            changed.append(page)
    return changed


def replace_images(text: str, diagrams: Mapping[str, str]) -> str:
    """The HTML of a page with its diagrams, which are SVG by file name, in place of images."""

    def inline(pair: re.Match[str]) -> str:
        containers = [f'<div class="linked-diagram">{diagrams[name]}</div>' for name in IMAGE.findall(pair[0])]
        return "\n".join(['<div class="linked-diagrams">', *containers, CAPTION, "</div>"])

    return PAIR.sub(inline, text)


if __name__ == "__main__":
    print(f"Documentation: {SITE / 'index.html'} ({len(inline_diagrams(SITE))} pages with linked diagrams)")
