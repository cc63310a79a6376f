"""Design a backtest, try every framing in it, score all. TensorFlow is imported by the nodes that need it, inside."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from seqframe import backtest
from seqframe.backtest import Design, Entry, Folds, Scored, Verdict
from seqframe.config import Backtest, Model, Problem, Settings, Task, Training
from seqframe.framings import FRAMINGS, Framing
from seqframe.pipelines import in_groups
from seqframe.pipelines.framing import nodes as framing_nodes
from seqframe.plan import Network, Shape
from seqframe.progress import Remark, announce
from seqframe.report import figures, forecast_figures, forecast_tables, tables
from seqframe.report.page.parts import Sheet


def design(rows: pd.DataFrame, problem: Problem, task: Task, asked: Backtest) -> Design:
    """Settle lookback, horizon and folds where the settings leave them open, and say why."""
    designed = backtest.design_backtest(rows, problem, task, asked)
    for reason in designed.reasons:
        announce(Remark(f"Inferred: {reason}"))
    return designed


def pose_folds(rows: pd.DataFrame, designed: Design, problem: Problem) -> Folds:
    """Cut the folds and pose each: split, fill, scale, window."""
    return backtest.pose_folds(rows, designed, problem)


def forecast_baselines(folds: Folds) -> tuple[Entry, ...]:
    """Naive forecasts, and the linear one."""
    return backtest.forecast_baselines(folds)


def build(
    folds: Folds, model: Model, training: Training, framing: Framing
) -> tuple[Network, pd.DataFrame, tuple[Shape, Shape]]:
    """The untrained network, the arithmetic of its parameters beside Keras' count, and the shapes of X and y."""
    from seqframe.network import build_network

    posed = folds.newest.for_training(framing)
    framed = posed.framed(framing, posed.windows)
    network, counts = build_network(framing.plan(*framed.take(slice(1)), model), training.seed)
    return network, tables.layer_table(network.plan, counts), (framed.X_shape, framed.y_shape)


def check_flow(built: Network, folds: Folds, framing: Framing) -> tuple[Network, Any, pd.DataFrame]:
    """The network again, if it sees no row that it should not; what it sees, judged, and as a table."""
    return framing_nodes.check_flow(built, folds.newest, framing)


def try_framing(untrained: Network, folds: Folds, training: Training, framing: Framing) -> Any:
    """Train from every seed in every fold, and forecast."""
    from seqframe.backtest.trying import try_framing

    return try_framing(untrained.plan, framing, folds, training)


def describe(
    untrained: Network, layers: pd.DataFrame, judgement: Any, folds: Folds, framing: Framing
) -> tuple[Sheet, pd.DataFrame]:
    """What there is to say of the network, and which row went to which cell of X and y, in the newest fold."""
    return framing_nodes.describe(untrained, layers, judgement, folds.newest, framing)


def tabulate(attempts: Any, folds: Folds) -> pd.DataFrame:
    """Every forecast, the mean over the seeds, beside the truth, with its interval."""
    return forecast_tables.tabulate_forecasts(attempts.entries()[1], folds)


def report(
    layers: pd.DataFrame, attempts: Any, forecasts: pd.DataFrame, flow: pd.DataFrame, folds: Folds, framing: Framing
) -> tuple[pd.DataFrame, pd.DataFrame, Figure, Figure, Figure]:
    """What people look at: layers, forecasts beside the truth with intervals, losses, a plot of both, the flow."""
    return (
        layers,
        forecasts,
        forecast_figures.draw_attempts(attempts, framing.name),
        forecast_figures.draw_forecasts(forecasts, folds, framing.name),
        figures.draw_flow(flow, framing.name),
    )


def summarise(attempts: Any, folds: Folds) -> dict[str, dict[str, float]]:
    """The scores of one network and of the mean over the seeds, and what they cost."""
    return forecast_tables.summarise(attempts, folds)


def keep(
    rows: pd.DataFrame,
    designed: Design,
    verdict: Verdict,
    problem: Problem,
    model: Model,
    training: Training,
    asked: Backtest,
) -> Any:
    """The best framing, or the one that is asked for, trained anew up to the newest rows."""
    from seqframe.backtest.keeping import train_to_keep

    name = asked.keep or verdict.framing
    announce(Remark(about_to_keep(name, verdict)))
    framing = next(framing for framing in FRAMINGS if framing.name == name)
    return train_to_keep(rows, designed, framing, problem, model, training)


def about_to_keep(name: str, verdict: Verdict) -> str:
    """What is said before a framing is trained anew: whether it is the best, and whether that is any good."""
    if not verdict.has_skill:
        return f"Keeping {name}, though no framing has skill over the naive forecast: use it with care."
    if name != verdict.framing:
        return f"Keeping {name}, as backtest.keep says; the best is {verdict.framing}."
    return f"Keeping {name}, the best."


def score(folds: Folds, baselines: tuple[Entry, ...], *attempts: Any) -> tuple[Scored, Verdict]:
    """The leaderboard, all pairs and the errors by lead; and what it all means."""
    entries = [*baselines, *(entry for each in attempts for entry in each.entries())]
    scored = backtest.score_entries(entries, folds)
    return scored, backtest.judge(scored)


def write_report(
    scored: Scored,
    verdict: Verdict,
    folds: Folds,
    baselines: tuple[Entry, ...],
    problem: Problem,
    task: Task,
    model: Model,
    training: Training,
    *each: Any,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, str, Figure, str]:
    """The leaderboard, all pairs, the errors by lead as table and figure, what it all means, and the page of it.

    `each` holds the sheets of all framings, then their attempts, then their forecasts.
    """
    from seqframe.report.page import backtesting, writing

    sheets, attempts, forecasts = in_groups(each, 3)
    framings = {sheet.framing.name for sheet in sheets}  # the means stand for them, so that lines can be told apart
    shown = scored.per_lead[~scored.per_lead["entry"].isin(framings)]
    figure = forecast_figures.draw_errors_by_lead(shown, [entry.name for entry in baselines])
    asked = Settings(problem=problem, task=task, model=model, training=training)
    page = backtesting.compose(asked, scored, verdict, folds, sheets, attempts, forecasts)
    text = "\n".join(verdict.sentences)
    return scored.leaderboard, scored.pairs, scored.per_lead, text, figure, writing.write_page(page)
