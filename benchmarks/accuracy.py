"""Accuracy on the shipped series: all framings of Seqframe and models of other libraries, on the same folds.

    python -m benchmarks.accuracy --series sunspots elnino --models seqframe darts_nlinear --seeds 1
    python -m benchmarks.accuracy --etth1 ETTh1.csv

Every model forecasts from the same origins with the same known rows, and all forecasts are scored by the same code.
Forecasts of other libraries are kept in `--out`, and made again only if the folds, the options or the packages changed.
"""

import argparse
import math
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks import etth1
from benchmarks.backtests import (
    ensemble,
    errors_of_runs,
    make_backtest,
    read_settings,
    train_framing,
    validation_error,
)
from benchmarks.exported_folds import export_folds
from benchmarks.processes import ROOT
from benchmarks.results import RESULTS, Table, format_value, save_record, show
from benchmarks.rivals import RIVALS, Options, Rival, RivalFailedError, RivalForecasts, forecast_rival
from seqframe.config import Settings
from seqframe.evaluation.backtest import ModelForecasts, forecast_baselines
from seqframe.evaluation.comparisons import select_models
from seqframe.evaluation.folds import Folds
from seqframe.evaluation.leaderboard import score_model
from seqframe.framings import FRAMINGS, supported_framings

OURS = "seqframe"
FRAMING, BASELINE, NETWORK, STATISTICAL = "framing", "baseline", "network", "statistical"  # kinds of models


@dataclass(frozen=True)
class Row:
    """Errors of a model on one series.

    Attributes:
        model: Title of the model.
        library: Title of its library.
        kind: `FRAMING` or `BASELINE` of Seqframe, or `NETWORK` or `STATISTICAL` of another library.
        errors: MASE of each run on the test splits; empty if there are no forecasts.
        ensemble: MASE of the mean forecast of all runs on the test splits.
        validation: MASE of the mean forecast on the validation splits; None without such forecasts.
        note: Chosen variant of each fold, or the reason why there are no forecasts.
        seconds: Time for all training, including the selection of a variant.
        selected: Whether it is the framing that the backtest selects on validation rows.
    """

    model: str
    library: str
    kind: str
    errors: tuple[float, ...] = ()
    ensemble: float | None = None
    validation: float | None = None
    note: str = ""
    seconds: float | None = None
    selected: bool = False


def main() -> None:
    """Measure, print the tables and save the results."""
    arguments = read_arguments()
    if arguments.etth1:
        tables, raw, notes = etth1.measure(
            arguments.etth1, arguments.horizons, arguments.framings, arguments.seeds, arguments.lookback
        )
        name = "accuracy_etth1"
    else:
        tables, raw, notes = measure(arguments)
        name = "accuracy"
    show(tables, notes)
    print(f"Saved to {save_record(name, tables, raw, notes)}.")


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    series, models = shipped_series(), [OURS, *(rival.name for rival in RIVALS)]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", nargs="+", choices=series, default=series, help="environments in conf/")
    parser.add_argument("--models", nargs="+", choices=models, default=models)
    parser.add_argument("--framings", nargs="+", choices=[framing.name for framing in FRAMINGS], help="default: all")
    parser.add_argument("--seeds", type=int, default=3, help="networks per model and fold")
    parser.add_argument("--epochs", type=int, default=300, help="upper limit of other libraries")
    parser.add_argument("--patience", type=int, default=20, help="epochs of early stopping of other libraries")
    parser.add_argument("--limit", type=float, default=7200, help="seconds for a model of another library on a series")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="workers at a time, each with one thread")
    parser.add_argument("--out", type=Path, default=RESULTS / "accuracy", help="folder for folds, forecasts and logs")
    parser.add_argument("--etth1", type=Path, help="path of ETTh1.csv: measure it instead of the shipped series")
    parser.add_argument("--horizons", nargs="+", type=int, default=[24, 96], help="of ETTh1")
    parser.add_argument("--lookback", type=int, default=etth1.LOOKBACK, help="of ETTh1")
    return parser.parse_args()


def shipped_series() -> list[str]:
    """The environments in `conf/` that have a table."""
    found = []
    for path in sorted((ROOT / "conf").glob("*/parameters.yml")):
        settings = yaml.safe_load(path.read_text()) or {}
        found += [path.parent.name] if (settings.get("data") or {}).get("path") else []
    return found


def measure(arguments: argparse.Namespace) -> tuple[list[Table], Any, list[str]]:
    """Tables, raw errors and notes for all series."""
    options = Options(arguments.seeds, arguments.epochs, arguments.patience, arguments.limit, arguments.out)
    settings = {name: read_settings(name, {"training": {"n_seeds": arguments.seeds}}) for name in arguments.series}
    folds = {name: make_backtest(each) for name, each in settings.items()}
    rivals = [rival for rival in RIVALS if rival.name in arguments.models]
    forecast = partial(forecast_or_reason, options=options)
    with ThreadPoolExecutor(arguments.jobs) as threads:
        pending = {
            name: [threads.submit(forecast, rival, name, folds[name]) for rival in rivals] for name in arguments.series
        }
        found = {name: [each.result() for each in futures] for name, futures in pending.items()}
    results = {}
    for name in arguments.series:
        ours = measure_ours(settings[name], folds[name], arguments.framings) if OURS in arguments.models else []
        theirs = [score_rival(*each, folds[name]) for each in zip(rivals, found[name], strict=True)]
        results[name] = [*ours, *theirs]
    versions = {each.about["version"] for row in found.values() for each in row if isinstance(each, RivalForecasts)}
    notes = [
        "MASE on the test splits; smaller is better. Single: mean over the seeds. Ensemble: of the mean forecast.",
        f"{arguments.seeds} seeds. Other libraries: at most {options.epochs} epochs, patience {options.patience}.",
        *sorted(versions),
    ]
    tables = [summarize(results), *(tabulate(name, rows) for name, rows in results.items())]
    return tables, {name: [row.__dict__ for row in rows] for name, rows in results.items()}, notes


def forecast_or_reason(rival: Rival, series: str, folds: Folds, options: Options) -> RivalForecasts | str:
    """Forecasts of a rival, or the reason why there are none."""
    started = time.perf_counter()
    try:
        found: RivalForecasts | str = forecast_rival(rival, series, export_folds(folds), folds, options)
    except RivalFailedError as error:
        found = str(error)
    outcome = found if isinstance(found, str) else "done"
    seconds = time.perf_counter() - started
    print(f"{series}, {rival.library} {rival.title}: {outcome}, {seconds:.0f} s", file=sys.stderr, flush=True)
    return found


def measure_ours(settings: Settings, folds: Folds, framings: list[str] | None) -> list[Row]:
    """The baselines and the framings of Seqframe."""
    baselines = forecast_baselines(folds, settings.backtest.named_baselines)
    rows = [
        score(model, folds, model.name, "Seqframe", BASELINE, seconds=model.costs.get("training_s"))
        for model in baselines
    ]
    named = [framing for framing in supported_framings(settings) if not framings or framing.name in framings]
    models = {framing.name: train_framing(framing, folds, settings).forecasts() for framing in named}
    candidates = [*baselines, *(each[-1] for each in models.values())]
    selection = select_models([score_model(each, folds) for each in candidates], folds)
    for name, (single, *_) in models.items():
        seconds = single.costs["training_s"] * len(folds.datasets) * settings.training.n_seeds
        row = score(single, folds, name, "Seqframe", FRAMING, seconds=seconds)
        rows.append(replace(row, selected=models[name][-1].name == selection.framing))
    return rows


def score_rival(rival: Rival, found: RivalForecasts | str, folds: Folds) -> Row:
    """The errors of a rival, or the reason why there are none."""
    kind = NETWORK if rival.learned else STATISTICAL
    if isinstance(found, str):
        return Row(rival.title, rival.library, kind, note=found)
    each = found.about["folds"]
    variants = [fold["variant"] for fold in each] if any(fold["validation_mae"] for fold in each) else []
    seconds = sum(sum(fold["seconds"].values()) for fold in each)
    return score(found.forecasts, folds, rival.title, rival.library, kind, "; ".join(variants), seconds)


def score(
    model: ModelForecasts,
    folds: Folds,
    title: str,
    library: str,
    kind: str,
    note: str = "",
    seconds: float | None = None,
) -> Row:
    """The errors of a model: of single runs and of their mean forecast."""
    mean = ensemble(model)
    validation = validation_error(mean, folds)
    return Row(
        title,
        library,
        kind,
        tuple(errors_of_runs(model, folds)),
        errors_of_runs(mean, folds)[0],
        None if math.isnan(validation) else validation,
        note,
        seconds,
    )


def summarize(results: dict[str, list[Row]]) -> Table:
    """One line per series: the framing chosen on validation rows, and the best of all others on test rows."""
    rows = []
    for series, models in results.items():
        chosen = next((row for row in models if row.selected), None)
        ridge = next((row for row in models if row.model == "ridge"), None)
        networks, statistical = (best(models, kind) for kind in (NETWORK, STATISTICAL))
        others = [row for row in models if row is not chosen and row.ensemble is not None]
        lowest = min(others, key=error_of, default=None)
        rows.append(
            (
                series,
                *(describe(row) for row in (chosen, best(models, FRAMING), ridge, networks, statistical)),
                format_ratio(chosen, networks),
                format_ratio(chosen, lowest),
            )
        )
    columns = (
        *("series", "chosen framing", "best framing", "ridge", "best network of others", "best statistical model"),
        *("chosen / best network of others", "chosen / best of all others"),
    )
    return Table("MASE of ensembles on the test splits", columns, tuple(rows))


def tabulate(series: str, models: list[Row]) -> Table:
    """All models of a series, the best first."""
    rows = []
    for row in sorted(models, key=error_of):
        single = float(np.mean(row.errors)) if row.errors else None
        numbers = (single, row.ensemble, row.validation, row.seconds)
        name = f"{row.library} {row.model}"
        rows.append((name, *map(format_value, numbers), row.note))
    columns = ("model", "single", "ensemble", "ensemble, validation", "training, s", "variant of each fold")
    return Table(f"{series}: MASE", columns, tuple(rows))


def best(models: list[Row], kind: str) -> Row | None:
    """The model of a kind with the smallest error on the test splits."""
    return min((row for row in models if row.kind == kind and row.errors), key=error_of, default=None)


def error_of(row: Row) -> float:
    """MASE of the ensemble; infinite without forecasts."""
    return math.inf if row.ensemble is None else row.ensemble


def describe(row: Row | None) -> str:
    """Error and name of a model, such as `0.787 dense`."""
    return format_value(None) if row is None else f"{format_value(row.ensemble)} {row.model}"


def format_ratio(ours: Row | None, other: Row | None) -> str:
    """Ratio of two errors; below 1 ours is smaller."""
    return format_value(None if ours is None or other is None else error_of(ours) / error_of(other))


if __name__ == "__main__":
    main()
