"""Design a backtest, try every framing in it, score all. TensorFlow is imported by the nodes that need it, inside."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from seqframe.config import BacktestSettings, DataSettings, ModelSettings, Settings, TaskSettings, TrainingSettings
from seqframe.evaluation import design, leaderboard
from seqframe.evaluation import folds as fold_module
from seqframe.evaluation.backtest import ModelForecasts
from seqframe.evaluation.backtest import forecast_baselines as _forecast_baselines
from seqframe.evaluation.conclusions import Conclusion, conclude
from seqframe.evaluation.design import BacktestConfig
from seqframe.evaluation.folds import Folds
from seqframe.evaluation.leaderboard import BacktestResult
from seqframe.framings import FRAMINGS, Framing
from seqframe.framings.dataset import frame_samples, training_view
from seqframe.networks.spec import NetworkState, Shape
from seqframe.pipelines import in_groups
from seqframe.pipelines.training import nodes as training_nodes
from seqframe.reporting import figures, tables
from seqframe.reporting.html.components import NetworkCard
from seqframe.training.events import Message, emit


def design_backtest(
    rows: pd.DataFrame, data_settings: DataSettings, task: TaskSettings, asked: BacktestSettings
) -> BacktestConfig:
    """Settle lookback, horizon and folds where the settings leave them open, and say why."""
    designed = design.design_backtest(rows, data_settings, task, asked)
    for reason in designed.reasons:
        emit(Message(f"Inferred: {reason}"))
    return designed


def make_folds(rows: pd.DataFrame, designed: BacktestConfig, data_settings: DataSettings) -> Folds:
    """Cut the folds and pose each: split, fill, scale, window."""
    return fold_module.make_folds(rows, designed, data_settings)


def forecast_baselines(folds: Folds) -> tuple[ModelForecasts, ...]:
    """Naive forecasts, and the linear one."""
    return _forecast_baselines(folds)


def init_network(
    folds: Folds, model: ModelSettings, training: TrainingSettings, framing: Framing
) -> tuple[NetworkState, pd.DataFrame, tuple[Shape, Shape]]:
    """The untrained network, the arithmetic of its parameters beside Keras' count, and the shapes of X and y."""
    from seqframe.networks.build import build_network

    dataset = training_view(folds.newest, framing)
    framed = frame_samples(dataset, framing, dataset.train)
    network, counts = build_network(framing.make_spec(*framed.batch(slice(1)), model), training.seed)
    return network, tables.layer_table(network.spec, counts), (framed.X_shape, framed.y_shape)


def check_causality(built: NetworkState, folds: Folds, framing: Framing) -> tuple[NetworkState, Any, pd.DataFrame]:
    """The network again, if it sees no row that it should not; what it sees, judged, and as a table."""
    return training_nodes.check_causality(built, folds.newest, framing)


def run_backtest(untrained: NetworkState, folds: Folds, training: TrainingSettings, framing: Framing) -> Any:
    """Train from every seed in every fold, and forecast."""
    from seqframe.evaluation.backtest import run_backtest

    return run_backtest(untrained.spec, framing, folds, training)


def make_network_card(
    untrained: NetworkState, layers: pd.DataFrame, judgement: Any, folds: Folds, framing: Framing
) -> tuple[NetworkCard, pd.DataFrame]:
    """What there is to say of the network, and which row went to which cell of X and y, in the newest fold."""
    return training_nodes.make_network_card(untrained, layers, judgement, folds.newest, framing)


def tabulate(attempts: Any, folds: Folds) -> pd.DataFrame:
    """Every forecast, the mean over the seeds, beside the truth, with its interval."""
    return tables.tabulate_forecasts(attempts.forecasts()[1], folds)


def report(
    layers: pd.DataFrame, attempts: Any, forecasts: pd.DataFrame, flow: pd.DataFrame, folds: Folds, framing: Framing
) -> tuple[pd.DataFrame, pd.DataFrame, Figure, Figure, Figure]:
    """What people look at: layers, forecasts beside the truth with intervals, losses, a plot of both, the flow."""
    return (
        layers,
        forecasts,
        figures.plot_backtest_losses(attempts, framing.name),
        figures.plot_forecasts(forecasts, folds, framing.name),
        figures.plot_dependency(flow, framing.name),
    )


def summarize(attempts: Any, folds: Folds) -> dict[str, dict[str, float]]:
    """The scores of one network and of the mean over the seeds, and what they cost."""
    return tables.summarize_backtest(attempts, folds)


def refit(
    rows: pd.DataFrame,
    designed: BacktestConfig,
    verdict: Conclusion,
    data_settings: DataSettings,
    model: ModelSettings,
    training: TrainingSettings,
    asked: BacktestSettings,
) -> Any:
    """The best framing, or the one that is asked for, trained anew up to the newest rows."""
    from seqframe.evaluation.refit import refit

    name = asked.refit or verdict.framing
    emit(Message(refit_message(name, verdict)))
    framing = next(framing for framing in FRAMINGS if framing.name == name)
    return refit(rows, designed, framing, data_settings, model, training)


def refit_message(name: str, verdict: Conclusion) -> str:
    """What is said before a framing is trained anew: whether it is the best, and whether that is any good."""
    if not verdict.beats_baseline:
        return f"Keeping {name}, though no framing has skill over the naive forecast: use it with care."
    if name != verdict.framing:
        return f"Keeping {name}, as backtest.refit says; the best is {verdict.framing}."
    return f"Keeping {name}, the best."


def score_models(
    folds: Folds, baselines: tuple[ModelForecasts, ...], *attempts: Any
) -> tuple[BacktestResult, Conclusion]:
    """The leaderboard, all pairs and the errors by lead; and what it all means."""
    entries = [*baselines, *(entry for each in attempts for entry in each.forecasts())]
    scored = leaderboard.score_models(entries, folds)
    return scored, conclude(scored)


def write_report(
    scored: BacktestResult,
    verdict: Conclusion,
    folds: Folds,
    baselines: tuple[ModelForecasts, ...],
    data_settings: DataSettings,
    task: TaskSettings,
    model: ModelSettings,
    training: TrainingSettings,
    *each: Any,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, str, Figure, str]:
    """The leaderboard, all pairs, the errors by lead as table and figure, what it all means, and the page of it.

    `each` holds the sheets of all framings, then their attempts, then their forecasts.
    """
    from seqframe.reporting.html import pages, render

    sheets, attempts, forecasts = in_groups(each, 3)
    framings = {sheet.framing.name for sheet in sheets}  # the means stand for them, so that lines can be told apart
    shown = scored.errors_by_horizon[~scored.errors_by_horizon["model"].isin(framings)]
    figure = figures.plot_errors_by_horizon(shown, [entry.name for entry in baselines])
    asked = Settings(data=data_settings, task=task, model=model, training=training)
    page = pages.compose_backtest(asked, scored, verdict, folds, sheets, attempts, forecasts)
    text = "\n".join(verdict.sentences)
    return scored.leaderboard, scored.pairs, scored.errors_by_horizon, text, figure, render.render_page(page)
