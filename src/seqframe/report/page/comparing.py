"""The page of some framings, trained from one seed each on a generated problem."""

from collections.abc import Mapping, Sequence

import pandas as pd

from seqframe.config import Settings
from seqframe.posing import TRAINING, UNSEEN
from seqframe.progress import History
from seqframe.report.page import charts
from seqframe.report.page.facts import list_facts
from seqframe.report.page.looks import Looks
from seqframe.report.page.parts import Chart, Page, Part, Section, Sheet, Table
from seqframe.report.page.rows import comparison_cells
from seqframe.report.page.sections import list_left_out, show_costs

BYTES_A_PARAMETER = 12  # a weight and the two moments that Adam keeps of it, in float32


def compose(
    asked: Settings,
    sentences: Sequence[str],
    comparison: pd.DataFrame,
    sheets: Sequence[Sheet],
    histories: Sequence[History],
    predictions: Sequence[pd.DataFrame],
) -> Page:
    """The page, from what every framing gave, in the same order."""
    names = [sheet.framing.name for sheet in sheets]
    looks, by_name = Looks(names), dict(zip(names, predictions, strict=True))
    sections = (
        _leaderboard(comparison),
        _losses(histories, looks),
        _predictions(by_name, looks),
        _steps(by_name, looks),
        show_costs(
            {
                "Parameters": {sheet.framing.name: float(sheet.plan.parameters) for sheet in sheets},
                "Training, s": {history.framing: history.seconds for history in histories},
                "Memory of weights and Adam's moments, bytes": {
                    sheet.framing.name: float(BYTES_A_PARAMETER * sheet.plan.parameters) for sheet in sheets
                },
            },
            looks,
        ),
    )
    several = len(sheets) > 1
    left_out = list_left_out(asked) if several else ()
    title = f"{'Framings compared' if several else names[0]}: {asked.problem.name}, {asked.task.kind}"
    facts = list_facts(asked, asked.task, many_seeds=False)
    return Page(title, facts, tuple(sentences), (*sections, *left_out), tuple(sheets))


def _leaderboard(comparison: pd.DataFrame) -> Section:
    naive = tuple(int(place) for place in comparison["epochs"].isna().to_numpy().nonzero()[0])
    table = Table(
        "All framings on the same rows",
        "Errors are in the units of the data. The last line has learnt nothing, and is scored on the same rows."
        + (" Unseen are sequences that no network was trained on." if "unseen_mae" in comparison else ""),
        comparison_cells(comparison),
        faint=naive,
    )
    return Section("leaderboard", "Leaderboard", "", (table,))


def _losses(histories: Sequence[History], looks: Looks) -> Section:
    figure = charts.chart_losses({history.framing: [history.losses] for history in histories}, looks)
    chart = Chart(
        "losses",
        "Training loss by epoch",
        f"{_by_name(histories)}. Losses are mean squared errors in scaled units, on a logarithmic axis.",
        figure,
    )
    says = "One network each, from one seed: `kedro run --pipeline=seed_study` shows how far others would differ."
    return Section("losses", "How training went", says, (chart,))


def _by_name(histories: Sequence[History]) -> str:
    return "Final losses: " + ", ".join(f"{history.framing} {history.losses[-1]:.2g}" for history in histories)


def _predictions(predictions: Mapping[str, pd.DataFrame], looks: Looks) -> Section:
    """Of each part its first sequence, of which every framing predicts the same rows."""
    parts: list[Part] = []
    for part, title in ((TRAINING, "A sequence that was trained on"), (UNSEEN, "A sequence that no network has seen")):
        lines = {name: _first(table[table["part"] == part]) for name, table in predictions.items()}
        lines = {name: line for name, line in lines.items() if not line.empty}
        if not lines:
            continue
        first = next(iter(lines.values()))
        column = str(first["column"].iloc[0])
        truth = first.drop_duplicates("row").set_index("row")["truth"]
        shown = {name: [line.set_index("row")["prediction"]] for name, line in lines.items()}
        figure = charts.chart_rows(truth, shown, looks, "row", column, list(shown))
        worst = {name: f"{(line['prediction'] - line['truth']).abs().max():.2g}" for name, line in lines.items()}
        says = "Largest error: " + ", ".join(f"{name} {error}" for name, error in worst.items()) + "."
        parts.append(Chart(f"predictions_{part}", title, says, figure))
    return Section(
        "predictions",
        "Predictions over the truth",
        "Click a name in the legend to hide or show its line.",
        tuple(parts),
    )


def _first(predictions: pd.DataFrame) -> pd.DataFrame:
    """The first sequence and column; of rows predicted more than once, the first prediction."""
    if predictions.empty:
        return predictions
    first = predictions.iloc[0]
    chosen = (predictions["sequence"] == first["sequence"]) & (predictions["column"] == first["column"])
    return predictions[chosen].drop_duplicates("row").sort_values("row")


def _steps(predictions: Mapping[str, pd.DataFrame], looks: Looks) -> Section:
    part = UNSEEN if all((table["part"] == UNSEEN).any() for table in predictions.values()) else TRAINING
    lines = [
        table[table["part"] == part]
        .assign(error=lambda of_part: of_part["error"].abs())
        .groupby("step", as_index=False)["error"]
        .mean()
        .assign(name=name)
        for name, table in predictions.items()
    ]
    where = "sequences that were not trained on" if part == UNSEEN else "the rows that were trained on"
    chart = Chart(
        "steps",
        "Error at every answered step",
        f"The mean absolute error on {where}, by the place of the answer in its window.",
        charts.chart_steps(pd.concat(lines), looks, "step", "mean absolute error"),
    )
    return Section("steps", "Error by step", "", (chart,))
