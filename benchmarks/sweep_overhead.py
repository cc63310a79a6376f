"""Overhead of a hyperparameter search for each trial, without training: by sampler, and how it grows with the trials.

    python -m benchmarks.sweep_overhead --trials random=20000 tpe=1600

The networks of a trial are replaced by a sleep for each fold, and its error by a function of its values. The overhead
is everything else that a search does: proposing values, checking settings, pruning, and writing the file of the study.
"""

import argparse
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.backtests import read_settings
from benchmarks.processes import ROOT
from benchmarks.results import COLORS, Report, Table, format_value, new_figure, set_log_scale
from seqframe.data.sources import load_data
from seqframe.evaluation import sweeps
from seqframe.evaluation.design import design_backtest
from seqframe.evaluation.study_file import StudyFile

SLEEP_S = 0.002  # in place of the training of one fold
SHOWN = (100, 400, 1600, 6400, 20_000)  # numbers of trials
WINDOW = 100  # trials over which the overhead of one is averaged

Times = tuple[float, float, float]  # wall, processor and sleeping seconds since the start


@dataclass(frozen=True)
class SleepingObjective(sweeps.Objective):
    """An objective that sleeps in place of training; `times` has one entry for the start of every trial."""

    times: list[Times] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def prepare(self, values: Mapping[str, Any]) -> sweeps.Trial:
        self.times.append((time.perf_counter(), time.process_time(), sum(self.slept[-1:])))
        return super().prepare(values)

    def fold_errors(self, trials: Mapping[int, sweeps.Trial], number: int) -> dict[int, float]:
        started = time.perf_counter()
        time.sleep(SLEEP_S * len(trials))
        self.slept.append(sum(self.slept[-1:]) + time.perf_counter() - started)
        return {key: simulate_error(trial, number) for key, trial in trials.items()}


def simulate_error(trial: sweeps.Trial, fold: int) -> float:
    """A smooth function of the learning rate and the units with one minimum, different in every fold."""
    model, training = trial.settings.model, trial.settings.training
    rate = np.log10(training.learning_rate / 0.007)
    return float(0.8 + rate**2 + 0.05 * np.log2(model.units / 24) ** 2 + 0.1 * model.dropout + 0.02 * fold)


def main() -> None:
    """Measure, print the table and save the results."""
    arguments = read_arguments()
    report = Report("sweep_overhead")
    costs = {}
    for sampler, count in arguments.trials.items():
        costs[sampler] = measure(sampler, count, arguments.folder)
        print(f"{sampler}: {count} trials", flush=True)
    notes = [
        f"Means of the last {WINDOW} trials. A sleep of {SLEEP_S * 1000:.0f} ms a fold, in place of training, is "
        "subtracted from the time. Trials are proposed in batches of 4, and have up to 3 folds.",
        "reopened: time until a search with this many trials goes on after a kill.",
    ]
    report.finish([tabulate(costs)], draw(costs), costs, notes)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--trials", nargs="+", type=_parse, default=[("random", 20_000), ("tpe", 1600)], help="sampler=number"
    )
    parser.add_argument("--folder", type=Path, default=ROOT / "data", help="where the file of the study is written")
    arguments = parser.parse_args()
    arguments.trials = dict(arguments.trials)
    return arguments


def _parse(text: str) -> tuple[str, int]:
    sampler, _, count = text.partition("=")
    return sampler, int(count)


def measure(sampler: str, count: int, folder: Path) -> dict[str, list[float]]:
    """Overhead at each of the shown numbers of trials: milliseconds per trial, and seconds to open the file again."""
    settings = read_settings("sunspots", {"sweep": {"sampler": sampler, "n_trials": count}})
    table = load_data(settings.data)
    config = design_backtest(table.df, table.settings, settings.task, settings.backtest)
    objective = SleepingObjective(table.df, config, settings)
    with TemporaryDirectory(dir=folder) as temporary:
        path = Path(temporary) / "study.log"
        sweeps.search(objective, path)
        reopened = _measure_opening(path)
    found: dict[str, list[float]] = {"trials": [], "ms": [], "processor_ms": []}
    for number in sorted({each for each in (*SHOWN, count) if WINDOW < each <= count} | {WINDOW}):
        before, after = objective.times[number - WINDOW], objective.times[number - 1]
        wall, processor, slept = (b - a for a, b in zip(before, after, strict=True))
        found["trials"].append(number)
        found["ms"].append(1000 * (wall - slept) / (WINDOW - 1))
        found["processor_ms"].append(1000 * processor / (WINDOW - 1))
    return found | {"reopened_s": [reopened]}


def _measure_opening(path: Path) -> float:
    started, storages = time.perf_counter(), sweeps.import_optuna().storages
    file = StudyFile(path)
    storages.JournalStorage(file)
    file.close()
    return time.perf_counter() - started


def tabulate(costs: dict[str, dict[str, list[float]]]) -> Table:
    """One row per sampler and number of trials."""
    rows = []
    for sampler, cost in costs.items():
        for index, number in enumerate(cost["trials"]):
            is_last = index + 1 == len(cost["trials"])
            reopened = format_value(cost["reopened_s"][0] if is_last else None)
            values = (format_value(cost[name][index]) for name in ("ms", "processor_ms"))
            rows.append((f"{sampler}, trial {number:.0f}", *values, reopened))
    columns = ("sampler", "ms a trial", "processor, ms", "reopened, s")
    return Table("Overhead of a search for each trial", columns, tuple(rows))


def draw(costs: dict[str, dict[str, list[float]]]) -> Figure:
    """Milliseconds per trial over the number of trials, on logarithmic axes."""
    figure, (axes,) = new_figure()
    for (sampler, cost), color in zip(costs.items(), COLORS, strict=False):
        axes.plot(cost["trials"], cost["ms"], "o-", color=color, label=sampler)
    axes.set_xscale("log")
    set_log_scale(axes)
    axes.set(xlabel="trials", ylabel="ms a trial", title="Overhead of a search")
    axes.legend(frameon=False)
    return figure


if __name__ == "__main__":
    main()
