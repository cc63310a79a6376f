"""The page of a backtest: forecasts of a table, every framing beside naive forecasts and a linear one."""

from collections.abc import Mapping, Sequence

import pandas as pd

from seqframe.backtest import Folds, Scored, Verdict
from seqframe.backtest.attempts import Attempts
from seqframe.backtest.entries import LINEAR, NAIVE
from seqframe.config import Settings
from seqframe.report.forecast_tables import list_truth, pick_forecasts
from seqframe.report.page import charts
from seqframe.report.page.facts import list_facts
from seqframe.report.page.looks import Looks
from seqframe.report.page.parts import Chart, Page, Section, Sheet, Table
from seqframe.report.page.rows import leaderboard_cells
from seqframe.report.page.sections import list_left_out, show_costs

SHOWN = 2  # framings whose forecasts are seen before anyone clicks


def compose(
    asked: Settings,
    scored: Scored,
    verdict: Verdict,
    folds: Folds,
    sheets: Sequence[Sheet],
    attempts: Sequence[Attempts],
    forecasts: Sequence[pd.DataFrame],
) -> Page:
    """The page, from what every framing gave, in the order of the sheets."""
    board = scored.leaderboard
    best = list(dict.fromkeys(name for name in board["framing"] if name))
    looks = Looks(best, plain=(*NAIVE, LINEAR))
    by_name = {sheet.framing.name: tries for sheet, tries in zip(sheets, attempts, strict=True)}
    tables = {sheet.framing.name: table for sheet, table in zip(sheets, forecasts, strict=True)}
    single = board[board["entry"] == board["framing"]].set_index("framing").loc[best]
    costs = {"Parameters": "parameters", "Training of one network, s": "training_s", "Peak memory, MB": "memory_mb"}
    sections = (
        _leaderboard(board),
        _design(folds),
        _predictions({name: tables[name] for name in best}, folds, looks),
        _leads(scored.per_lead, best, looks),
        _losses({name: by_name[name] for name in best}, looks),
        show_costs({title: single[name].dropna().to_dict() for title, name in costs.items() if name in single}, looks),
        *(list_left_out(asked) if len(sheets) > 1 else ()),
    )
    order = sorted(sheets, key=lambda sheet: best.index(sheet.framing.name))
    facts = list_facts(asked, folds.design.task, many_seeds=True)
    return Page(f"Forecasts of {asked.problem.name}", facts, verdict.sentences, sections, tuple(order))


def _leaderboard(board: pd.DataFrame) -> Section:
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
        f"Each forecast reads {task.lookback} rows and predicts {task.horizon}, in {len(folds.posed)} fold"
        f"{'s' if len(folds.posed) > 1 else ''}; in each, nothing but rows before the tested ones is learnt from."
    )
    return Section("design", "How it was tried", says, parts)


def _predictions(forecasts: Mapping[str, pd.DataFrame], folds: Folds, looks: Looks) -> Section:
    picked = {name: pick_forecasts(table) for name, table in forecasts.items()}
    best, first = next(iter(picked)), next(iter(picked.values()))[0].iloc[0]
    column, row = str(first["column"]), str(folds.newest.rows.index.names[-1] or "row")
    several = f" of {first['sequence']}" if folds.origins["sequence"].nunique() > 1 else ""
    more = " More framings wait in the legend: click them." if len(picked) > SHOWN else ""
    says = (
        f"{column}{several}: the mean over the seeds, up to {folds.design.task.horizon} rows ahead; the band is to "
        f"hold {folds.design.confidence:.0%} of the truth.{more}"
    )
    figure = charts.chart_rows(
        list_truth(forecasts[best]),
        {name: [each.set_index("row")["prediction"] for each in of] for name, of in picked.items()},
        looks,
        row,
        column,
        list(picked)[:SHOWN],
        {best: [each.set_index("row")[["low", "high"]] for each in picked[best]]},
    )
    chart = Chart("predictions_test", "Forecasts of the newest test part", says, figure)
    return Section("predictions", "Predictions over the truth", "", (chart,))


def _leads(per_lead: pd.DataFrame, best: Sequence[str], looks: Looks) -> Section:
    chosen = [name for name in (*best, *NAIVE, LINEAR) if name in set(per_lead["entry"])]
    errors = per_lead[per_lead["entry"].isin(chosen)].rename(
        columns={"entry": "name", "lead": "step", "mase": "error", "smallest": "low", "largest": "high"}
    )
    errors = errors.set_index("name").loc[chosen].reset_index()
    band = "; the band reaches from the best seed to the worst" if (errors["high"] > errors["low"]).any() else ""
    chart = Chart(
        "steps",
        "Scaled error at every lead",
        f"One network of each framing{band}. Grey: what is to be beaten.",
        charts.chart_steps(errors, looks, "lead", "scaled error (MASE)"),
    )
    return Section("steps", "Error by lead", "", (chart,))


def _losses(attempts: Mapping[str, Attempts], looks: Looks) -> Section:
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
