"""A long CSV file, read by Seqframe with its checks and by plain pandas: time and memory, in turns.

    python -m benchmarks.read_table --rows 10000000 --repeats 3
    python -m benchmarks.read_table --rows 1000000 --time          # the first column holds hours

Every reading is a process of its own. Memory is the peak while the file is read minus the memory of the imported
modules, as a multiple of the raw array: rows x columns x 8 bytes.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from benchmarks.machine import in_turns, ratio
from benchmarks.processes import ROOT
from benchmarks.results import COLORS, Report, Table, format_value, new_figure, plot_groups

TITLES = {"seqframe": "Seqframe", "pandas": "pandas.read_csv"}
MAX_TIME, MAX_MEMORY = 2.0, 3.0  # what Seqframe may take: of pandas' time, and of the raw array
CHUNK = 500_000  # rows written at a time
FLOAT64 = 8  # bytes

Reading = dict[str, Any]  # seconds, bytes, rows


def main() -> None:
    """Measure, print the table and save the results."""
    arguments = read_arguments()
    report = Report("read_table")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        write_table(path, arguments.rows, arguments.columns, arguments.time)
        size = path.stat().st_size
        contenders = {name: partial(read, name, path) for name in TITLES}
        for contender in contenders.values():
            contender()  # compiles bytecode, warms the disk cache
        readings = in_turns(contenders, arguments.repeats)
    raw_bytes = arguments.rows * arguments.columns * FLOAT64
    notes = [
        f"{arguments.rows:,} rows, {arguments.columns} columns, {size / 1e6:,.0f} MB. Medians of {arguments.repeats} "
        "turns; ratios are medians of each turn's ratio.",
        f"Seqframe may take {MAX_TIME:g} times pandas' own time, and {MAX_MEMORY:g} times the raw array, which has "
        f"{raw_bytes / 1e6:,.0f} MB.",
    ]
    report.finish([tabulate(readings, raw_bytes)], draw(readings), readings, notes)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--time", action="store_true", help="the first column holds the hour of every row")
    parser.add_argument("--repeats", type=int, default=3, help="turns of each contender")
    return parser.parse_args()


def write_table(path: Path, rows: int, columns: int, has_time: bool) -> None:
    """Write numbers with four decimals, chunk by chunk; with `has_time`, hours take the place of the first column."""
    random, names = np.random.default_rng(0), [f"x{number}" for number in range(1, columns + 1)]
    for start in range(0, rows, CHUNK):
        count = min(CHUNK, rows - start)
        chunk = pd.DataFrame(random.normal(100, 20, (count, columns)).round(4), columns=names)
        if has_time:
            hours = pd.date_range("1700-01-01", periods=start + count, freq="h", unit="s")[start:]
            chunk = chunk.drop(columns=names[0])
            chunk.insert(0, "time", hours)
        chunk.to_csv(path, mode="a", header=start == 0, index=False)


def read(contender: str, path: Path) -> Reading:
    """Read the file in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.workers.read_table", contender, str(path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"{TITLES[contender]} failed: {result.stderr.strip().splitlines()[-1]}")
    reading: Reading = json.loads(result.stdout)
    return reading


def tabulate(readings: dict[str, list[Reading]], raw_bytes: int) -> Table:
    """One row per contender: seconds, their ratio to pandas, MB, and their ratio to the raw array."""
    seconds, sizes = ({name: [each[key] for each in readings[name]] for name in TITLES} for key in ("seconds", "bytes"))
    rows = tuple(
        (
            title,
            format_value(statistics.median(seconds[name])),
            format_value(ratio(seconds[name], seconds["pandas"])),
            format_value(statistics.median(sizes[name]) / 1e6),
            format_value(statistics.median(sizes[name]) / raw_bytes),
        )
        for name, title in TITLES.items()
    )
    columns = ("reader", "seconds", "of pandas' time", "memory, MB", "of the raw array")
    return Table("Reading of a CSV file", columns, rows)


def draw(readings: dict[str, list[Reading]]) -> Figure:
    """Seconds on a logarithmic axis."""
    figure, (axes,) = new_figure()
    medians: dict[str, list[float | None]] = {
        title: [statistics.median(each["seconds"] for each in readings[name])] for name, title in TITLES.items()
    }
    plot_groups(axes, ["the whole file"], medians, (COLORS[0], COLORS[2]))
    axes.set(ylabel="seconds", title="Reading of a CSV file")
    return figure


if __name__ == "__main__":
    main()
