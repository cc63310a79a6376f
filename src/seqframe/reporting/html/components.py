"""What a page is made of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from seqframe.config import Settings, TaskSettings
from seqframe.framings import Framing
from seqframe.networks.causality import CausalityCheck
from seqframe.networks.spec import NetworkSpec
from seqframe.reporting.html import charts
from seqframe.reporting.html.charts import LineStyles
from seqframe.reporting.html.columns import format_cell
from seqframe.reporting.tables import skipped_table


@dataclass(frozen=True)
class NetworkCard:
    """What there is to say of a framing's network before it is trained.

    Attributes:
        framing: The framing.
        plan: Its network.
        window: The shapes of one window: (lookback, features) and (steps, targets).
        layers: The arithmetic of its parameters, a line a layer.
        frame: Which row goes to which cell of X and y.
        check: Result of the causality check.
    """

    framing: Framing
    spec: NetworkSpec
    window: tuple[tuple[int, int], tuple[int, int]]
    layers: pd.DataFrame
    frame: pd.DataFrame
    check: CausalityCheck


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
    sheets: tuple[NetworkCard, ...] = ()


# Sections that several kinds of pages have.


def cost_section(costs: Mapping[str, Mapping[str, float]], looks: LineStyles) -> Section:
    """What every framing costs: by what it costs, by framing."""
    parts = tuple(
        Chart(
            f"cost_{number}",
            title,
            "",
            charts.chart_bars(by_name, looks),
            ", ".join(f"{name} {format_cell(float(value))}" for name, value in by_name.items()) + ".",
        )
        for number, (title, by_name) in enumerate(costs.items(), start=1)
        if by_name
    )
    says = (
        "Seconds are those of this run on this machine, with whatever else it did; compare them with each other alone."
    )
    return Section("costs", "What it costs", says, parts)


def skipped_section(asked: Settings) -> Iterator[Section]:
    """The framings that cannot pose the problem, and why; no section where all can."""
    left_out = skipped_table(asked)
    if len(left_out):
        table = Table("Why they were left out", "", left_out.astype(object))
        yield Section("left_out", "Framings that cannot pose this", "", (table,))


# The settings that tell one run from another, as people read them.


def run_facts(asked: Settings, task: TaskSettings, many_seeds: bool) -> dict[str, str]:
    """What was asked, by name; `task` is that of the settings with what they leave open."""
    model, training = asked.model, asked.training
    reads = {} if task.lookback is None else {"rows read": str(task.lookback)}
    gives = {} if task.horizon is None else {"rows predicted": str(task.horizon)}
    last = training.n_seeds - 1
    seeds = {"seeds": f"0 to {last}" if last else "0"} if many_seeds else {"seed": str(training.seed)}
    return {
        "problem": asked.data.name,
        "task": task.kind.replace("_", " "),
        **reads,
        **gives,
        "units": ", ".join(map(str, model.widths)),
        **seeds,
    }
