"""Sections that several kinds of pages have."""

from collections.abc import Iterator, Mapping

from seqframe.config import Settings
from seqframe.report.page import charts
from seqframe.report.page.looks import Looks
from seqframe.report.page.numbers import write_cell
from seqframe.report.page.parts import Chart, Section, Table
from seqframe.report.tables import tabulate_left_out


def show_costs(costs: Mapping[str, Mapping[str, float]], looks: Looks) -> Section:
    """What every framing costs: by what it costs, by framing."""
    parts = tuple(
        Chart(
            f"cost_{number}",
            title,
            "",
            charts.chart_bars(by_name, looks),
            ", ".join(f"{name} {write_cell(float(value))}" for name, value in by_name.items()) + ".",
        )
        for number, (title, by_name) in enumerate(costs.items(), start=1)
        if by_name
    )
    says = (
        "Seconds are those of this run on this machine, with whatever else it did; compare them with each other alone."
    )
    return Section("costs", "What it costs", says, parts)


def list_left_out(asked: Settings) -> Iterator[Section]:
    """The framings that cannot pose the problem, and why; no section where all can."""
    left_out = tabulate_left_out(asked)
    if len(left_out):
        table = Table("Why they were left out", "", left_out.astype(object))
        yield Section("left_out", "Framings that cannot pose this", "", (table,))
