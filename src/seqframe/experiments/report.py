"""The report of the experiments: one section per question, in Markdown and in HTML."""

from collections.abc import Iterable, Sequence
from io import BytesIO

import pandas as pd

from seqframe.config import ExperimentsSettings
from seqframe.experiments.base import Experiment, Finding
from seqframe.reporting.html.components import Page, Part, Picture, Section, Table
from seqframe.reporting.tables import format_number, markdown_table

TITLE = "Experiments on the tutorial's questions"
MARKDOWN_INTRO = (
    "The tutorial *How to Use the TimeDistributed Layer in Keras* leaves some questions open, and its readers ask "
    "more. Each conclusion in bold follows from the result below it, measured by an experiment that "
    "`kedro run --pipeline=experiments` repeats. The networks are few and small: the numbers are examples, and times "
    "were measured on one machine."
)
INTRO = (
    "Each conclusion follows from the result of an experiment, which `kedro run --pipeline=experiments` repeats. The "
    "networks are few and small: the numbers are examples."
)


def render_markdown(findings: Iterable[tuple[Experiment, Finding]]) -> str:
    """The report in Markdown; figures are links to files with the name of their experiment."""
    sections = [_markdown_section(experiment, finding) for experiment, finding in findings]
    return "\n\n".join([f"# {TITLE}", MARKDOWN_INTRO, *sections]) + "\n"


def _markdown_section(experiment: Experiment, finding: Finding) -> str:
    figure = [] if finding.figure is None else [f"![{experiment.name}: measurements]({experiment.name}.png)"]
    return "\n\n".join(
        [
            f"## {experiment.name}. {experiment.text}",
            f"**{finding.sentence}**",
            f"Result: {experiment.format_result(finding.number)}.",
            f"Method: {experiment.method}",
            *figure,
            markdown_table(finding.table),
        ]
    )


def compose_experiments(findings: Sequence[tuple[Experiment, Finding]], settings: ExperimentsSettings) -> Page:
    """The report as an HTML page."""
    sections = (_overview(findings), *(_section(experiment, finding) for experiment, finding in findings))
    only = findings[0][1].sentence if len(findings) == 1 else ""
    facts = {"experiments": str(len(findings)), "seeds per network": str(settings.n_seeds)}
    return Page(TITLE, facts, (only or INTRO,), sections)


def _overview(findings: Sequence[tuple[Experiment, Finding]]) -> Section:
    lines = [
        (experiment.name, experiment.text, f"{format_number(finding.number)}{experiment.suffix}", experiment.quantity)
        for experiment, finding in findings
    ]
    cells = pd.DataFrame(lines, columns=["", "question", "result", "quantity"], dtype=object)
    return Section("leaderboard", "All results", "", (Table("", "", cells),))


def _section(experiment: Experiment, finding: Finding) -> Section:
    caption = f"Result: {experiment.format_result(finding.number)}. Method: {experiment.method}"
    parts: list[Part] = [Table("Measurements", caption, finding.table.astype(object).map(format_number))]
    if finding.figure is not None:
        png = BytesIO()
        finding.figure.savefig(png, format="png")
        parts.insert(0, Picture(f"{experiment.name}: measurements, as a figure", png.getvalue()))
    return Section(
        experiment.name, f"{experiment.name}. {experiment.text}", finding.sentence, tuple(parts), experiment.name
    )
