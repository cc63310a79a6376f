"""What a page is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from seqframe.framings import Framing
from seqframe.plan import Plan

if TYPE_CHECKING:  # whose room imports TensorFlow
    from seqframe.flow import Judgement


@dataclass(frozen=True)
class Sheet:
    """What there is to say of a framing's network before it is trained.

    Attributes:
        framing: The framing.
        plan: Its network.
        window: The shapes of one window: (lookback, features) and (steps, targets).
        layers: The arithmetic of its parameters, a line a layer.
        frame: Which row goes to which cell of X and y.
        judgement: Which row reaches which answer, and whether it should.
    """

    framing: Framing
    plan: Plan
    window: tuple[tuple[int, int], tuple[int, int]]
    layers: pd.DataFrame
    frame: pd.DataFrame
    judgement: "Judgement"


@dataclass(frozen=True)
class Chart:
    """A Plotly figure: its id on the page, its title, what is to be known of it, and its data and layout.

    `numbers` are for those who hear the page in place of seeing it.
    """

    name: str
    title: str
    says: str
    figure: Any
    numbers: str = ""
    kind = "chart"


@dataclass(frozen=True)
class Picture:
    """A drawing that does not move: what is to be seen on it, and its PNG."""

    says: str
    png: bytes
    kind = "picture"


@dataclass(frozen=True)
class Table:
    """A table: its title, what is to be known of it, its cells as they are read; `faint` lines are for comparison."""

    title: str
    says: str
    cells: pd.DataFrame
    faint: tuple[int, ...] = ()
    kind = "table"


Part = Chart | Picture | Table


@dataclass(frozen=True)
class Section:
    """A section: its id on the page, its title, a sentence or two, what is shown in it, and a short title for links."""

    name: str
    title: str
    says: str
    parts: tuple[Part, ...] = ()
    link: str = ""


@dataclass(frozen=True)
class Page:
    """A report.

    Attributes:
        title: What was run.
        facts: The settings that tell runs apart, by name.
        sentences: What to do, with the reason; the first is the recommendation.
        sections: What shows it.
        sheets: The networks.
    """

    title: str
    facts: Mapping[str, str]
    sentences: tuple[str, ...]
    sections: tuple[Section, ...]
    sheets: tuple[Sheet, ...] = ()
