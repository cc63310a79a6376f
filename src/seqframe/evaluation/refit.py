"""The final model: the chosen framing, refitted on all rows up to the newest, with calibrated intervals."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TrainingSettings
from seqframe.data.dataset import SequenceDataset, dataset_from_split
from seqframe.data.splits import Split, find_segments
from seqframe.data.time_index import Frequency, infer_frequency
from seqframe.data.windows import Floats
from seqframe.evaluation.calibration import calibrate_on_validation
from seqframe.evaluation.design import BacktestConfig
from seqframe.forecasting.context import input_example
from seqframe.forecasting.forecaster import Forecaster
from seqframe.forecasting.metadata import ForecasterConfig, to_lists
from seqframe.forecasting.predict import forecast
from seqframe.framings import Framing
from seqframe.framings.dataset import frame_samples, training_view
from seqframe.networks.build import predict
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.runs import fit_runs


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
) -> RefittedForecaster:
    """Train one network per seed on all rows but the newest, which are for early stopping and interval calibration."""
    dataset = dataset_from_split(rows, _newest_split(rows, design), data_settings, design.task)
    view = training_view(dataset, framing)
    spec = framing.make_spec(*frame_samples(view, framing, view.train).batch(slice(1)), model)
    fits = fit_runs(spec, framing, [dataset], training, range(training.n_seeds), checkpoints, label="refit")
    networks = [fit.network for fit in fits]
    runs = [forecast(partial(predict, network), framing, dataset, dataset.validation) for network in networks]
    half_widths = calibrate_on_validation(dataset, np.mean(runs, axis=0), design.interval_level)
    config = make_forecaster_config(dataset, framing, model, len(networks), half_widths, design.interval_level)
    return RefittedForecaster(Forecaster(config, tuple(networks)), input_example(rows, config))


def _newest_split(rows: pd.DataFrame, design: BacktestConfig) -> Split:
    time = find_segments(rows)
    validation_start = time.end - design.val_size
    return Split(
        train=time.between(time.first, validation_start - design.embargo),
        test=(),
        validation=time.between(validation_start, time.end),
    )


def make_forecaster_config(
    dataset: SequenceDataset, framing: Framing, model: ModelSettings, seeds: int, half_widths: Floats, confidence: float
) -> ForecasterConfig:
    """Everything that forecasts need besides the weights; `half_widths` is (horizon, targets).

    The path of the table is stored without its folder.
    """
    step, scaler = infer_frequency(dataset.df.index) or Frequency(1), dataset.scaler
    return ForecasterConfig(
        framing=framing.name,
        data_settings=dataset.data_settings.model_copy(update={"path": Path(str(dataset.data_settings.path)).name}),
        task=dataset.task,
        model=model,
        features=dataset.features,
        targets=dataset.targets,
        columns=scaler.columns,
        series=tuple(getattr(series, "item", lambda series=series: series)() for series in scaler.series),
        offset=to_lists(scaler.offset_),
        span=to_lists(scaler.span_),
        step=(step.size, step.unit),
        half_widths=to_lists(half_widths),
        interval_level=confidence,
        seeds=seeds,
        rows=len(dataset.df),
        trained_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )
