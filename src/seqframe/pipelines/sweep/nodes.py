"""Nodes of the hyperparameter search. TensorFlow is imported inside the nodes that need it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from seqframe.api.networks import check_network, init_forecast_network
from seqframe.config import BacktestSettings, DataSettings, ModelSettings, Settings, SweepSettings, TrainingSettings
from seqframe.config.commands import format_params, quote_for_shell
from seqframe.config.params import nest_settings
from seqframe.evaluation import sweeps
from seqframe.evaluation.backtest import fit_baselines, list_models
from seqframe.evaluation.conclusions import Conclusion, conclude, refit_message
from seqframe.evaluation.design import BacktestConfig
from seqframe.evaluation.folds import make_folds
from seqframe.evaluation.leaderboard import BacktestResult, score_models
from seqframe.evaluation.sweeps import SweepResult
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import Message, emit
from seqframe.training.runs import Executor

STUDY_FILE = "study.log"  # next to the checkpoints
SHOWN = 5  # trials that the terminal shows


def run_search(
    data: pd.DataFrame,
    config: BacktestConfig,
    data_settings: DataSettings,
    model: ModelSettings,
    training: TrainingSettings,
    sweep: SweepSettings,
    checkpoints: CheckpointStore,
    executor: Executor,
) -> tuple[SweepResult, pd.DataFrame, pd.DataFrame]:
    """Search for the settings with the smallest validation error; the result, the best trials and all of them."""
    settings = _settings(config, data_settings, model, training, sweep)
    objective = sweeps.Objective(data, config, settings, checkpoints, executor)
    if checkpoints.lock():
        result = sweeps.search(objective, checkpoints.folder / STUDY_FILE)
    else:  # another command runs the same search
        with TemporaryDirectory() as folder:
            result = sweeps.search(objective, Path(folder) / STUDY_FILE)
    return result, result.trials.sort_values(["val_mase", "trial"]).head(SHOWN), result.trials


def score_best(
    result: SweepResult,
    data: pd.DataFrame,
    config: BacktestConfig,
    data_settings: DataSettings,
    model: ModelSettings,
    training: TrainingSettings,
    backtest: BacktestSettings,
    sweep: SweepSettings,
    checkpoints: CheckpointStore,
    executor: Executor,
) -> tuple[BacktestResult, Conclusion, Any, Any]:
    """The best trial on the test rows, next to baselines; and the recommended model, refitted, as in a backtest.

    The test rows are used here for the first time.
    """
    from seqframe.evaluation.backtest import run_backtest
    from seqframe.evaluation.refit import model_residuals, refit_named

    settings = _settings(config, data_settings, model, training, sweep)
    trial = sweeps.Objective(data, config, settings).prepare(result.best)
    tuned, folds = trial.settings, trial.folds
    network, _, _ = init_forecast_network(folds.newest, trial.framing, tuned.model, tuned.training)
    check_network(network, folds.newest, trial.framing)
    runs = run_backtest(trial.spec, trial.framing, folds, tuned.training, checkpoints, executor)
    baselines = fit_baselines(make_folds(data, config, data_settings), backtest.named_baselines)
    scores = score_models(list_models(baselines, [runs]), folds)
    conclusion = conclude(scores)
    name = backtest.refit or conclusion.refit
    emit(Message(refit_message(name, conclusion)))
    past = model_residuals(name, list_models(baselines, [runs]), folds)
    refitted = refit_named(
        name, data, folds.design, data_settings, tuned.model, tuned.training, checkpoints, past, executor
    )
    return scores, conclusion, refitted, refitted


def write_sweep_report(
    result: SweepResult,
    scores: BacktestResult,
    conclusion: Conclusion,
    config: BacktestConfig,
    data_settings: DataSettings,
    model: ModelSettings,
    training: TrainingSettings,
    sweep: SweepSettings,
) -> tuple[pd.DataFrame, pd.DataFrame, str, str]:
    """Leaderboard, pairwise tests, conclusion, and the HTML report."""
    from seqframe.reporting.html import render, sweep_pages

    settings = _settings(config, data_settings, model, training, sweep)
    sentences = (*conclusion.sentences, *describe(result))
    tuned = sweeps.with_values(settings, config, result.best)
    page = sweep_pages.compose_sweep(tuned, result, scores, sentences)
    return scores.leaderboard, scores.pairs, "\n".join(sentences), render.render_page(page)


def describe(result: SweepResult) -> tuple[str, str]:
    """The best trial in a sentence, and the settings to type."""
    states = result.trials["state"].value_counts()
    counts = ", ".join(f"{count} {state}" for state, count in states.items())
    best = result.trials.set_index("trial").loc[result.number]
    values = {name: value for name, value in result.best.items() if name != sweeps.FRAMING}
    given = format_params(nest_settings((tuple(name.split(".")), value) for name, value in values.items()))
    framing = result.best.get(sweeps.FRAMING)
    pipeline = f" in --pipeline={framing}" if framing else ""
    return (
        f"Trial {result.number} of {len(result.trials)} ({counts}) has the smallest validation error: "
        f"MASE {best['val_mase']:.3f}.",
        f"Its settings{pipeline} are --params {quote_for_shell(given)}.",
    )


def _settings(
    config: BacktestConfig, data: DataSettings, model: ModelSettings, training: TrainingSettings, sweep: SweepSettings
) -> Settings:
    return Settings(data=data, task=config.task, model=model, training=training, sweep=sweep)
