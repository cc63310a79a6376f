"""Ablation of the settings in `conf/table_defaults`: validation errors on the shipped tables, one change at a time.

    python -m benchmarks.defaults --tables sunspots --framings dense

No test split is used. Errors are the MASE of the ensemble over seeds, averaged over the folds. Equal settings give the
same numbers on any machine; nothing is timed.
"""

import argparse
import json
from datetime import UTC, datetime
from typing import Any

import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.processes import ROOT
from benchmarks.results import RESULTS, Table, format_value, show
from seqframe.config import Settings, parse_settings
from seqframe.data.sources import load_data
from seqframe.evaluation import metrics
from seqframe.evaluation.backtest import ModelForecasts, forecast_baselines, run_backtest
from seqframe.evaluation.design import design_backtest
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.forecasting.baselines import RIDGE
from seqframe.framings import FRAMINGS
from seqframe.framings.dataset import frame_samples, training_view
from seqframe.settings import LayeredConfigLoader

VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "no instance normalization": {"task": {"instance_norm": "none"}},
    "dropout 0.3": {"model": {"dropout": 0.3}},
    "64 units": {"model": {"units": 64}},
    "learning rate 0.001": {"training": {"learning_rate": 0.001}},
    "patience 10": {"training": {"patience": 10}},
    "one seed": {"training": {"n_seeds": 1}},
}


def main() -> None:
    """Evaluate all variants on all tables, print and save the errors."""
    arguments = read_arguments()
    tables, raw = [], {}
    for name in arguments.tables:
        errors = {
            variant: measure(read_settings(name, changes), arguments.framings) for variant, changes in VARIANTS.items()
        }
        raw[name] = errors
        rows = tuple((variant, *map(format_value, found.values())) for variant, found in errors.items())
        tables.append(Table(f"{name}: MASE on the validation splits", ("settings", *column_names(errors)), rows))
    notes = [
        "Ensembles over the seeds, means over the folds; smaller is better. Ridge regression chooses instance "
        "normalization on the validation split, and has no seeds."
    ]
    show(tables, notes)
    record = {
        "benchmark": "defaults",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": describe_machine(),
        "warnings": [],
        "notes": notes,
        "tables": [table.__dict__ for table in tables],
        "raw": raw,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "defaults.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", default=["sunspots", "elnino"], help="environments in conf/")
    parser.add_argument("--framings", nargs="+", default=["many_to_one", "many_to_many", "encoder_decoder", "dense"])
    return parser.parse_args()


def read_settings(environment: str, changes: dict[str, Any]) -> Settings:
    """The settings of an environment, with changes."""
    loader = LayeredConfigLoader(
        ROOT / "conf",
        env=environment,
        base_env="base",
        default_run_env="local",
        runtime_params=changes,
        merge_strategy={"parameters": "soft"},
    )
    return parse_settings(loader["parameters"])


def measure(settings: Settings, framings: list[str]) -> dict[str, float]:
    """MASE of each framing and of ridge regression on the validation splits."""
    rows = load_data(settings.data)
    design = design_backtest(rows, settings.data, settings.task, settings.backtest)
    folds = make_folds(rows, design, settings.data)
    found = {}
    for framing in FRAMINGS:
        if framing.name in framings:
            dataset = training_view(folds.newest, framing)
            spec = framing.make_spec(*frame_samples(dataset, framing, dataset.train).batch(slice(1)), settings.model)
            found[framing.name] = error(run_backtest(spec, framing, folds, settings.training).forecasts()[1], folds)
    ridge = next(model for model in forecast_baselines(folds) if model.name == RIDGE.name)
    return found | {RIDGE.name: error(ridge, folds)}


def error(model: ModelForecasts, folds: Folds) -> float:
    """MASE on the validation splits, averaged over the folds."""
    errors = []
    for dataset, forecasts in zip(folds.datasets, model.validation, strict=True):
        values = dataset.filled[dataset.targets].to_numpy(np.float64)
        runs = [values[run.start : run.stop] for run in dataset.split.train]
        scale = metrics.seasonal_scale(runs, folds.design.season, dataset.targets)
        errors.append(np.nanmean(metrics.scaled_errors(dataset.actuals(dataset.validation), forecasts, scale)))
    return float(np.mean(errors))


def column_names(errors: dict[str, dict[str, float]]) -> list[str]:
    """The names of the columns after the first."""
    return list(next(iter(errors.values())))


if __name__ == "__main__":
    main()
