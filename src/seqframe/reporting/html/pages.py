"""The pages of the report: a backtest, a comparison of single networks, and a seed study."""

from collections.abc import Mapping, Sequence

import pandas as pd

from seqframe.config import Settings
from seqframe.data.dataset import TEST, TRAIN
from seqframe.evaluation.backtest import TrainedRuns
from seqframe.evaluation.conclusions import Conclusion
from seqframe.evaluation.folds import Folds
from seqframe.evaluation.leaderboard import BacktestResult
from seqframe.evaluation.network_conclusions import ONE_SEED
from seqframe.forecasting.future import FutureForecast
from seqframe.reporting.html import charts
from seqframe.reporting.html.charts import LineStyles
from seqframe.reporting.html.components import (
    LOSSES,
    Chart,
    NetworkCard,
    Page,
    Part,
    Section,
    Table,
    cost_section,
    leaderboard_section,
    loss_chart,
    losses_section,
    network_loss_charts,
    run_facts,
    skipped_section,
)
from seqframe.reporting.tables import MAX_FORECASTS, forecast_titles, format_forecasts, list_actuals, pick_forecasts
from seqframe.training.events import TrainingHistory
from seqframe.training.optimizers import optimizer_of

FUTURE_FILE = "`future.csv` of `kedro run`"
SINGLE_HEIGHT, PANEL_HEIGHT = 380, 300  # pixels, of the chart of one forecast, and of each of several
VISIBLE_FORECASTS = 2  # framings whose forecasts are visible at first
FLOAT32 = 4  # bytes


def compose_backtest(
    settings: Settings,
    result: BacktestResult,
    conclusion: Conclusion,
    folds: Folds,
    cards: Sequence[NetworkCard],
    runs: Sequence[TrainedRuns],
    forecasts: Sequence[pd.DataFrame],
    future: FutureForecast,
    table_notes: Sequence[str],
) -> Page:
    """Page of a backtest; cards, runs and forecasts have one element per framing, in the same order."""
    board = result.leaderboard
    framings = list(dict.fromkeys(name for name in board["framing"] if name))  # the best first
    selected_first = sorted(framings, key=lambda name: name != conclusion.framing)
    baselines = [str(model) for model in board["model"][board["framing"] == ""]]
    styles = LineStyles(framings, baselines)
    runs_by_name = {card.framing.name: each for card, each in zip(cards, runs, strict=True)}
    forecasts_by_name = {card.framing.name: table for card, table in zip(cards, forecasts, strict=True)}
    single = board[board["model"] == board["framing"]].set_index("framing").loc[framings]
    costs = {"Parameters": "parameters", "Training of one network, s": "training_s", "Peak memory, MB": "memory_mb"}
    sections = (
        _future_section(future, styles),
        leaderboard_section(
            "leaderboard",
            board,
            "All models on the same forecast origins. MASE: MAE divided by the in-sample MAE of seasonal naive. "
            f"{conclusion.selected} is selected: it {result.selection.reason}. "
            "A rank begins with a model that is significantly worse than one of the rank above. A framing's own row is "
            "the average over seeds; 'ensemble' is the mean forecast. Skill: reduction of the MASE relative to the "
            "best naive baseline.",
        ),
        _setup_section(folds, table_notes),
        _forecasts_section({name: forecasts_by_name[name] for name in selected_first}, folds, styles),
        _horizon_section(result.errors_by_horizon, [*framings, *baselines], styles),
        _backtest_losses({name: runs_by_name[name] for name in framings}, styles),
        cost_section(
            {title: single[name].dropna().to_dict() for title, name in costs.items() if name in single}, styles
        ),
        *(skipped_section(settings) if len(cards) > 1 else ()),
    )
    facts = run_facts(settings, folds.design.task, many_seeds=True)
    ordered = sorted(cards, key=lambda card: framings.index(card.framing.name))
    return Page(f"Forecasts of {settings.data.name}", facts, conclusion.sentences, sections, tuple(ordered))


def _future_section(future: FutureForecast, styles: LineStyles) -> Section:
    """The forecast of the rows after the end of the table: charts of the first series, and a table."""
    title, link = "Forecast", "Forecast"
    if future.reason:
        caption = f"There is no forecast of the rows after the end of {future.table}. {future.reason}"
        return Section("future", title, caption, link=link)
    name, panels, total = future.config.name, future.panels(), future.n_series * len(future.config.targets)
    if (
        future.config.baseline or name not in styles
    ):  # gray is the history; `backtest.refit` may name an unknown framing
        styles = LineStyles([name])
    height = SINGLE_HEIGHT if len(panels) == 1 else PANEL_HEIGHT
    interval = f"{future.config.interval_level:.0%} prediction interval"
    time = str(panels[0].forecast.index.name)
    parts: list[Part] = [
        Chart(
            f"future_{number}",
            panel.title if len(panels) > 1 else future.rows.capitalize(),
            "",
            charts.chart_future(panel, name, styles, time, height),
            f"The newest values, the forecast by {future.model}, and its {interval}.",
        )
        for number, panel in enumerate(panels, start=1)
    ]
    parts.append(_future_table(future.forecasts))
    more = f" Charts: {len(panels)} of {total}. All forecasts: {FUTURE_FILE}." if total > len(panels) else ""
    has_interval = any(panel.forecast["low"].notna().any() for panel in panels)
    band = f" Band: {interval}." if has_interval else ""
    return Section(
        "future",
        title,
        f"The rows after the end of {future.table}, forecast by {future.model}, refitted on all rows.{band}{more}",
        tuple(parts),
    )


def _future_table(forecasts: pd.DataFrame) -> Table:
    cells = format_forecasts(forecasts.head(MAX_FORECASTS))
    cells.columns = pd.Index(forecast_titles(list(cells.columns)))
    rows = f"{len(forecasts):,} row{'s' if len(forecasts) > 1 else ''}"
    caption = f"The first {MAX_FORECASTS} rows. All rows: {FUTURE_FILE}." if len(forecasts) > MAX_FORECASTS else ""
    return Table(f"Forecasts as a table ({rows})", caption, cells, folded=True)


def _setup_section(folds: Folds, table_notes: Sequence[str]) -> Section:
    tables = {"Table": table_notes, "Inferred settings": folds.design.reasons}
    parts = tuple(Table("", "", pd.DataFrame({name: lines}, dtype=object)) for name, lines in tables.items() if lines)
    task, n_folds = folds.design.task, len(folds.datasets)
    caption = (
        f"Each forecast reads {task.lookback} rows and predicts {task.horizon}. "
        f"{n_folds} fold{'s' if n_folds > 1 else ''}; networks are trained on rows before the test split only."
    )
    return Section("design", "Backtest setup", caption, parts)


def _forecasts_section(forecasts: Mapping[str, pd.DataFrame], folds: Folds, styles: LineStyles) -> Section:
    picked = {name: pick_forecasts(table) for name, table in forecasts.items()}
    best, first = next(iter(picked)), next(iter(picked.values()))[0].iloc[0]
    column, row = str(first["column"]), str(folds.newest.df.index.names[-1] or "row")
    series = f" of {first['sequence']}" if folds.origins["sequence"].nunique() > 1 else ""
    more = " Click a framing in the legend to show its forecasts." if len(picked) > VISIBLE_FORECASTS else ""
    caption = (
        f"{column}{series}: ensemble forecasts, up to {folds.design.task.horizon} rows ahead, with "
        f"{folds.design.interval_level:.0%} prediction intervals of {best}.{more}"
    )
    figure = charts.chart_rows(
        list_actuals(forecasts[best]),
        {name: [each.set_index("row")["prediction"] for each in tables] for name, tables in picked.items()},
        styles,
        row,
        column,
        list(picked)[:VISIBLE_FORECASTS],
        {best: [each.set_index("row")[["low", "high"]] for each in picked[best]]},
    )
    chart = Chart("predictions_test", "Forecasts of the newest test split", caption, figure)
    return Section("predictions", "Predictions and actual values", "", (chart,))


def _horizon_section(errors_by_horizon: pd.DataFrame, models: Sequence[str], styles: LineStyles) -> Section:
    chosen = [name for name in models if name in set(errors_by_horizon["model"])]
    errors = errors_by_horizon[errors_by_horizon["model"].isin(chosen)].rename(
        columns={"model": "name", "horizon_step": "step", "mase": "error", "mase_min": "low", "mase_max": "high"}
    )
    errors = errors.set_index("name").loc[chosen].reset_index()
    band = " The band is the range over seeds." if (errors["high"] > errors["low"]).any() else ""
    chart = Chart(
        "steps",
        "MASE by forecast step",
        f"Single networks, averaged over seeds.{band} Gray: baselines.",
        charts.chart_steps(errors, styles, "forecast step", "MASE"),
    )
    return Section("steps", "Error by forecast step", "", (chart,))


def _backtest_losses(runs: Mapping[str, TrainedRuns], styles: LineStyles) -> Section:
    """Charts of the losses; networks that learn one step ahead, and those that learn all steps, have their own."""
    recursive = {name: each for name, each in runs.items() if each.framing.recursive}
    direct = {name: each for name, each in runs.items() if name not in recursive}
    loss_charts: list[Chart] = []
    for name, title, attribute in LOSSES:
        for group, steps in ((direct, "all forecast steps"), (recursive, "one step ahead")):
            suffix = f" of networks that learn {steps}" if direct and recursive else ""
            chart_name = f"{name}_one_step" if suffix and group is recursive else name
            loss_charts += network_loss_charts(
                chart_name, f"{title}{suffix}", attribute, group, styles, "folds and seeds"
            )
    return losses_section(loss_charts)


def compose_comparison(
    settings: Settings,
    sentences: Sequence[str],
    comparison: pd.DataFrame,
    cards: Sequence[NetworkCard],
    histories: Sequence[TrainingHistory],
    predictions: Sequence[pd.DataFrame],
) -> Page:
    """Page of a comparison of single networks; the last three arguments have one element per framing, in one order."""
    names = [card.framing.name for card in cards]
    styles, predictions_by_name = LineStyles(names), dict(zip(names, predictions, strict=True))
    test = " Test: sequences that no network was trained on." if "test_mae" in comparison else ""
    slots = optimizer_of(settings.training).slots
    sections = (
        leaderboard_section(
            "comparison",
            comparison,
            f"Errors are in the units of the data. Last line: baseline, scored on the same rows.{test}",
        ),
        _single_losses(histories, styles),
        _predictions_section(predictions_by_name, styles),
        _steps_section(predictions_by_name, styles),
        cost_section(
            {
                "Parameters": _parameters(cards),
                "Training, s": {history.framing: history.seconds for history in histories},
                "Memory of weights and optimizer state, bytes": {
                    name: FLOAT32 * (1 + slots) * count for name, count in _parameters(cards).items()
                },
            },
            styles,
        ),
        *(skipped_section(settings) if len(cards) > 1 else ()),
    )
    subject = "Comparison of framings" if len(cards) > 1 else names[0]
    facts = run_facts(settings, settings.task, many_seeds=False)
    title = f"{subject}: {settings.data.name}, {settings.task.kind}"
    return Page(title, facts, tuple(sentences), sections, tuple(cards))


def _single_losses(histories: Sequence[TrainingHistory], styles: LineStyles) -> Section:
    losses = ", ".join(f"{history.framing} {history.losses[-1]:.2g}" for history in histories)
    curves = {history.framing: [history.losses] for history in histories}
    caption = f"Final losses: {losses}."
    chart = loss_chart("losses", "Training loss by epoch", curves, styles, caption, histories[0].loss)
    return losses_section([chart], ONE_SEED)


def _parameters(cards: Sequence[NetworkCard]) -> dict[str, float]:
    """Number of parameters of each framing."""
    return {card.framing.name: float(card.spec.parameters) for card in cards}


def _predictions_section(predictions: Mapping[str, pd.DataFrame], styles: LineStyles) -> Section:
    """The first sequence of each split, for which every framing predicts the same rows."""
    parts: list[Part] = []
    for split, title in ((TRAIN, "A training sequence"), (TEST, "A test sequence")):
        lines = {name: _first_sequence(table[table["split"] == split]) for name, table in predictions.items()}
        lines = {name: line for name, line in lines.items() if not line.empty}
        if not lines:
            continue
        first = next(iter(lines.values()))
        column = str(first["column"].iloc[0])
        actuals = first.drop_duplicates("row").set_index("row")["actual"]
        predicted = {name: [line.set_index("row")["prediction"]] for name, line in lines.items()}
        figure = charts.chart_rows(actuals, predicted, styles, "row", column, list(predicted))
        errors = {name: (line["prediction"] - line["actual"]).abs().max() for name, line in lines.items()}
        caption = "Max error: " + ", ".join(f"{name} {error:.2g}" for name, error in errors.items()) + "."
        parts.append(Chart(f"predictions_{split}", title, caption, figure))
    caption = "Click a name in the legend to hide or show its line."
    return Section("predictions", "Predictions and actual values", caption, tuple(parts))


def _first_sequence(predictions: pd.DataFrame) -> pd.DataFrame:
    """Predictions of the first sequence and column; the first one where a row is predicted several times."""
    if predictions.empty:
        return predictions
    first = predictions.iloc[0]
    chosen = (predictions["sequence"] == first["sequence"]) & (predictions["column"] == first["column"])
    return predictions[chosen].drop_duplicates("row").sort_values("row")


def _steps_section(predictions: Mapping[str, pd.DataFrame], styles: LineStyles) -> Section:
    split = TEST if all((table["split"] == TEST).any() for table in predictions.values()) else TRAIN
    lines = [
        table[table["split"] == split]
        .assign(error=lambda rows: rows["error"].abs())
        .groupby("step", as_index=False)["error"]
        .mean()
        .assign(name=name)
        for name, table in predictions.items()
    ]
    chart = Chart(
        "steps",
        "MAE by output step",
        f"Mean absolute error on {'test' if split == TEST else 'training'} sequences, by step of the window.",
        charts.chart_steps(pd.concat(lines), styles, "step", "MAE"),
    )
    return Section("steps", "Error by step", "", (chart,))


def compose_seed_study(
    settings: Settings,
    sentences: Sequence[str],
    study: pd.DataFrame,
    cards: Sequence[NetworkCard],
    seeds: Sequence[pd.DataFrame],
    histories: Sequence[Sequence[TrainingHistory]],
) -> Page:
    """Page of a seed study; the last three arguments have one element per framing, in one order."""
    names = [card.framing.name for card in cards]
    styles = LineStyles(names)
    histories_by_name = dict(zip(names, histories, strict=True))
    curves = {name: [each.losses for each in of_seeds] for name, of_seeds in histories_by_name.items()}
    final_losses = {name: [*table["final_loss"]] for name, table in zip(names, seeds, strict=True)}
    seconds = {name: sum(each.seconds for each in of) / len(of) for name, of in histories_by_name.items()}
    loss_caption, loss = "Line: median of all seeds; band: minimum to maximum.", histories[0][0].loss
    seeds_caption = "One dot per seed: the networks of a framing differ in their initial weights only."
    sections = (
        leaderboard_section("seed_study", study, ""),
        losses_section([loss_chart("losses", "Training loss, all seeds", curves, styles, loss_caption, loss)]),
        Section(
            "seeds",
            "Seeds",
            "",
            (
                Chart(
                    "seeds",
                    "Final loss of every seed",
                    seeds_caption,
                    charts.chart_dots(final_losses, styles, "final loss"),
                ),
            ),
        ),
        cost_section({"Parameters": _parameters(cards), "Training of one network, s": seconds}, styles),
    )
    facts = run_facts(settings, settings.task, many_seeds=True)
    return Page(f"Seed study: {settings.data.name}", facts, tuple(sentences), sections, tuple(cards))
