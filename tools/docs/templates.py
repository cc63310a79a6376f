"""Folders of the documentation, and the generated parts of its pages.

A generated part is between the comments `<!-- KIND: NAME -->` and `<!-- end -->`.
"""

import re
from collections.abc import Callable

from seqframe.config import PROJECT_ROOT

DOCS = PROJECT_ROOT / "docs"
FRAMING_PAGES = DOCS / "framings"
PICTURES = DOCS / "pictures"
ASSETS = DOCS / "assets"  # of the site


def fill_in(text: str, kind: str, make: Callable[[str], str | None]) -> str:
    """The text with every part of a kind replaced by what `make` returns for its name; None keeps the part.

    >>> print(fill_in("<!-- made: sum -->\\nold\\n<!-- end -->", "made", lambda name: f"the {name}"))
    <!-- made: sum -->
    <BLANKLINE>
    the sum
    <BLANKLINE>
    <!-- end -->
    """

    def fill(part: re.Match[str]) -> str:
        made = make(part[2])
        return part[0] if made is None else f"{part[1]}\n{made}\n{part[3]}"

    return re.sub(rf"(<!-- {kind}: ([^\n]+?) -->\n).*?(\n<!-- end -->)", fill, text, flags=re.DOTALL)


def part_names(text: str, kind: str) -> list[str]:
    """The names of all generated parts of a kind, in order."""
    return re.findall(rf"<!-- {kind}: ([^\n]+?) -->\n", text)
