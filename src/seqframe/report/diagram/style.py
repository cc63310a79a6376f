"""What pictures need to be seen and to light up: a style and a script, which a page takes in once."""

from functools import cache
from importlib.resources import files
from xml.etree.ElementTree import fromstring, tostring

from seqframe.report.diagram.markup import element

NAMESPACE = "http://www.w3.org/2000/svg"


@cache
def read_style() -> str:
    """The style of all pictures (CSS), whose variables a page may set for itself."""
    return files(__package__).joinpath("diagram.css").read_text(encoding="utf-8")


@cache
def read_script() -> str:
    """The script (JavaScript) that lights up, inside elements of the class `lights`, what an answer sees."""
    return files(__package__).joinpath("lighting.js").read_text(encoding="utf-8")


def standalone(svg: str) -> str:
    """The same picture as a file of its own, for `<img>`: the style inside, dark where the reader's colours are."""
    drawn = fromstring(svg)
    drawn.set("xmlns", NAMESPACE)
    drawn.set("role", "img")
    drawn.attrib.pop("style")  # the page says how wide an image is
    for part in drawn.iter():
        part.attrib.pop("tabindex", None)
    drawn.insert(2, element("style", read_style()))  # after the name and the description
    return tostring(drawn, encoding="unicode")
