"""Network specs of framings and their diagrams, for tests."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element, fromstring

import numpy as np

from seqframe.config import ModelSettings
from seqframe.framings import FRAMINGS, Framing
from seqframe.networks.spec import NetworkSpec
from seqframe.reporting.diagrams.network import draw_network

BY_NAME = {framing.name: framing for framing in FRAMINGS}
EQUAL_LENGTHS = ("one_to_one", "many_to_many", "stateful")  # one output for every input step


@dataclass(frozen=True)
class Diagram:
    """A network and its diagram: `inputs` is (lookback, features) and `targets` is (steps, targets)."""

    spec: NetworkSpec
    framing: Framing
    inputs: tuple[int, int]
    targets: tuple[int, int]

    @property
    def svg(self) -> str:
        return draw_network(self.spec, self.framing, self.inputs, self.targets)

    @property
    def tree(self) -> Element:
        return fromstring(self.svg)

    def having(self, attribute: str, value: str | None = None) -> list[Element]:
        """The elements that have an attribute, or have it with a value."""
        return [part for part in self.tree.iter() if attribute in part.attrib and value in (None, part.get(attribute))]

    def of_class(self, name: str) -> list[Element]:
        return [part for part in self.tree.iter() if name in part.get("class", "").split()]


def draw(
    name: str, lookback: int = 5, steps: int | None = None, features: int = 1, targets: int = 1, **model
) -> Diagram:
    """The network of a framing on windows of some lengths; for one_to_many, of one row."""
    framing = BY_NAME[name]
    lookback = 1 if name == "one_to_many" else lookback
    steps = lookback if name in EQUAL_LENGTHS else steps or max(lookback, 5)
    X = framing.to_inputs(np.zeros((1, lookback, features)))
    y = framing.to_targets(np.zeros((1, steps, targets)))
    spec = framing.make_spec(X, y, ModelSettings(**{"units": 5, **model}))
    return Diagram(spec, framing, (lookback, features), (steps, targets))


def write_page(path, *pictures: str, script: str = "", style: str = "", before: str = "") -> None:
    """A page of containers, each with diagrams and an element for the caption."""
    containers = "".join(
        f'<section class="linked-diagrams" aria-label="{number}"><div>{picture}</div>'
        '<p data-dependency-caption aria-live="polite">Hover over an output.</p></section>'
        for number, picture in enumerate(pictures)
    )
    path.write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Diagrams</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>body{{margin:16px}}:root{{color-scheme:light dark}}{style}</style></head>"
        f"<body><main><h1>Diagrams</h1>{before}{containers}</main><script>{script}</script></body></html>"
    )
