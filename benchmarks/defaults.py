"""Ablation of the settings in `conf/table_defaults`: validation errors on the shipped tables, one change at a time.

    python -m benchmarks.defaults --tables sunspots --framings dense

No test split is used. Errors are the MASE of the ensemble over seeds, averaged over the folds. Equal settings give the
same numbers on any machine; nothing is timed.
"""

import argparse
from typing import Any

from benchmarks.backtests import make_backtest, read_settings, train_framing, validation_error
from benchmarks.results import Table, format_value, save_record, show
from seqframe.config import Settings
from seqframe.evaluation.backtest import forecast_baselines
from seqframe.forecasting.baselines import RIDGE
from seqframe.framings import FRAMINGS

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
        "Ensembles over the seeds, means over the folds; smaller is better. Ridge regression has the same inputs, and "
        "no seeds."
    ]
    show(tables, notes)
    save_record("defaults", tables, raw, notes)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", default=["sunspots", "elnino"], help="environments in conf/")
    parser.add_argument("--framings", nargs="+", default=["many_to_one", "many_to_many", "encoder_decoder", "dense"])
    return parser.parse_args()


def measure(settings: Settings, framings: list[str]) -> dict[str, float]:
    """MASE of each framing and of ridge regression on the validation splits."""
    folds = make_backtest(settings)
    chosen = [framing for framing in FRAMINGS if framing.name in framings]
    runs = {framing.name: train_framing(framing, folds, settings).forecasts()[-1] for framing in chosen}
    ridge = next(model for model in forecast_baselines(folds) if model.name == RIDGE.name)
    return {name: validation_error(model, folds) for name, model in {**runs, RIDGE.name: ridge}.items()}


def column_names(errors: dict[str, dict[str, float]]) -> list[str]:
    """The names of the columns after the first."""
    return list(next(iter(errors.values())))


if __name__ == "__main__":
    main()
