"""The page of a backtest: forecasts of a table, every framing beside naive forecasts and a linear one."""

from collections.abc import Mapping, Sequence

import pandas as pd

from seqframe.config import Settings
from seqframe.data.dataset import TEST, TRAIN
from seqframe.evaluation.backtest import NAIVE, RIDGE, BacktestRuns
from seqframe.evaluation.conclusions import Conclusion
from seqframe.evaluation.folds import Folds
from seqframe.evaluation.leaderboard import BacktestResult
from seqframe.reporting.html import charts
from seqframe.reporting.html.charts import LineStyles
from seqframe.reporting.html.columns import comparison_cells, leaderboard_cells, seed_cells
from seqframe.reporting.html.components import (
    Chart,
    NetworkCard,
    Page,
    Part,
    Section,
    Table,
    cost_section,
    run_facts,
    skipped_section,
)
from seqframe.reporting.tables import list_actuals, pick_forecasts
from seqframe.training.events import TrainingHistory

SHOWN = 2  # framings whose forecasts are seen before anyone clicks


def compose_backtest(
    asked: Settings,
    scored: BacktestResult,
    verdict: Conclusion,
    folds: Folds,
    sheets: Sequence[NetworkCard],
    attempts: Sequence[BacktestRuns],
    forecasts: Sequence[pd.DataFrame],
) -> Page:
    """The page, from what every framing gave, in the order of the sheets."""
    board = scored.leaderboard
    best = list(dict.fromkeys(name for name in board["framing"] if name))
    looks = LineStyles(best, plain=(*NAIVE, RIDGE))
    by_name = {sheet.framing.name: tries for sheet, tries in zip(sheets, attempts, strict=True)}
    tables = {sheet.framing.name: table for sheet, table in zip(sheets, forecasts, strict=True)}
    single = board[board["model"] == board["framing"]].set_index("framing").loc[best]
    costs = {"Parameters": "parameters", "Training of one network, s": "training_s", "Peak memory, MB": "memory_mb"}
    sections = (
        _backtest_leaderboard(board),
        _design(folds),
        _backtest_forecasts({name: tables[name] for name in best}, folds, looks),
        _leads(scored.errors_by_horizon, best, looks),
        _backtest_losses({name: by_name[name] for name in best}, looks),
        cost_section(
            {title: single[name].dropna().to_dict() for title, name in costs.items() if name in single}, looks
        ),
        *(skipped_section(asked) if len(sheets) > 1 else ()),
    )
    order = sorted(sheets, key=lambda sheet: best.index(sheet.framing.name))
    facts = run_facts(asked, folds.design.task, many_seeds=True)
    return Page(f"Forecasts of {asked.data.name}", facts, verdict.sentences, sections, tuple(order))


def _backtest_leaderboard(board: pd.DataFrame) -> Section:
    faint = tuple(place for place, framing in enumerate(board["framing"]) if not framing)
    table = Table(
        "All forecasters on the same rows, leads and units",
        "MASE is the error in units of what repeating the last season is off by. Entries of one rank differ by nothing "
        "but noise. A framing's own line is what one network does on average; 'mean' is the mean of "
        "all seeds' forecasts. Skill is the share of the best naive forecast's error that is gone.",
        leaderboard_cells(board),
        faint=faint,
    )
    return Section("leaderboard", "Leaderboard", "", (table,))


def _design(folds: Folds) -> Section:
    reasons = pd.DataFrame({"what was inferred, and why": folds.design.reasons}, dtype=object)
    parts = (Table("", "", reasons),) if len(reasons) else ()
    task = folds.design.task
    says = (
        f"Each forecast reads {task.lookback} rows and predicts {task.horizon}, in {len(folds.datasets)} fold"
        f"{'s' if len(folds.datasets) > 1 else ''}; in each, nothing but rows before the tested ones is learnt from."
    )
    return Section("design", "How it was tried", says, parts)


def _backtest_forecasts(forecasts: Mapping[str, pd.DataFrame], folds: Folds, looks: LineStyles) -> Section:
    picked = {name: pick_forecasts(table) for name, table in forecasts.items()}
    best, first = next(iter(picked)), next(iter(picked.values()))[0].iloc[0]
    column, row = str(first["column"]), str(folds.newest.df.index.names[-1] or "row")
    several = f" of {first['sequence']}" if folds.origins["sequence"].nunique() > 1 else ""
    more = " More framings wait in the legend: click them." if len(picked) > SHOWN else ""
    says = (
        f"{column}{several}: the mean over the seeds, up to {folds.design.task.horizon} rows ahead; the band is to "
        f"hold {folds.design.interval_level:.0%} of the truth.{more}"
    )
    figure = charts.chart_rows(
        list_actuals(forecasts[best]),
        {name: [each.set_index("row")["prediction"] for each in of] for name, of in picked.items()},
        looks,
        row,
        column,
        list(picked)[:SHOWN],
        {best: [each.set_index("row")[["low", "high"]] for each in picked[best]]},
    )
    chart = Chart("predictions_test", "Forecasts of the newest test part", says, figure)
    return Section("predictions", "Predictions over the truth", "", (chart,))


def _leads(per_lead: pd.DataFrame, best: Sequence[str], looks: LineStyles) -> Section:
    chosen = [name for name in (*best, *NAIVE, RIDGE) if name in set(per_lead["model"])]
    errors = per_lead[per_lead["model"].isin(chosen)].rename(
        columns={"model": "name", "horizon_step": "step", "mase": "error", "smallest": "low", "largest": "high"}
    )
    errors = errors.set_index("name").loc[chosen].reset_index()
    band = "; the band reaches from the best seed to the worst" if (errors["high"] > errors["low"]).any() else ""
    chart = Chart(
        "steps",
        "Scaled error at every lead",
        f"One network of each framing{band}. Grey: what is to be beaten.",
        charts.chart_steps(errors, looks, "horizon_step", "scaled error (MASE)"),
    )
    return Section("steps", "Error by lead", "", (chart,))


def _backtest_losses(attempts: Mapping[str, BacktestRuns], looks: LineStyles) -> Section:
    parts = []
    for name, title, kind in (
        ("losses_validation", "Loss on the validation part, which says when to stop", "validation_losses"),
        ("losses", "Loss on the training part", "losses"),
    ):
        curves = {
            framing: [curve for each in tries.each if (curve := getattr(each.history, kind))]
            for framing, tries in attempts.items()
        }
        curves = {framing: of for framing, of in curves.items() if of}
        if curves:
            says = (
                "The line is the median of all folds and seeds, the band reaches from the smallest to the largest; a "
                "network that stopped early keeps its last. Mean squared errors in scaled units, on a logarithmic axis."
            )
            parts.append(Chart(name, title, says, charts.chart_losses(curves, looks)))
    return Section("losses", "How training went", "", tuple(parts))


# The page of some framings, trained from one seed each on a generated problem.

BYTES_A_PARAMETER = 12  # a weight and the two moments that Adam keeps of it, in float32


def compose_comparison(
    asked: Settings,
    sentences: Sequence[str],
    comparison: pd.DataFrame,
    sheets: Sequence[NetworkCard],
    histories: Sequence[TrainingHistory],
    predictions: Sequence[pd.DataFrame],
) -> Page:
    """The page, from what every framing gave, in the same order."""
    names = [sheet.framing.name for sheet in sheets]
    looks, by_name = LineStyles(names), dict(zip(names, predictions, strict=True))
    sections = (
        _leaderboard(comparison),
        _losses(histories, looks),
        _predictions(by_name, looks),
        _steps(by_name, looks),
        cost_section(
            {
                "Parameters": {sheet.framing.name: float(sheet.spec.parameters) for sheet in sheets},
                "Training, s": {history.framing: history.seconds for history in histories},
                "Memory of weights and Adam's moments, bytes": {
                    sheet.framing.name: float(BYTES_A_PARAMETER * sheet.spec.parameters) for sheet in sheets
                },
            },
            looks,
        ),
    )
    several = len(sheets) > 1
    left_out = skipped_section(asked) if several else ()
    title = f"{'Framings compared' if several else names[0]}: {asked.data.name}, {asked.task.kind}"
    facts = run_facts(asked, asked.task, many_seeds=False)
    return Page(title, facts, tuple(sentences), (*sections, *left_out), tuple(sheets))


def _leaderboard(comparison: pd.DataFrame) -> Section:
    naive = tuple(int(place) for place in comparison["epochs"].isna().to_numpy().nonzero()[0])
    table = Table(
        "All framings on the same rows",
        "Errors are in the units of the data. The last line has learnt nothing, and is scored on the same rows."
        + (" Unseen are sequences that no network was trained on." if "test_mae" in comparison else ""),
        comparison_cells(comparison),
        faint=naive,
    )
    return Section("leaderboard", "Leaderboard", "", (table,))


def _losses(histories: Sequence[TrainingHistory], looks: LineStyles) -> Section:
    figure = charts.chart_losses({history.framing: [history.losses] for history in histories}, looks)
    chart = Chart(
        "losses",
        "Training loss by epoch",
        f"{_by_name(histories)}. Losses are mean squared errors in scaled units, on a logarithmic axis.",
        figure,
    )
    says = "One network each, from one seed: `kedro run --pipeline=seed_study` shows how far others would differ."
    return Section("losses", "How training went", says, (chart,))


def _by_name(histories: Sequence[TrainingHistory]) -> str:
    return "Final losses: " + ", ".join(f"{history.framing} {history.losses[-1]:.2g}" for history in histories)


def _predictions(predictions: Mapping[str, pd.DataFrame], looks: LineStyles) -> Section:
    """Of each part its first sequence, of which every framing predicts the same rows."""
    parts: list[Part] = []
    for part, title in ((TRAIN, "A sequence that was trained on"), (TEST, "A sequence that no network has seen")):
        lines = {name: _first(table[table["split"] == part]) for name, table in predictions.items()}
        lines = {name: line for name, line in lines.items() if not line.empty}
        if not lines:
            continue
        first = next(iter(lines.values()))
        column = str(first["column"].iloc[0])
        actuals = first.drop_duplicates("row").set_index("row")["actual"]
        shown = {name: [line.set_index("row")["prediction"]] for name, line in lines.items()}
        figure = charts.chart_rows(actuals, shown, looks, "row", column, list(shown))
        worst = {name: f"{(line['prediction'] - line['actual']).abs().max():.2g}" for name, line in lines.items()}
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


def _steps(predictions: Mapping[str, pd.DataFrame], looks: LineStyles) -> Section:
    part = TEST if all((table["split"] == TEST).any() for table in predictions.values()) else TRAIN
    lines = [
        table[table["split"] == part]
        .assign(error=lambda of_part: of_part["error"].abs())
        .groupby("step", as_index=False)["error"]
        .mean()
        .assign(name=name)
        for name, table in predictions.items()
    ]
    where = "sequences that were not trained on" if part == TEST else "the rows that were trained on"
    chart = Chart(
        "steps",
        "Error at every answered step",
        f"The mean absolute error on {where}, by the place of the answer in its window.",
        charts.chart_steps(pd.concat(lines), looks, "step", "mean absolute error"),
    )
    return Section("steps", "Error by step", "", (chart,))


# The page of a seed study: the same training from many seeds.


def compose_seed_study(
    asked: Settings,
    sentences: Sequence[str],
    study: pd.DataFrame,
    sheets: Sequence[NetworkCard],
    seeds: Sequence[pd.DataFrame],
    histories: Sequence[Sequence[TrainingHistory]],
) -> Page:
    """The page, from the seeds and losses of every framing, in the same order as the sheets."""
    names = [sheet.framing.name for sheet in sheets]
    looks = LineStyles(names)
    by_name = dict(zip(names, histories, strict=True))
    table = Table("How many seeds learn every value to one decimal", "", seed_cells(study))
    sections = (
        Section("leaderboard", "Leaderboard", "", (table,)),
        _seed_losses(by_name, looks),
        _final_losses(dict(zip(names, seeds, strict=True)), looks),
        cost_section(
            {
                "Parameters": {sheet.framing.name: float(sheet.spec.parameters) for sheet in sheets},
                "Training of one network, s": {
                    name: sum(each.seconds for each in trained) / len(trained) for name, trained in by_name.items()
                },
            },
            looks,
        ),
    )
    facts = run_facts(asked, asked.task, many_seeds=True)
    return Page(f"Seed study: {asked.data.name}", facts, tuple(sentences), sections, tuple(sheets))


def _seed_losses(histories: Mapping[str, Sequence[TrainingHistory]], looks: LineStyles) -> Section:
    figure = charts.chart_losses({name: [each.losses for each in of] for name, of in histories.items()}, looks)
    says = (
        "The line is the median of all seeds, the band reaches from the smallest loss to the largest. "
        "Losses are mean squared errors in scaled units, on a logarithmic axis."
    )
    return Section("losses", "How training went", "", (Chart("losses", "Training loss, all seeds", says, figure),))


def _final_losses(seeds: Mapping[str, pd.DataFrame], looks: LineStyles) -> Section:
    figure = charts.chart_dots({name: [*table["final_loss"]] for name, table in seeds.items()}, looks, "final loss")
    says = "One dot a seed: how far apart networks end that differ in nothing but the weights that they start from."
    return Section("seeds", "Seeds", "", (Chart("seeds", "Final loss of every seed", says, figure),))
