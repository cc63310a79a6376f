"""SVG as a tree of elements, and the style and script that all diagrams share."""

from collections.abc import Sequence
from functools import cache
from hashlib import blake2s
from importlib.resources import files
from xml.etree.ElementTree import Element, fromstring, tostring

Attribute = str | float | None
NAMESPACE = "http://www.w3.org/2000/svg"


def element(tag: str, *children: Element | str, **attributes: Attribute) -> Element:
    """One element. `class_` and `data_input` become `class` and `data-input`; attributes that are None are omitted.

    >>> tostring(element("text", "five", class_="label", x=2.50, y=None), encoding="unicode")
    '<text class="label" x="2.5">five</text>'
    """
    made = Element(tag)
    for name, value in attributes.items():
        if value is not None:
            text = value if isinstance(value, str) else format_pixels(value)
            made.set(name.rstrip("_").replace("_", "-"), text)
    for child in children:
        if isinstance(child, Element):
            made.append(child)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + child
        else:
            made.text = (made.text or "") + child
    return made


def format_pixels(value: float) -> str:
    """A length in pixels, rounded to a tenth.

    >>> format_pixels(12.04), format_pixels(0.46)
    ('12', '0.5')
    """
    return f"{value:.1f}".removesuffix(".0")


def join_steps(steps: Sequence[int]) -> str:
    """The value of the attributes `data-input`, `data-output`, `data-depends-on` and `data-reaches`.

    >>> join_steps((1, 2, 3))
    '1 2 3'
    """
    return " ".join(map(str, steps))


def svg_diagram(kind: str, size: tuple[float, float], title: str, description: str, children: Sequence[Element]) -> str:
    """A diagram of (width, height) pixels, with a title and a description for screen readers.

    It shrinks to 80% if there is little room; below that, its container scrolls. Its role is `group` instead of `img`,
    since parts of it can be focused with the keyboard.
    """
    width, height = size
    parts = [title, description, *(tostring(child, "unicode") for child in children)]
    digest = blake2s("".join(parts).encode()).hexdigest()[:10]
    title_id, description_id = f"{kind}-{digest}-title", f"{kind}-{digest}-description"
    svg = element(
        "svg",
        element("title", title, id=title_id),
        element("desc", description, id=description_id),
        *children,
        class_=f"diagram {kind}",
        viewBox=f"0 0 {format_pixels(width)} {format_pixels(height)}",
        width=format_pixels(width),
        height=format_pixels(height),
        style=f"--natural: {format_pixels(width)}px; max-width: 100%; height: auto",
        role="group",
        aria_labelledby=title_id,
        aria_describedby=description_id,
    )
    return tostring(svg, encoding="unicode")


@cache
def read_style() -> str:
    """The style of all diagrams (CSS). A page may set its variables."""
    return files(__package__).joinpath("diagram.css").read_text(encoding="utf-8")


@cache
def read_script() -> str:
    """The script that highlights the inputs of an output in all diagrams of an element of class `linked-diagrams`."""
    return files(__package__).joinpath("linked_highlighting.js").read_text(encoding="utf-8")


def standalone(svg: str) -> str:
    """The same diagram as a file for `<img>`, with its style, for light and dark color schemes."""
    root = fromstring(svg)
    root.set("xmlns", NAMESPACE)
    root.set("role", "img")
    root.attrib.pop("style")  # the page sets the width of an image
    for part in root.iter():
        part.attrib.pop("tabindex", None)
    root.insert(2, element("style", read_style()))  # after the title and the description
    return tostring(root, encoding="unicode")
