"""The page of a seed study: the same training from many seeds."""

from collections.abc import Mapping, Sequence

import pandas as pd

from seqframe.config import Settings
from seqframe.progress import History
from seqframe.report.page import charts
from seqframe.report.page.facts import list_facts
from seqframe.report.page.looks import Looks
from seqframe.report.page.parts import Chart, Page, Section, Sheet, Table
from seqframe.report.page.rows import seed_cells
from seqframe.report.page.sections import show_costs


def compose(
    asked: Settings,
    sentences: Sequence[str],
    study: pd.DataFrame,
    sheets: Sequence[Sheet],
    seeds: Sequence[pd.DataFrame],
    histories: Sequence[Sequence[History]],
) -> Page:
    """The page, from the seeds and losses of every framing, in the same order as the sheets."""
    names = [sheet.framing.name for sheet in sheets]
    looks = Looks(names)
    by_name = dict(zip(names, histories, strict=True))
    table = Table("How many seeds learn every value to one decimal", "", seed_cells(study))
    sections = (
        Section("leaderboard", "Leaderboard", "", (table,)),
        _losses(by_name, looks),
        _final_losses(dict(zip(names, seeds, strict=True)), looks),
        show_costs(
            {
                "Parameters": {sheet.framing.name: float(sheet.plan.parameters) for sheet in sheets},
                "Training of one network, s": {
                    name: sum(each.seconds for each in trained) / len(trained) for name, trained in by_name.items()
                },
            },
            looks,
        ),
    )
    facts = list_facts(asked, asked.task, many_seeds=True)
    return Page(f"Seed study: {asked.problem.name}", facts, tuple(sentences), sections, tuple(sheets))


def _losses(histories: Mapping[str, Sequence[History]], looks: Looks) -> Section:
    figure = charts.chart_losses({name: [each.losses for each in of] for name, of in histories.items()}, looks)
    says = (
        "The line is the median of all seeds, the band reaches from the smallest loss to the largest. "
        "Losses are mean squared errors in scaled units, on a logarithmic axis."
    )
    return Section("losses", "How training went", "", (Chart("losses", "Training loss, all seeds", says, figure),))


def _final_losses(seeds: Mapping[str, pd.DataFrame], looks: Looks) -> Section:
    figure = charts.chart_dots({name: [*table["final_loss"]] for name, table in seeds.items()}, looks, "final loss")
    says = "One dot a seed: how far apart networks end that differ in nothing but the weights that they start from."
    return Section("seeds", "Seeds", "", (Chart("seeds", "Final loss of every seed", says, figure),))
