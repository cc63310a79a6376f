"""What the settings of `conf/tables` bring, one changed at a time: errors on the validation parts of shipped tables.

    python -m benchmarks.defaults --tables sunspots --framings dense

No test part is looked at. Errors are scaled (MASE), of the mean over the seeds, averaged over the folds; equal settings
give the same numbers on any machine, so that nothing here is timed.
"""

import argparse
import json
from datetime import UTC, datetime
from typing import Any

import numpy as np

from benchmarks.measuring import name_the_machine
from benchmarks.processes import ROOT
from benchmarks.reporting import RESULTS, Table, show, write
from seqframe.backtest import Entry, Folds, design_backtest, forecast_baselines, pose_folds
from seqframe.backtest.entries import LINEAR
from seqframe.backtest.trying import try_framing
from seqframe.config import Settings, read_settings
from seqframe.config_loader import LayeredConfigLoader
from seqframe.forecasts import measures
from seqframe.framings import FRAMINGS
from seqframe.problems import make_rows

VARIANTS: dict[str, dict[str, Any]] = {
    "as it stands": {},
    "windows as they are": {"task": {"normalise": "none"}},
    "dropout 0.3": {"model": {"dropout": 0.3}},
    "64 units": {"model": {"units": 64}},
    "learning rate 0.001": {"training": {"learning_rate": 0.001}},
    "patience 10": {"training": {"patience": 10}},
    "one seed": {"training": {"seeds": 1}},
}


def main() -> None:
    """Try all variants on all tables, print and keep the errors."""
    arguments = read_arguments()
    tables, raw = [], {}
    for name in arguments.tables:
        errors = {variant: measure(read(name, changed), arguments.framings) for variant, changed in VARIANTS.items()}
        raw[name] = errors
        rows = tuple((variant, *map(write, found.values())) for variant, found in errors.items())
        tables.append(Table(f"{name}: scaled error on the validation parts", ("settings", *columns_of(errors)), rows))
    notes = ["Means over the seeds and folds; smaller is better. `linear` reads windows either way and has no seeds."]
    show(tables, notes)
    kept = {
        "benchmark": "defaults",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": name_the_machine(),
        "warnings": [],
        "notes": notes,
        "tables": [table.__dict__ for table in tables],
        "raw": raw,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "defaults.json").write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n")


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", default=["sunspots", "elnino"], help="environments in conf/")
    parser.add_argument("--framings", nargs="+", default=["many_to_one", "many_to_many", "encoder_decoder", "dense"])
    return parser.parse_args()


def read(environment: str, changed: dict[str, Any]) -> Settings:
    """The settings of an environment, with what is changed."""
    loader = LayeredConfigLoader(
        ROOT / "conf",
        env=environment,
        base_env="base",
        default_run_env="local",
        runtime_params=changed,
        merge_strategy={"parameters": "soft"},
    )
    return read_settings(loader["parameters"])


def measure(settings: Settings, framings: list[str]) -> dict[str, float]:
    """The scaled error of each framing, and of the linear forecaster, on the validation parts."""
    rows = make_rows(settings.problem)
    design = design_backtest(rows, settings.problem, settings.task, settings.backtest)
    folds = pose_folds(rows, design, settings.problem)
    found = {}
    for framing in FRAMINGS:
        if framing.name in framings:
            posed = folds.newest.for_training(framing)
            plan = framing.plan(*posed.framed(framing, posed.windows).take(slice(1)), settings.model)
            found[framing.name] = error(try_framing(plan, framing, folds, settings.training).entries()[1], folds)
    linear = next(entry for entry in forecast_baselines(folds) if entry.name == LINEAR)
    return found | {LINEAR: error(linear, folds)}


def error(entry: Entry, folds: Folds) -> float:
    """The scaled error on the validation parts, averaged over the folds."""
    errors = []
    for posed, forecasts in zip(folds.posed, entry.validation, strict=True):
        values = posed.read[posed.targets].to_numpy(np.float64)
        runs = [values[run.start : run.stop] for run in posed.split.training]
        scale = measures.seasonal_scale(runs, folds.design.season, posed.targets)
        errors.append(np.nanmean(measures.scaled_errors(posed.truth(posed.validation), forecasts, scale)))
    return float(np.mean(errors))


def columns_of(errors: dict[str, dict[str, float]]) -> list[str]:
    """The names of the columns."""
    return list(next(iter(errors.values())))


if __name__ == "__main__":
    main()
