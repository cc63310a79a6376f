"""The final model: the chosen framing or baseline, refitted on all rows up to the newest, with calibrated intervals."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TrainingSettings
from seqframe.data.dataset import SequenceDataset, dataset_from_split
from seqframe.data.splits import Split, find_segments
from seqframe.data.time_index import Frequency, infer_frequency
from seqframe.data.windows import Floats
from seqframe.errors import UserError
from seqframe.evaluation.backtest import ModelForecasts
from seqframe.evaluation.calibration import backtest_residuals, calibrate_refitted
from seqframe.evaluation.design import BacktestConfig
from seqframe.evaluation.folds import Folds
from seqframe.forecasting.baselines import Baseline, baseline_names, check_package, find_baseline
from seqframe.forecasting.context import input_example
from seqframe.forecasting.fitted import Fitted
from seqframe.forecasting.forecaster import Forecaster, forecast_mean
from seqframe.forecasting.intervals import Residuals
from seqframe.forecasting.metadata import ForecasterConfig, to_lists
from seqframe.framings import Framing, find_framing
from seqframe.framings.dataset import make_network_spec, training_view
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.runs import Executor, fit_runs, run_serially


@dataclass(frozen=True)
class RefittedForecaster:
    """A refitted forecaster, and the newest rows as an example of its input."""

    forecaster: Forecaster
    history: pd.DataFrame


def refit(
    rows: pd.DataFrame,
    design: BacktestConfig,
    framing: Framing,
    data_settings: DataSettings,
    model: ModelSettings,
    training: TrainingSettings,
    checkpoints: CheckpointStore | None = None,
    past: Residuals | None = None,
    executor: Executor = run_serially,
) -> RefittedForecaster:
    """Train one network per seed on all rows but the newest, which are for early stopping and interval calibration.

    `past` are the residuals of the framing in a backtest, which calibrate the intervals too.
    """
    dataset = _newest_dataset(rows, design, data_settings)
    dataset = dataset.without_past_covariates() if framing.recursive else dataset
    view = training_view(dataset, framing)
    spec = make_network_spec(view, framing, model, training.forecast_quantiles)
    fits = fit_runs(spec, framing, [dataset], training, range(training.n_seeds), checkpoints, executor, label="refit")
    networks = [fit.network for fit in fits]
    mean, tails = forecast_mean(networks, framing, dataset, dataset.validation)
    half_widths = calibrate_refitted(dataset, mean, design.interval_level, past, tails)
    config = make_forecaster_config(dataset, framing, model, len(networks), half_widths, design.interval_level)
    config = config.model_copy(update={"quantiles": spec.quantiles})
    return RefittedForecaster(Forecaster(config, tuple(networks)), input_example(rows, config))


def refit_named(
    name: str,
    rows: pd.DataFrame,
    design: BacktestConfig,
    data_settings: DataSettings,
    model: ModelSettings,
    training: TrainingSettings,
    checkpoints: CheckpointStore | None = None,
    past: Residuals | None = None,
    executor: Executor = run_serially,
) -> RefittedForecaster:
    """Refit the framing or the baseline with this name; the other arguments are as in `refit`."""
    if name in baseline_names():
        return refit_baseline(rows, design, find_baseline(name), data_settings, model, past)
    return refit(rows, design, find_framing(name), data_settings, model, training, checkpoints, past, executor)


def model_residuals(name: str, models: Iterable[ModelForecasts], folds: Folds) -> Residuals | None:
    """The residuals in a backtest of a baseline, or of the ensemble of a framing; None if it is no model of it."""
    chosen = None
    for model in models:  # the ensemble is the last one of a framing
        if (model.framing or model.name) == name:
            chosen = model
    return None if chosen is None else backtest_residuals(chosen, folds)


def _newest_dataset(rows: pd.DataFrame, design: BacktestConfig, data_settings: DataSettings) -> SequenceDataset:
    """All rows: the newest ones are the validation split."""
    split = _newest_split(rows, design)
    return dataset_from_split(rows, split, design.resolve(data_settings), design.task, design.every)


def _newest_split(rows: pd.DataFrame, design: BacktestConfig) -> Split:
    time = find_segments(rows)
    validation_start = time.end - design.val_size
    return Split(
        train=time.between(time.first, validation_start - design.embargo),
        test=(),
        validation=time.between(validation_start, time.end),
    )


def refit_baseline(
    rows: pd.DataFrame,
    design: BacktestConfig,
    baseline: Baseline,
    data_settings: DataSettings,
    model: ModelSettings,
    past: Residuals | None = None,
) -> RefittedForecaster:
    """Fit a baseline to all rows but the newest, which select and calibrate as in a backtest.

    `past` are the residuals of the baseline in a backtest, which calibrate the intervals too.

    Raises:
        UserError: The baseline does not apply to the task, cannot be fitted, or needs a package that is not installed.
    """
    check_package(baseline)
    seasons = design.seasons or (1,)
    if not baseline.applies(design.task, seasons):
        raise UserError(
            f"`backtest.refit` must name a baseline that applies to the task. Received: {baseline.name}, and a season "
            f"of {design.season} rows. Leave it open, or name another one."
        )
    dataset = _newest_dataset(rows, design, data_settings)
    fitted = baseline.fit(dataset, seasons)
    forecasts = baseline.forecast(fitted, dataset, dataset.validation)
    half_widths = calibrate_refitted(dataset, forecasts, design.interval_level, past)
    config = make_baseline_config(dataset, baseline, fitted, model, half_widths, design.interval_level)
    return RefittedForecaster(Forecaster(config, fitted=fitted), input_example(rows, config))


def make_baseline_config(
    dataset: SequenceDataset,
    baseline: Baseline,
    fitted: Fitted,
    model: ModelSettings,
    half_widths: Floats,
    confidence: float,
) -> ForecasterConfig:
    """Everything that forecasts of a baseline need besides what it has fitted; `half_widths` is (horizon, targets)."""
    longest = max(map(len, find_segments(dataset.df).ranges))
    inputs = (dataset.task.lookback or 1) + dataset.transform.lag
    history = max(inputs, min(baseline.history(fitted), longest))
    config = _make_config(dataset, model, half_widths, confidence)
    return ForecasterConfig(framing="", baseline=baseline.name, seeds=0, history=history, **config)


def make_forecaster_config(
    dataset: SequenceDataset, framing: Framing, model: ModelSettings, seeds: int, half_widths: Floats, confidence: float
) -> ForecasterConfig:
    """Everything that forecasts of networks need besides the weights; `half_widths` is (horizon, targets)."""
    config = _make_config(dataset, model, half_widths, confidence)
    history = (dataset.task.lookback or 1) + dataset.transform.lag
    return ForecasterConfig(framing=framing.name, seeds=seeds, history=history, **config)


def _make_config(
    dataset: SequenceDataset, model: ModelSettings, half_widths: Floats, confidence: float
) -> dict[str, Any]:
    """The configuration that networks and baselines share; the path of the table is stored without its folder."""
    step, scaler = infer_frequency(dataset.df.index) or Frequency(1), dataset.scaler
    return {
        "data_settings": dataset.data_settings.model_copy(update={"path": Path(str(dataset.data_settings.path)).name}),
        "task": dataset.task,
        "model": model,
        "features": dataset.features[: len(dataset.features) - dataset.n_calendar],
        "targets": dataset.targets,
        "columns": scaler.columns,
        "series": tuple(getattr(series, "item", lambda series=series: series)() for series in scaler.series),
        "offset": to_lists(scaler.offset_),
        "span": to_lists(scaler.span_),
        "constant": to_lists(scaler.constant_),
        "step": (step.size, step.unit),
        "deviations": to_lists(dataset.deviations),
        "transform": (dataset.transform.lag, dataset.transform.floor),
        "n_calendar": dataset.n_calendar,
        "half_widths": to_lists(half_widths),
        "interval_level": confidence,
        "rows": len(dataset.df),
        "trained_at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }
