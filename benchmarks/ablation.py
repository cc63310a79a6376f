"""What each part of the forecasts brings: test errors of the shipped tables with one change at a time.

    python -m benchmarks.ablation --tables airline --framings dense

Horizon, folds and test splits are the same as with the default settings, so all errors of a table are on the same
rows. Errors are the MASE of the ensemble over seeds. They are for the documentation; settings are selected on rows
before the test splits.
"""

from typing import Any

from benchmarks.backtests import (
    errors_of_runs,
    make_backtest,
    read_settings,
    read_tables_and_framings,
    report_variants,
    train_framing,
)
from seqframe.config import Settings
from seqframe.data.sources import load_data
from seqframe.errors import UserError
from seqframe.evaluation.backtest import forecast_baselines
from seqframe.evaluation.design import BacktestConfig, design_backtest
from seqframe.forecasting.baselines import RIDGE
from seqframe.framings import FRAMINGS

NOTE = (
    "Ensembles over the seeds; smaller is better. Inputs that do not reach back are measured with an embargo of one "
    "lookback between the splits, which is what windows inside one split cost in training rows."
)
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
        "head by ridge regression": {"training": {"head_init": "ridge"}},
    }


def main() -> None:
    """Evaluate all variants on all tables, print and save the errors."""
    arguments = read_tables_and_framings(__doc__, TABLES, ["dense", "many_to_one", "many_to_many"])
    found = {name: measure_variants(name, arguments.framings) for name in arguments.tables}
    report_variants("ablation", "test", found, NOTE)


def measure_variants(name: str, framings: list[str]) -> dict[str, dict[str, float | None]]:
    """The errors of each variant on one table; None where the table is too short for the variant."""
    settings = read_settings(name, {})
    table = load_data(settings.data)
    design = design_backtest(table.df, table.settings, settings.task, settings.backtest)
    found: dict[str, dict[str, float | None]] = {}
    for variant, changes in variants(design).items():
        try:
            found[variant] = dict(measure(read_settings(name, fix_folds(design, changes)), framings))
        except UserError:  # a short table has too few rows for an embargo
            found[variant] = dict.fromkeys(found["default"])
    return found


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
