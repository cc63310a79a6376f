"""Components of the report: charts, tables and sections, and the sections that several pages share."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from seqframe.config import Settings, TaskSettings
from seqframe.evaluation.backtest import TrainedRuns
from seqframe.evaluation.label_runs import LabelRuns
from seqframe.framings import Framing
from seqframe.networks.causality import CausalityCheck
from seqframe.networks.spec import NetworkSpec
from seqframe.reporting.columns import TABLES, format_cell, format_table, muted_rows
from seqframe.reporting.html import charts
from seqframe.reporting.html.charts import Curves, LineStyles
from seqframe.reporting.tables import skipped_table


@dataclass(frozen=True)
class NetworkCard:
    """Description of the network of a framing, before training.

    Attributes:
        framing: The framing.
        spec: Its network.
        window: Shapes of one window: (lookback, features) and (steps, targets).
        layers: Parameter counts, one row per layer.
        index_map: Index map: the row of every cell of X and y.
        check: Result of the causality check.
    """

    framing: Framing
    spec: NetworkSpec
    window: tuple[tuple[int, int], tuple[int, int]]
    layers: pd.DataFrame
    index_map: pd.DataFrame
    check: CausalityCheck


@dataclass(frozen=True)
class Chart:
    """A Plotly chart.

    Attributes:
        name: Its id on the page.
        title: Its title.
        caption: Text below the title.
        figure: Plotly figure.
        alt: Text alternative for screen readers; the caption where empty.
    """

    name: str
    title: str
    caption: str
    figure: Any
    alt: str = ""
    kind = "chart"


@dataclass(frozen=True)
class Picture:
    """A static image: its text alternative and its PNG."""

    caption: str
    png: bytes
    kind = "picture"


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        title: Its title.
        caption: Text below the title.
        cells: Formatted cells.
        muted_rows: Positions of the rows that are for comparison only.
        folded: Whether the table is hidden until its title is clicked.
    """

    title: str
    caption: str
    cells: pd.DataFrame
    muted_rows: tuple[int, ...] = ()
    folded: bool = False
    kind = "table"


Part = Chart | Picture | Table


@dataclass(frozen=True)
class Section:
    """A section: its id on the page, title, text below the title, parts, and a short title for the navigation."""

    name: str
    title: str
    caption: str
    parts: tuple[Part, ...] = ()
    link: str = ""


@dataclass(frozen=True)
class Page:
    """A report.

    Attributes:
        title: What was run.
        facts: Settings that distinguish runs, by name.
        sentences: The conclusion; the first sentence is the recommendation.
        sections: The results.
        cards: The networks.
    """

    title: str
    facts: Mapping[str, str]
    sentences: tuple[str, ...]
    sections: tuple[Section, ...]
    cards: tuple[NetworkCard, ...] = ()


def leaderboard_section(name: str, data: pd.DataFrame, caption: str) -> Section:
    """The main table of a page: one of `seqframe.reporting.columns.TABLES`."""
    title = TABLES[name].title if name != "leaderboard" else ""  # the section has the title
    table = Table(title, caption, format_table(name, data), muted_rows(name, data))
    return Section("leaderboard", "Leaderboard", "", (table,))


def losses_section(loss_charts: Sequence[Chart], caption: str = "") -> Section:
    """Training curves."""
    return Section("losses", "Training curves", caption, tuple(loss_charts))


def loss_chart(
    name: str, title: str, curves: Mapping[str, Curves], styles: LineStyles, caption: str, loss: str
) -> Chart:
    """Loss by epoch of every framing; `loss` says what it is."""
    unit = f"{loss[0].upper()}{loss[1:]}, logarithmic axis."
    return Chart(name, title, f"{caption} {unit}", charts.chart_losses(curves, styles))


LOSSES = (  # name of a chart, its title, and the attribute of a training history
    ("losses_validation", "Validation loss", "validation_losses"),
    ("losses", "Training loss", "losses"),
)


def network_loss_charts(
    name: str,
    title: str,
    attribute: str,
    runs: Mapping[str, TrainedRuns | LabelRuns],
    styles: LineStyles,
    over: str,
) -> Iterator[Chart]:
    """The chart of the losses in an attribute of the training histories of all networks; none if no network has them.

    `over` says what the networks of a framing differ in, such as `seeds`.
    """
    curves = {
        framing: losses
        for framing, each in runs.items()
        if (losses := [curve for run in each.each if (curve := getattr(run.history, attribute))])
    }
    if curves:
        caption = (
            f"Line: median of all {over}; band: minimum to maximum. A network that stopped early keeps its last loss."
        )
        yield loss_chart(name, title, curves, styles, caption, next(iter(runs.values())).each[0].history.loss)


def cost_section(costs: Mapping[str, Mapping[str, float]], styles: LineStyles) -> Section:
    """Costs of every framing: title -> framing -> number."""
    parts = tuple(
        Chart(
            f"cost_{number}",
            title,
            "",
            charts.chart_bars(by_name, styles),
            ", ".join(f"{name} {format_cell(float(value))}" for name, value in by_name.items()) + ".",
        )
        for number, (title, by_name) in enumerate(costs.items(), start=1)
        if by_name
    )
    caption = "Times were measured during this run on this machine: compare them only with each other."
    return Section("costs", "Cost", caption, parts)


def skipped_section(settings: Settings) -> Iterator[Section]:
    """The framings that do not support the settings, with the reason; no section where there are none."""
    skipped = skipped_table(settings)
    if len(skipped):
        table = Table("", "", skipped.rename(columns=str.capitalize).astype(object))
        yield Section("skipped", "Skipped framings", "", (table,))


def run_facts(settings: Settings, task: TaskSettings, many_seeds: bool) -> dict[str, str]:
    """Settings that distinguish runs, by name; `task` is the resolved task, with lookback and horizon."""
    model, training = settings.model, settings.training
    lookback = {} if task.lookback is None else {"lookback": str(task.lookback)}
    horizon = {} if task.horizon is None else {"horizon": str(task.horizon)}
    several = many_seeds and training.n_seeds > 1
    seeds = {"seeds": f"0 to {training.n_seeds - 1}"} if several else {"seed": str(0 if many_seeds else training.seed)}
    return {
        "data": settings.data.name,
        "task": task.kind.replace("_", " "),
        **lookback,
        **horizon,
        "units": ", ".join(map(str, model.widths)),
        **seeds,
    }
