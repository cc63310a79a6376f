"""Windows of a long table: memory from the file to training, and speed of batches compared with Keras and NumPy.

    python -m benchmarks.windows --rows 1000000 --repeats 3 --batches 32

Memory is the peak of a process on a table of one column minus the peak of the same process on 10 000 rows, by stage.
Speed is measured in turns, every contender in its own process.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from benchmarks.machine import in_turns, ratio
from benchmarks.processes import ROOT, Worker
from benchmarks.results import CONTRASTS, MISSING, Report, Table, format_value, new_figure, plot_groups

TITLES = {
    "chunks": "Seqframe",
    "batches": "Seqframe, batch by batch",
    "fancy": "NumPy indexing",
    "keras": "timeseries_dataset_from_array",
}
FLOAT64, MB = 8, 1e6

Memory = dict[str, tuple[dict[str, float], dict[str, float]]]  # by stage, on few rows and on many rows


@dataclass(frozen=True)
class Speed:
    """One configuration of the speed measurement."""

    features: int
    batch_size: int
    order: str

    @property
    def name(self) -> str:
        """The configuration as text."""
        return f"{self.features} × {self.batch_size}, {self.order}"


Speeds = dict[Speed, dict[str, list[float]]]  # ms per batch by contender, one per turn


FEW_ROWS = 10_000
SPAN_MS = 500.0  # duration of a turn, at least:
MIN_BATCHES = 20
CONTENDERS = ("chunks", "batches", "fancy", "keras")


def main() -> None:
    """Measure, print the tables and save the results."""
    arguments = read_arguments()
    report = Report("windows")
    memory = measure_memory(arguments.rows)
    print("memory: done", flush=True)
    speeds: dict[Speed, dict[str, list[float]]] = {}
    for features, batch_size, order in product(arguments.features, arguments.batches, ("in order", "shuffled")):
        speed = Speed(features, batch_size, order)
        speeds[speed] = measure_speed(speed, arguments.repeats)
        print(f"{speed.name}: done", flush=True)
    tables: list[Table] = [tabulate_memory(memory, arguments.rows), *tabulate_speed(speeds)]
    notes = [
        "Memory: peak resident memory minus the peak of the same process on 10 000 rows; the raw array is one column "
        "of float64. Training covers every window of its stage once, shuffled.",
        f"Speed: medians of {arguments.repeats} turns, 1 000 000 rows, lookback 500, from float32 values to tensors. "
        "Ratios are of times, medians of each turn's ratio; below 1 is faster.",
    ]
    raw = {"rows": arguments.rows, "memory": memory, "ms": {speed.name: times for speed, times in speeds.items()}}
    report.finish(tables, draw(speeds), raw, notes)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of the long table")
    parser.add_argument("--batches", nargs="*", type=int, default=[32, 256], help="batch sizes")
    parser.add_argument("--features", nargs="*", type=int, default=[1, 8])
    parser.add_argument("--repeats", type=int, default=7, help="turns of each contender")
    return parser.parse_args()


def measure_memory(rows: int) -> Memory:
    """Measurements by stage, on few rows and on many rows."""
    with tempfile.TemporaryDirectory() as folder:
        few, many = (measure_stages(Path(folder) / f"{count}.parquet", count) for count in (FEW_ROWS, rows))
    return {stage: (few[stage], many[stage]) for stage in many}


def measure_stages(path: Path, rows: int) -> dict[str, dict[str, float]]:
    """Write a table of a noisy sine, and measure all stages from its file to the last batch in a new process."""
    noise = np.random.default_rng(0).normal(0, 0.1, rows)
    pd.DataFrame({"value": np.sin(np.arange(rows) * (2 * np.pi / 1000)) + noise}).to_parquet(path)
    command = [sys.executable, "-m", "benchmarks.workers.windows_memory", str(path)]
    completed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if completed.returncode:
        raise SystemExit(
            f"{' '.join(command)} failed with exit code {completed.returncode}.\n{completed.stderr[-2000:]}"
        )
    measured: dict[str, dict[str, float]] = json.loads(completed.stdout.strip().splitlines()[-1])
    return measured


def measure_speed(speed: Speed, repeats: int) -> dict[str, list[float]]:
    """Milliseconds per batch of every contender, one per turn."""
    with ExitStack() as stack:
        arguments = (str(speed.batch_size), str(speed.features), speed.order)
        workers = {name: stack.enter_context(Worker("windows_speed", name, *arguments)) for name in CONTENDERS}
        counts = {}
        for name, worker in workers.items():
            worker.wait_until_ready()
            counts[name] = max(MIN_BATCHES, round(SPAN_MS / worker.time(MIN_BATCHES)))
        return in_turns({name: partial(worker.time, counts[name]) for name, worker in workers.items()}, repeats)


def tabulate_memory(memory: Memory, rows: int) -> Table:
    """One row per stage: the additional peak over few rows, in MB and relative to the raw array."""
    raw = rows * FLOAT64
    added = {stage: many["peak"] - few["peak"] for stage, (few, many) in memory.items()}
    lines = [
        (
            stage,
            format_value(added[stage] / MB),
            format_value(added[stage] / raw),
            f"{many['windows']:.0f}" if "windows" in many else MISSING,
            format_value(many["seconds"]),
        )
        for stage, (_, many) in memory.items()
    ]
    peaks = [max(each["peak"] for each in stages) for stages in zip(*memory.values(), strict=True)]
    whole = peaks[1] - peaks[0]
    lines.append(("the whole process", format_value(whole / MB), format_value(whole / raw), MISSING, MISSING))
    title = f"Memory of {rows} rows of one column, lookback 500; the raw array takes {raw / MB:.0f} MB"
    return Table(title, ("stage", "peak, MB", "ratio to the raw array", "windows", "seconds"), tuple(lines))


def tabulate_speed(speeds: Speeds) -> list[Table]:
    """Windows per second of every contender, and the ratios of times."""
    if not speeds:
        return []
    per_second, ratios = [], []
    for speed, times in speeds.items():
        per_second.append((speed.name, *(format_value(value) for value in windows_per_second(speed, times).values())))
        pairs = [(ours, theirs) for ours in ("chunks", "batches") for theirs in ("fancy", "keras")]
        ratios.append((speed.name, *(format_value(ratio(times[ours], times[theirs])) for ours, theirs in pairs)))
    configuration = "features × batch"
    columns = tuple(f"{TITLES[ours]} / {TITLES[theirs]}" for ours, theirs in pairs)
    return [
        Table("Windows per second", (configuration, *TITLES.values()), tuple(per_second)),
        Table("Ratio of times", (configuration, *columns), tuple(ratios)),
    ]


def windows_per_second(speed: Speed, times: dict[str, list[float]]) -> dict[str, float]:
    """The median over the turns, by contender."""
    return {name: speed.batch_size * 1000 / statistics.median(times[name]) for name in TITLES}


def draw(speeds: Speeds) -> Figure:
    """Windows per second on a logarithmic axis."""
    figure, (axes,) = new_figure(width=11.0)
    contenders: dict[str, list[float | None]] = {
        title: [windows_per_second(speed, times)[name] for speed, times in speeds.items()]
        for name, title in TITLES.items()
    }
    if speeds:
        plot_groups(axes, [speed.name.replace(", ", "\n") for speed in speeds], contenders, CONTRASTS)
    axes.set(ylabel="windows per second", title="Windows of 500 rows, as tensors")
    return figure


if __name__ == "__main__":
    main()
