"""Nodes of the backtest. TensorFlow is imported inside the nodes that need it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from seqframe.api.networks import init_forecast_network
from seqframe.config import BacktestSettings, DataSettings, ModelSettings, Settings, TaskSettings, TrainingSettings
from seqframe.data.files import find_table, read_raw_table
from seqframe.data.memory import release_free_memory
from seqframe.errors import UserError
from seqframe.evaluation import design, leaderboard
from seqframe.evaluation import folds as fold_module
from seqframe.evaluation.backtest import FittedBaseline, fit_baselines, list_models
from seqframe.evaluation.conclusions import Conclusion, conclude, refit_message
from seqframe.evaluation.design import BacktestConfig
from seqframe.evaluation.folds import Folds
from seqframe.evaluation.leaderboard import BacktestResult
from seqframe.evaluation.memory import check_backtest_memory
from seqframe.forecasting.future import FutureForecast, no_forecast
from seqframe.forecasting.future import forecast_future as _forecast_future
from seqframe.forecasting.intervals import Residuals
from seqframe.framings import Framing
from seqframe.networks.spec import NetworkState, Shape
from seqframe.pipelines import pick
from seqframe.pipelines.training import nodes as training_nodes
from seqframe.reporting import figures, tables
from seqframe.reporting.html.components import NetworkCard
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import Message, emit
from seqframe.training.runs import Executor


def design_backtest(
    data: pd.DataFrame, data_settings: DataSettings, task: TaskSettings, settings: BacktestSettings
) -> BacktestConfig:
    """Resolve lookback, horizon and folds that the settings leave open, and emit the reasons."""
    config = design.design_backtest(data, data_settings, task, settings)
    for reason in config.reasons:
        emit(Message(reason))
    return config


def make_folds(
    data: pd.DataFrame,
    config: BacktestConfig,
    data_settings: DataSettings,
    model: ModelSettings,
    training: TrainingSettings,
    settings: BacktestSettings,
    framings: Sequence[Framing],
) -> Folds:
    """One dataset per fold: split, imputed, scaled, windowed.

    Raises:
        UserError: A backtest of these framings does not fit into memory.
    """
    folds = fold_module.make_folds(data, config, data_settings)
    check_backtest_memory(folds, len(framings), model, training, settings)
    return folds


def forecast_baselines(folds: Folds, settings: BacktestSettings) -> tuple[FittedBaseline, ...]:
    """The naive baselines, and forecasts of the fitted ones in `backtest.baselines`."""
    return fit_baselines(folds, settings.named_baselines)


def init_backtest_network(
    folds: Folds, model: ModelSettings, training: TrainingSettings, framing: Framing
) -> tuple[NetworkState, pd.DataFrame, tuple[Shape, Shape]]:
    """Initial network for the newest fold, the table of its layers with parameter counts, and the shapes of X and y."""
    return init_forecast_network(folds.of(framing).newest, framing, model, training)


def check_backtest_causality(
    network: NetworkState, folds: Folds, framing: Framing
) -> tuple[NetworkState, Any, pd.DataFrame]:
    """The same network after its causality check, the outcome of the check, and the input-output dependency as a table.

    Raises:
        UserError: An output depends on inputs that are not available at prediction time (data leakage).
    """
    return training_nodes.check_causality(network, folds.of(framing).newest, framing)


def run_backtest(
    network: NetworkState,
    folds: Folds,
    training: TrainingSettings,
    checkpoints: CheckpointStore,
    executor: Executor,
    framing: Framing,
) -> Any:
    """Train one network per fold and seed, and forecast the test part of each fold."""
    from seqframe.evaluation.backtest import run_backtest

    return run_backtest(network.spec, framing, folds.of(framing), training, checkpoints, executor)


def make_backtest_network_card(
    network: NetworkState, layers: pd.DataFrame, causality: Any, folds: Folds, framing: Framing
) -> tuple[NetworkCard, pd.DataFrame]:
    """Network card (layers, shapes, parameters, causality) and index map of the newest fold, for the report."""
    return training_nodes.make_network_card(network, layers, causality, folds.of(framing).newest, framing)


def tabulate_forecasts(runs: Any, folds: Folds) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All forecasts of the ensemble over seeds, or of the only network, with actual values and prediction intervals.

    The second table has the forecasts that charts choose from.
    """
    table = tables.tabulate_forecasts(runs.forecasts()[-1], folds)
    return table, tables.newest_forecasts(table)


def report_backtest(
    layers: pd.DataFrame, runs: Any, drawn: pd.DataFrame, dependency: pd.DataFrame, folds: Folds, framing: Framing
) -> tuple[pd.DataFrame, Figure, Figure, Figure]:
    """Layer table, and figures of the losses, the forecasts and the input-output dependency."""
    return (
        layers,
        figures.plot_backtest_losses(runs, framing.name),
        figures.plot_forecasts(drawn, folds, framing.name),
        figures.plot_dependency(dependency, framing.name),
    )


def summarize_backtest(runs: Any, folds: Folds) -> dict[str, dict[str, float]]:
    """Scores averaged over single networks and scores of the ensemble, with training and forecast cost."""
    return tables.summarize_backtest(runs, folds)


def collect_report_parts(card: NetworkCard, runs: Any, drawn: pd.DataFrame) -> dict[str, Any]:
    """What the report shows of a framing; `drawn` are the forecasts that its chart chooses from."""
    return {"network_card": card, "trained_runs": runs.without_forecasts(), "drawn_forecasts": drawn}


def collect_residuals(
    conclusion: Conclusion,
    settings: BacktestSettings,
    folds: Folds,
    baselines: tuple[FittedBaseline, ...],
    *results: Any,
) -> list[Residuals]:
    """The residuals in the backtest of the model that is refitted; empty if it is no model of the backtest.

    All forecasts are released after this node.
    """
    from seqframe.evaluation.refit import model_residuals

    (runs,) = pick(results, "backtest_runs")
    past = model_residuals(settings.refit or conclusion.refit, list_models(baselines, runs), folds)
    return [] if past is None else [past]


def refit(
    data: pd.DataFrame,
    config: BacktestConfig,
    conclusion: Conclusion,
    data_settings: DataSettings,
    model: ModelSettings,
    training: TrainingSettings,
    settings: BacktestSettings,
    checkpoints: CheckpointStore,
    executor: Executor,
    residuals: list[Residuals],
) -> tuple[Any, Any]:
    """Refit the best model, or the framing or baseline `backtest.refit`, on all rows up to the newest.

    Its residuals in the backtest calibrate the prediction intervals. The result is returned twice: to forecast with,
    and to save.
    """
    from seqframe.evaluation.refit import refit_named

    name = settings.refit or conclusion.refit
    emit(Message(refit_message(name, conclusion)))
    past = residuals[0] if residuals else None
    refitted = refit_named(name, data, config, data_settings, model, training, checkpoints, past, executor)
    return refitted, refitted


def forecast_future(refitted: Any, table: Path, data_settings: DataSettings) -> FutureForecast:
    """Forecast the rows after the end of the table; where that is not possible, emit the reason."""
    path = find_table(str(table))
    try:
        raw = read_raw_table(path, data_settings.csv)
        release_free_memory()  # of the parser
        return _forecast_future(refitted.forecaster, raw, path.name)
    except UserError as error:
        emit(Message(f"There is no forecast of the rows after the end of {path.name}. {error}"))
        return no_forecast(refitted.forecaster.config, path.name, str(error))


def report_future(future: FutureForecast) -> tuple[pd.DataFrame, Figure]:
    """Table and figure of the forecast."""
    return future.forecasts, figures.plot_future(future)


def score_models(
    folds: Folds, baselines: tuple[FittedBaseline, ...], *results: Any
) -> tuple[BacktestResult, Conclusion]:
    """Leaderboard, comparisons and errors by horizon step; and the conclusion."""
    runs, scores = pick(results, "backtest_runs", "scores")
    known: dict[str, Mapping[str, float]] = {}
    for each, found in zip(runs, scores, strict=True):
        known |= tables.model_metrics(each, found)
    result = leaderboard.score_models(list_models(baselines, runs), folds, known)
    return result, conclude(result)


def write_backtest_report(
    result: BacktestResult,
    conclusion: Conclusion,
    folds: Folds,
    future: FutureForecast,
    table_notes: str,
    data_settings: DataSettings,
    task: TaskSettings,
    model: ModelSettings,
    training: TrainingSettings,
    *parts: Any,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, str, Figure, str]:
    """Leaderboard, pairwise tests, errors by horizon step, conclusion, figure of the errors, and the HTML report.

    `parts` has the result of `collect_report_parts` for each framing.
    """
    from seqframe.reporting.html import pages, render

    cards, runs, forecasts = pick(parts, "network_card", "trained_runs", "drawn_forecasts")
    figure = figures.plot_model_errors(result)
    notes = table_notes.splitlines()
    settings = Settings(data=data_settings, task=task, model=model, training=training)
    page = pages.compose_backtest(settings, result, conclusion, folds, cards, runs, forecasts, future, notes)
    text = "\n".join(conclusion.sentences)
    return result.leaderboard, result.pairs, result.errors_by_horizon, text, figure, render.render_page(page)
