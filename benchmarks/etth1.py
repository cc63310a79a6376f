"""ETTh1 by its published protocol: seven targets, 12, 4 and 4 months of hours, errors of standardized values.

Source: Zhou et al., "Informer: Beyond Efficient Transformer for Long Sequence Time-Series Forecasting", AAAI 2021;
split and windows as in Zeng et al., "Are Transformers Effective for Time Series Forecasting?", AAAI 2023. All columns
are standardized with the training rows. Every window of `horizon` test rows is scored; its inputs may reach back into
the validation rows.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.backtests import ensemble, make_backtest, read_settings, train_framing
from benchmarks.results import Table, format_value
from seqframe.config import Settings
from seqframe.config.commands import format_params
from seqframe.config.params import merge_settings
from seqframe.data.windows import Floats
from seqframe.evaluation.backtest import ModelForecasts, forecast_baselines
from seqframe.evaluation.folds import Folds
from seqframe.framings import FRAMINGS

MONTH = 30 * 24  # rows
TRAIN, VALIDATION, TEST = 12 * MONTH, 4 * MONTH, 4 * MONTH
TARGETS = ["HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT"]
VALIDATION_START, TEST_START, END = "2017-06-26", "2017-10-24", "2018-02-20 23:00"  # of the same rows
LOOKBACK, SEASON = 96, 24
PUBLISHED = {  # MSE and MAE with lookback 96, for orientation
    24: {"Informer's LSTMa": (0.650, 0.624)},
    96: {
        "DLinear": (0.386, 0.400),
        "iTransformer": (0.386, 0.405),
        "PatchTST": (0.414, 0.419),
        "TiDE": (0.479, 0.464),
    },
}
COLUMNS = ("model", "MSE", "MAE", "MSE, validation", "MAE, validation", "training, s", "peak memory, MB")
DEFAULT_FRAMINGS = ("dense", "many_to_one")
VARIANTS: dict[str, dict[str, dict[str, Any]]] = {  # of the settings, for every framing
    "": {},
    ", Huber loss and ridge head": {
        "task": {"instance_norm": "mean"},
        "training": {"loss": "huber", "head_init": "ridge"},
    },
}

Errors = tuple[float, float]  # MSE and MAE of standardized values


def measure(
    path: Path, horizons: list[int], framings: list[str] | None, seeds: int, lookback: int
) -> tuple[list[Table], Any, list[str]]:
    """Tables, raw errors and notes of all horizons."""
    tables, raw = [], {}
    for horizon in horizons:
        found = measure_horizon(path, horizon, framings or list(DEFAULT_FRAMINGS), seeds, lookback)
        chosen = choose(found)
        rows = tuple(
            (f"{name} (chosen)" if name == chosen else name, *map(format_value, row)) for name, row in found.items()
        )
        tables.append(Table(f"ETTh1, horizon {horizon}", COLUMNS, rows))
        raw[str(horizon)] = found
    notes = [
        f"Seven targets, lookback {lookback}, {TRAIN} training, {VALIDATION} validation and {TEST} test rows; errors "
        f"of standardized values. Mean forecasts of {seeds} networks.",
        "(chosen): the framing with the smallest MSE on the validation rows. Seconds: training of one network.",
        *(
            f"{name[2:]}: {format_params(changes)}. Other rows have the default settings."
            for name, changes in VARIANTS.items()
            if changes
        ),
        "Figures of other models are copied from the papers; they have lookback 96.",
    ]
    return tables, raw, notes


def measure_horizon(
    path: Path, horizon: int, framings: list[str], seeds: int, lookback: int
) -> dict[str, tuple[float | None, ...]]:
    """The columns of the table after the first, by model; None where there is no value."""
    values = read_values(path)
    deviation = standard_deviation(values)
    known = PUBLISHED.get(horizon, {}) | naive_errors(values, horizon)
    found: dict[str, tuple[float | None, ...]] = {name: (*errors, *[None] * 4) for name, errors in known.items()}
    for variant, changes in VARIANTS.items():
        settings = make_settings(path, horizon, seeds, lookback, changes)
        folds = make_backtest(settings)
        dataset = folds.newest
        for model in forecast_ours(settings, folds, framings, baselines=not variant):
            mean = ensemble(model)
            test = score_etth1(mean.test[0], folds.actuals(), deviation)
            validation = score_etth1(mean.validation[0][0], dataset.actuals(dataset.validation), deviation)
            costs = (model.costs.get("training_s"), model.costs.get("memory_mb"))
            found[f"Seqframe {model.name}{variant}"] = (*test, *validation, *costs)
    return found


def choose(found: Mapping[str, tuple[float | None, ...]]) -> str | None:
    """The framing with the smallest MSE on the validation rows, and its settings."""
    names = {f"Seqframe {framing.name}{variant}" for framing in FRAMINGS for variant in VARIANTS}
    errors = {name: row[2] for name, row in found.items() if name in names and row[2] is not None}
    return min(errors, key=lambda name: errors[name], default=None)


def read_values(path: Path) -> Floats:
    """All targets in the training, validation and test rows: (14400, 7)."""
    values: Floats = pd.read_csv(path, nrows=TRAIN + VALIDATION + TEST)[TARGETS].to_numpy(np.float64)
    return values


def standard_deviation(values: Floats) -> Floats:
    """Standard deviation of each target in the training rows: (rows, targets) -> (targets,)."""
    deviation: Floats = values[:TRAIN].std(axis=0)
    return deviation


def naive_errors(values: Floats, horizon: int) -> dict[str, Errors]:
    """Errors of persistence and of the value one day earlier: a check of the protocol."""
    origins = np.arange(TRAIN + VALIDATION - 1, TRAIN + VALIDATION + TEST - horizon)[:, None]  # (origins, 1)
    steps = np.arange(horizon)
    actuals, deviation = values[origins + 1 + steps], standard_deviation(values)
    rows = {"persistence": origins + 0 * steps, "seasonal naive (24 hours)": origins - SEASON + 1 + steps % SEASON}
    return {name: score_etth1(values[chosen], actuals, deviation) for name, chosen in rows.items()}


def protocol(table: Path, horizon: int, lookback: int = LOOKBACK) -> dict[str, dict[str, Any]]:
    """The settings of `compare` that express the protocol."""
    return {
        "data": {
            "path": str(table),
            "time_column": "date",
            "features": TARGETS,
            "target": TARGETS,
            "season": SEASON,
        },
        "task": {"kind": "forecast", "lookback": lookback, "horizon": horizon},
        "backtest": {"val_size": VALIDATION_START, "test_size": TEST_START, "end": END, "max_forecasts": None},
    }


def make_settings(
    table: Path, horizon: int, seeds: int, lookback: int = LOOKBACK, changes: dict[str, dict[str, Any]] | None = None
) -> Settings:
    """The protocol as settings of `compare`, with other changes by group."""
    given = merge_settings(protocol(table, horizon, lookback), {"training": {"n_seeds": seeds}})
    return read_settings("local", merge_settings(given, changes or {}))


def forecast_ours(settings: Settings, folds: Folds, framings: list[str], baselines: bool) -> list[ModelForecasts]:
    """Forecasts of some framings, and of the baselines."""
    chosen = [framing for framing in FRAMINGS if framing.name in framings]
    return [
        *(forecast_baselines(folds, settings.backtest.named_baselines) if baselines else ()),
        *(train_framing(framing, folds, settings).forecasts()[0] for framing in chosen),
    ]


def score_etth1(forecasts: Floats, actuals: Floats, deviation: Floats) -> Errors:
    """MSE and MAE of standardized values over all windows, steps and targets.

    Forecasts and actual values are (origins, horizon, targets), in physical units; the standard deviation of the
    training rows is (targets,). The mean of the standardization cancels.
    """
    errors = (forecasts - actuals) / deviation
    return float(np.mean(errors**2)), float(np.mean(np.abs(errors)))
