"""Backtests of Seqframe in this process, as `kedro run --pipeline=compare` makes them, and their scores."""

import argparse
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.processes import ROOT
from benchmarks.results import Table, format_value, save_record, show
from seqframe.config import Settings, parse_settings
from seqframe.data.sources import load_data
from seqframe.evaluation.backtest import BacktestRuns, ModelForecasts, run_backtest
from seqframe.evaluation.design import design_backtest
from seqframe.evaluation.error_scales import error_scales
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.evaluation.metrics import MASE, MetricInputs, scaled_errors
from seqframe.framings import Framing
from seqframe.framings.dataset import make_network_spec, training_view
from seqframe.settings import LayeredConfigLoader


def read_settings(environment: str, changes: dict[str, Any]) -> Settings:
    """The settings of an environment in `conf/`, with changes by group."""
    loader = LayeredConfigLoader(
        ROOT / "conf",
        env=environment,
        base_env="base",
        default_run_env="local",
        runtime_params=changes,
        merge_strategy={"parameters": "soft"},
    )
    return parse_settings(loader["parameters"])


def make_backtest(settings: Settings) -> Folds:
    """The folds of a table."""
    rows = load_data(settings.data)
    design = design_backtest(rows, settings.data, settings.task, settings.backtest)
    return make_folds(rows, design, settings.data)


def train_framing(framing: Framing, folds: Folds, settings: Settings) -> BacktestRuns:
    """Networks of a framing for all folds and seeds, and their forecasts."""
    dataset = training_view(folds.newest, framing)
    spec = make_network_spec(dataset, framing, settings.model)
    return run_backtest(spec, framing, folds, settings.training)


def read_tables_and_framings(description: str | None, tables: list[str], framings: list[str]) -> argparse.Namespace:
    """The flags of a command that measures some framings on some tables; the lists are the defaults."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", default=tables, help="environments in conf/")
    parser.add_argument("--framings", nargs="+", default=framings)
    return parser.parse_args()


def report_variants(
    name: str, split: str, found: Mapping[str, Mapping[str, Mapping[str, float | None]]], note: str
) -> None:
    """Print and save the errors of each table, by variant of the settings and by model."""
    tables = [
        Table(
            f"{table}: MASE on the {split} splits",
            ("settings", *next(iter(variants.values()))),
            tuple((variant, *map(format_value, errors.values())) for variant, errors in variants.items()),
        )
        for table, variants in found.items()
    ]
    show(tables, [note])
    save_record(name, tables, found, [note])


def ensemble(model: ModelForecasts) -> ModelForecasts:
    """The mean forecast of all runs of a model, as one run."""
    validation = tuple(each.mean(axis=0, keepdims=True) for each in model.validation)
    return ModelForecasts(model.name, model.test.mean(axis=0, keepdims=True), validation, model.costs, model.framing)


def errors_of_runs(model: ModelForecasts, folds: Folds) -> list[float]:
    """MASE of each run on the test splits of all folds; infinite where a forecast is not finite."""
    y_true, times = folds.actuals(), folds.origins["time"].to_numpy()
    return [MASE.of_backtest(MetricInputs(y_true, run, folds.scale, None, times)) for run in model.test]


def validation_error(model: ModelForecasts, folds: Folds) -> float:
    """MASE on the validation splits, averaged over runs and folds; NaN for a model without such forecasts."""
    errors = []
    for dataset, forecasts in zip(folds.datasets, model.validation, strict=True):
        if np.isnan(forecasts).all():
            return float("nan")
        values = dataset.filled[dataset.targets].to_numpy(np.float64)
        train = dataset.split.train
        scale = error_scales(values, train, np.zeros(len(train), np.intp), folds.design.season)[-1]
        errors.append(np.nanmean(scaled_errors(dataset.actuals(dataset.validation), forecasts, scale)))
    return float(np.mean(errors))
