"""What each part of the forecasts brings: test errors of the shipped tables without one part at a time.

    python -m benchmarks.ablation --tables airline --framings dense

Horizon, folds and test splits are the same as with the default settings, so all errors of a table are on the same
rows. Errors are the MASE of the ensemble over seeds. They are for the documentation; no setting is chosen by them.
"""

import argparse
from typing import Any

from benchmarks.backtests import errors_of_runs, make_backtest, read_settings, train_framing
from benchmarks.results import Table, format_value, save_record, show
from seqframe.config import Settings
from seqframe.data.sources import load_data
from seqframe.evaluation.backtest import forecast_baselines
from seqframe.evaluation.design import BacktestConfig, design_backtest
from seqframe.forecasting.baselines import RIDGE
from seqframe.framings import FRAMINGS

TABLES = ["sunspots", "co2", "elnino", "airline", "nile"]


def variants(design: BacktestConfig) -> dict[str, dict[str, Any]]:
    """The changed settings of each variant of a design."""
    lookback = design.task.lookback or 1
    return {
        "default": {},
        "inputs do not reach back": {"backtest": {"embargo": lookback}},
        "lookback of one season": {"task": {"lookback": design.season if design.season > 1 else 24}},
        "no transform": {"data": {"transform": "none"}},
        "no instance normalization": {"task": {"instance_norm": "none", "recursive_norm": "none"}},
        "mean and scale of every window": {"task": {"instance_norm": "standard", "recursive_norm": "standard"}},
        "no calendar features": {"data": {"calendar": "none"}},
        "no linear skip connection": {"model": {"linear_skip": False}},
    }


def main() -> None:
    """Evaluate all variants on all tables, print and save the errors."""
    arguments = read_arguments()
    tables, raw = [], {}
    for name in arguments.tables:
        settings = read_settings(name, {})
        design = design_backtest(load_data(settings.data), settings.data, settings.task, settings.backtest)
        errors = {
            variant: measure(read_settings(name, fix_folds(design, changes)), arguments.framings)
            for variant, changes in variants(design).items()
        }
        raw[name] = errors
        rows = tuple((variant, *map(format_value, found.values())) for variant, found in errors.items())
        tables.append(Table(f"{name}: MASE on the test splits", ("settings", *next(iter(errors.values()))), rows))
    notes = [
        "Ensembles over the seeds; smaller is better. Inputs that do not reach back are measured with an embargo of "
        "one lookback between the splits, which is what windows inside one split cost in training rows."
    ]
    show(tables, notes)
    save_record("ablation", tables, raw, notes)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", default=TABLES, help="environments in conf/")
    parser.add_argument("--framings", nargs="+", default=["dense", "many_to_one", "many_to_many"])
    return parser.parse_args()


def fix_folds(design: BacktestConfig, changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Changed settings with the horizon and the folds of a design."""
    fixed: dict[str, dict[str, Any]] = {
        "task": {"horizon": design.task.horizon},
        "backtest": {"n_folds": design.n_folds, "val_size": design.val_size, "test_size": design.test_size},
    }
    return {group: fixed.get(group, {}) | changes.get(group, {}) for group in {*fixed, *changes}}


def measure(settings: Settings, framings: list[str]) -> dict[str, float]:
    """MASE of ridge regression and of the ensemble of each framing on the test splits."""
    folds = make_backtest(settings)
    models = [model for model in forecast_baselines(folds) if model.name == RIDGE.name]
    chosen = [framing for framing in FRAMINGS if framing.name in framings]
    models += [train_framing(framing, folds, settings).forecasts()[-1] for framing in chosen]
    return {model.framing or model.name: errors_of_runs(model, folds)[0] for model in models}


if __name__ == "__main__":
    main()
