"""Memory of `kedro run --pipeline=compare` with default settings, of all its processes. Linux only.

    python -m benchmarks.comparison_memory --etth1 ETTh1.csv

The table has two measures. *Resident* is the peak resident memory of the main process, with the pages of library files
that it reads; the system drops these pages where memory is short. *Private* is the peak of what all processes of the
command have allocated, which a limit of a container must leave room for.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.etth1 import protocol
from benchmarks.processes import ROOT
from benchmarks.results import COLORS, Report, Table, format_value, new_figure, plot_groups
from seqframe.config.commands import format_params
from seqframe.config.params import merge_settings
from seqframe.data.memory import PROC

FRAMING = "many_to_one"  # of the comparisons on ETTh1
INTERVAL_S = 0.05  # between two readings
MIB = 1024  # KiB
COLUMNS = ("comparison", "seconds", "resident, MiB", "of library files, MiB", "private, all processes, MiB")
FIELDS = ("PPid", "VmRSS", "RssFile", "RssAnon")  # of a process that has memory

Cost = dict[str, float]
Fields = dict[str, int]


def main() -> None:
    """Measure, print the table and save the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--etth1", type=Path, help="measure ETTh1, too: the file of the public benchmark")
    parser.add_argument("--horizons", type=int, nargs="+", default=[24, 96], help="of ETTh1")
    arguments = parser.parse_args()
    report = Report("comparison_memory")
    commands = {"sunspots, all framings": ["--env=sunspots"]}
    for horizon in arguments.horizons if arguments.etth1 else ():
        settings = merge_settings(protocol(arguments.etth1.resolve(), horizon), {"backtest": {"framings": [FRAMING]}})
        commands[f"ETTh1, {FRAMING}, {horizon} rows ahead"] = ["--params", format_params(settings)]
    measure(commands["sunspots, all framings"])  # compiles the training code
    costs = {name: measure(command) for name, command in commands.items()}
    notes = ["Default settings with 3 networks a framing, report and refit; the training code is in the cache."]
    report.finish([tabulate(costs)], draw(costs), costs, notes)


def measure(arguments: list[str]) -> Cost:
    """Seconds and peaks of one command, in MiB."""
    started = time.perf_counter()
    resident = files = private = 0  # KiB; the files at the peak of the resident memory
    command = [sys.executable, "-m", "kedro", "run", "--pipeline=compare", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        if each := read_family(process.pid):
            resident, files = max((resident, files), (each[0]["VmRSS"], each[0]["RssFile"]))
            private = max(private, sum(fields["RssAnon"] for fields in each))
        time.sleep(INTERVAL_S)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed with exit code {process.returncode}.")
    values = (time.perf_counter() - started, resident / MIB, files / MIB, private / MIB)
    return dict(zip(COLUMNS[1:], values, strict=True))


def read_family(pid: int) -> list[Fields]:
    """The process, and the processes that it has started, directly or not; empty if it has ended."""
    found = {int(each.name): fields for each in PROC.iterdir() if each.name.isdigit() and (fields := read_status(each))}
    family = {pid} & found.keys()
    while more := {each for each, fields in found.items() if fields["PPid"] in family} - family:
        family |= more
    return [found[each] for each in sorted(family, key=lambda each: each != pid)]


def read_status(folder: Path) -> Fields:
    """Parent and memory of a process, in KiB; empty if it has ended."""
    try:
        lines = (folder / "status").read_text().splitlines()
    except OSError:
        return {}
    fields = dict(line.split(":", 1) for line in lines)
    return {name: int(fields[name].split()[0]) for name in FIELDS} if fields.keys() >= set(FIELDS) else {}


def tabulate(costs: dict[str, Cost]) -> Table:
    """One row per comparison."""
    rows = tuple((name, *(format_value(cost[column]) for column in COLUMNS[1:])) for name, cost in costs.items())
    return Table("Memory of a comparison", COLUMNS, rows)


def draw(costs: dict[str, Cost]) -> Figure:
    """Resident and private memory on an axis from 0, two points per comparison."""
    figure, (axes,) = new_figure()
    values: dict[str, list[float | None]] = {
        name: [cost[name] for cost in costs.values()] for name in (COLUMNS[2], COLUMNS[4])
    }
    plot_groups(axes, list(costs), values, (COLORS[0], COLORS[2]))
    axes.set_yscale("linear")
    axes.set(ylabel="MiB", title="Memory of a comparison", ylim=(0, None))
    return figure


if __name__ == "__main__":
    main()
