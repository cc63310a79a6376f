"""Windows of a long table: the memory from file to training, and the speed of batches beside Keras and NumPy.

    python -m benchmarks.windows --rows 1000000 --repeats 3 --batches 32

Memory is the peak of a process on so many rows of one column minus that of the same process on 10 000 rows, stage by
stage. Speed is taken in turns, every side in a process of its own.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measuring import in_turns
from benchmarks.processes import ROOT, Worker
from benchmarks.reporting import Report, Table
from benchmarks.windows_tables import Memory, Speed, draw, tabulate_memory, tabulate_speed

FEW_ROWS = 10_000
SPAN_MS = 500.0  # how long a side works in one turn, at least so many batches:
FEWEST_BATCHES = 20
SIDES = ("chunks", "batches", "fancy", "keras")


def main() -> None:
    """Measure, print tables and keep the figures."""
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
        "Memory: peak resident memory above that of the same process on 10 000 rows; the raw array is one column of "
        "float64. Training goes over every window that it names, once, shuffled.",
        f"Speed: medians of {arguments.repeats} turns, 1 000 000 rows, lookback 500, from float32 values to tensors. "
        "Ratios are of times, medians of each turn's ratio; below 1 is faster.",
    ]
    raw = {"rows": arguments.rows, "memory": memory, "ms": {speed.name: times for speed, times in speeds.items()}}
    report.finish(tables, draw(speeds), raw, notes)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000, help="of the long table")
    parser.add_argument("--batches", nargs="*", type=int, default=[32, 256], help="windows in a batch")
    parser.add_argument("--features", nargs="*", type=int, default=[1, 8])
    parser.add_argument("--repeats", type=int, default=7, help="turns of each side")
    return parser.parse_args()


def measure_memory(rows: int) -> Memory:
    """By stage, what was measured on few rows and on many."""
    with tempfile.TemporaryDirectory() as folder:
        few, many = (measure_stages(Path(folder) / f"{count}.parquet", count) for count in (FEW_ROWS, rows))
    return {stage: (few[stage], many[stage]) for stage in many}


def measure_stages(path: Path, rows: int) -> dict[str, dict[str, float]]:
    """Write a table of a noisy sine, and go from its file to the last batch in a fresh process."""
    noise = np.random.default_rng(0).normal(0, 0.1, rows)
    pd.DataFrame({"value": np.sin(np.arange(rows) * (2 * np.pi / 1000)) + noise}).to_parquet(path)
    command = [sys.executable, "-m", "benchmarks.workers.windows_memory", str(path)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {answer.returncode}.\n{answer.stderr[-2000:]}")
    measured: dict[str, dict[str, float]] = json.loads(answer.stdout.strip().splitlines()[-1])
    return measured


def measure_speed(speed: Speed, repeats: int) -> dict[str, list[float]]:
    """Milliseconds a batch of every side, one a turn."""
    with ExitStack() as stack:
        arguments = (str(speed.batch_size), str(speed.features), speed.order)
        workers = {side: stack.enter_context(Worker("windows_speed", side, *arguments)) for side in SIDES}
        counts = {}
        for side, worker in workers.items():
            worker.wait_until_ready()
            counts[side] = max(FEWEST_BATCHES, round(SPAN_MS / worker.ask(FEWEST_BATCHES)))
        return in_turns({side: partial(worker.ask, counts[side]) for side, worker in workers.items()}, repeats)


if __name__ == "__main__":
    main()
