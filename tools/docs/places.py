"""Where the documents lie, and places in them that are filled in.

A place is between marks: `<!-- KIND: NAME -->` and, further down, `<!-- end -->`.
"""

import re
from collections.abc import Callable

from seqframe.config import PROJECT_ROOT

DOCS = PROJECT_ROOT / "docs"
PAGES_OF_FRAMINGS = DOCS / "framings"
PICTURES = DOCS / "pictures"
ASSETS = DOCS / "assets"  # of the site


def fill_in(text: str, kind: str, make: Callable[[str], str | None]) -> str:
    """The text with every place of a kind filled by what `make` gives for its name; None leaves what stands there.

    >>> print(fill_in("<!-- made: sum -->\\nold\\n<!-- end -->", "made", lambda name: f"the {name}"))
    <!-- made: sum -->
    <BLANKLINE>
    the sum
    <BLANKLINE>
    <!-- end -->
    """

    def fill(place: re.Match[str]) -> str:
        made = make(place[2])
        return place[0] if made is None else f"{place[1]}\n{made}\n{place[3]}"

    return re.sub(rf"(<!-- {kind}: ([^\n]+?) -->\n).*?(\n<!-- end -->)", fill, text, flags=re.DOTALL)


def names_of(text: str, kind: str) -> list[str]:
    """The names of all places of a kind, in their order."""
    return re.findall(rf"<!-- {kind}: ([^\n]+?) -->\n", text)
