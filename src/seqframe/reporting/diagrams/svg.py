"""SVG as a tree of elements: names and numbers written as SVG wants them, and a picture that says what it shows."""

from collections.abc import Sequence
from functools import cache
from hashlib import blake2s
from importlib.resources import files
from xml.etree.ElementTree import Element, fromstring, tostring

Attribute = str | float | None


def element(tag: str, *children: Element | str, **attributes: Attribute) -> Element:
    """One element; `class_` and `data_step` become `class` and `data-step`, and what is None is left out.

    >>> tostring(element("text", "five", class_="label", x=2.50, y=None), encoding="unicode")
    '<text class="label" x="2.5">five</text>'
    """
    made = Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name.rstrip("_").replace("_", "-"), value if isinstance(value, str) else number(value))
    for child in children:
        if isinstance(child, Element):
            made.append(child)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + child
        else:
            made.text = (made.text or "") + child
    return made


def number(value: float) -> str:
    """A length in pixels, to a tenth.

    >>> number(12.04), number(0.46)
    ('12', '0.5')
    """
    return f"{value:.1f}".removesuffix(".0")


def numbers(values: Sequence[int]) -> str:
    """Steps as the attributes `data-step`, `data-sees` and `data-answer` carry them.

    >>> numbers((1, 2, 3))
    '1 2 3'
    """
    return " ".join(map(str, values))


def picture(kind: str, size: tuple[float, float], title: str, description: str, children: Sequence[Element]) -> str:
    """A whole picture of some width and height in pixels, with a name and a description for those who do not see it.

    It shrinks to four fifths where there is little room; below that, what it stands in scrolls. Its role is `group`
    rather than `img`, since there are parts in it that the keyboard reaches.
    """
    width, height = size
    mark = blake2s(
        "".join([title, description, *(tostring(each, "unicode") for each in children)]).encode()
    ).hexdigest()
    name, words = f"{kind}-{mark[:10]}-title", f"{kind}-{mark[:10]}-description"
    drawn = element(
        "svg",
        element("title", title, id=name),
        element("desc", description, id=words),
        *children,
        class_=f"diagram {kind}",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=number(width),
        height=number(height),
        style=f"--natural: {number(width)}px; max-width: 100%; height: auto",
        role="group",
        aria_labelledby=name,
        aria_describedby=words,
    )
    return tostring(drawn, encoding="unicode")


# What pictures need to be seen and to light up: a style and a script, which a page takes in once.

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
