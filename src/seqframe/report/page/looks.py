"""How the lines of charts look."""

from collections.abc import Iterable
from itertools import product

from seqframe.report.canvas import COLOURS, GREY

LOUD = [colour for colour in COLOURS if colour != "#000000"]  # to be seen on black, too
DASHES = ("solid", "dot", "dash")
PLAIN_DASHES = ("dash", "dot", "dashdot", "longdash")


class Looks(dict[str, tuple[str, str]]):
    """A colour and a dash for every name, so that a framing looks the same on all charts; greys for the `plain`."""

    def __init__(self, names: Iterable[str], plain: Iterable[str] = ()) -> None:
        super().__init__(zip(names, ((colour, dash) for dash, colour in product(DASHES, LOUD)), strict=False))
        self |= zip(plain, ((GREY, dash) for dash in PLAIN_DASHES), strict=False)

    def line(self, name: str) -> dict[str, object]:
        """The look of a line; those for comparison are grey and thin."""
        colour, dash = self[name]
        return {"color": colour, "dash": dash, "width": 1.5 if colour == GREY else 2}
