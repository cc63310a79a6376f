"""Puts the pictures that light each other up into the pages of the site: `python -m tools.docs.lighting`.

In the documents they are images, which every reader of Markdown shows; a script reaches only what is in its page.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from seqframe.config import PROJECT_ROOT
from seqframe.framings import FRAMINGS
from tools.docs.drawings import draw

SITE = PROJECT_ROOT / "site"
PAIR = re.compile(r'<div class="lights">\s*(?:<p><img [^>]*></p>\s*)+</div>')
PICTURE = re.compile(r'<img [^>]*src="[^"]*?([\w-]+\.svg)"')
SAYS = (
    '<p data-lighting-says aria-live="polite">Point at an answer: what it sees lights up.</p>'  # the script writes here
)


def light_up(site: Path) -> list[Path]:
    """Put every pair of pictures into its page; the pages that have one."""
    drawn, lit = {name: svg for framing in FRAMINGS for name, svg in draw(framing).items()}, []
    for page in sorted(site.rglob("*.html")):
        text = page.read_text()
        if (with_pictures := put_in(text, drawn)) != text:
            page.write_text(with_pictures)
            lit.append(page)
    return lit


def put_in(text: str, drawn: Mapping[str, str]) -> str:
    """The HTML of a page, with its pictures in it, which are `drawn` by name."""

    def draw_pair(pair: re.Match[str]) -> str:
        pictures = [f'<div class="light">{drawn[name]}</div>' for name in PICTURE.findall(pair[0])]
        return "\n".join(['<div class="lights">', *pictures, SAYS, "</div>"])

    return PAIR.sub(draw_pair, text)


if __name__ == "__main__":
    print(f"The manual: {SITE / 'index.html'} ({len(light_up(SITE))} of its pages have pictures that light up)")
