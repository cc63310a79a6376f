"""Ablation of the settings in `conf/table_defaults`: validation errors on the shipped tables, one change at a time.

    python -m benchmarks.defaults --tables sunspots --framings dense

No test split is used. Errors are the MASE of the ensemble over seeds, averaged over the folds. Equal settings give the
same numbers on any machine; nothing is timed.
"""

from typing import Any

from benchmarks.backtests import (
    make_backtest,
    read_settings,
    read_tables_and_framings,
    report_variants,
    train_framing,
    validation_error,
)
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


NOTE = (
    "Ensembles over the seeds, means over the folds; smaller is better. Ridge regression has the same inputs, and no "
    "seeds."
)


def main() -> None:
    """Evaluate all variants on all tables, print and save the errors."""
    framings = ["many_to_one", "many_to_many", "encoder_decoder", "dense"]
    arguments = read_tables_and_framings(__doc__, ["sunspots", "elnino"], framings)
    found = {
        name: {
            variant: measure(read_settings(name, changes), arguments.framings) for variant, changes in VARIANTS.items()
        }
        for name in arguments.tables
    }
    report_variants("defaults", "validation", found, NOTE)


def measure(settings: Settings, framings: list[str]) -> dict[str, float]:
    """MASE of each framing and of ridge regression on the validation splits."""
    folds = make_backtest(settings)
    chosen = [framing for framing in FRAMINGS if framing.name in framings]
    runs = {framing.name: train_framing(framing, folds, settings).forecasts()[-1] for framing in chosen}
    ridge = next(model for model in forecast_baselines(folds) if model.name == RIDGE.name)
    return {name: validation_error(model, folds) for name, model in {**runs, RIDGE.name: ridge}.items()}


if __name__ == "__main__":
    main()
