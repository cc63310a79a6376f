"""Wall time of a comparison whose networks are trained one after the other or in worker processes, in turns.

    python -m benchmarks.executors --tables sunspots --repeats 3

The results are the same, bit for bit. Cores are the processor time of all processes over the wall time.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from functools import partial

from matplotlib.figure import Figure

from benchmarks.machine import in_turns, ratio
from benchmarks.processes import ROOT
from benchmarks.results import COLORS, Report, Table, format_value, new_figure, plot_groups

KINDS = ("processes", "serial")

Cost = tuple[float, float]  # wall seconds, processor seconds
Costs = dict[str, dict[str, list[Cost]]]  # by table and executor, one per turn


def main() -> None:
    """Measure, print the table and save the results."""
    arguments = read_arguments()
    report = Report("executors")
    costs: Costs = {}
    for table in arguments.tables:
        contenders = {kind: partial(run, table, kind, arguments.workers, arguments.params) for kind in KINDS}
        costs[table] = in_turns(contenders, arguments.repeats)
        print(f"{table}: done", flush=True)
    notes = [f"Medians of {arguments.repeats} turns. Ratios are medians of each turn's ratio; below 1 is faster."]
    report.finish([tabulate(costs)], draw(costs), costs, notes)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", default=["sunspots"], help="environments in conf/")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="worker processes")
    parser.add_argument("--params", default="", help="other settings, as for kedro run")
    parser.add_argument("--repeats", type=int, default=3, help="turns of each executor")
    return parser.parse_args()


def run(table: str, kind: str, workers: int, params: str) -> Cost:
    """Wall time and processor time of one comparison, in seconds."""
    given = ",".join(filter(None, (f"execution.kind={kind},execution.workers={workers}", params)))
    command = [sys.executable, "-m", "kedro", "run", "--pipeline=compare", f"--env={table}", "--params", given]
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)  # with the processes that it has waited for
    if status:
        raise SystemExit(f"{' '.join(command)} failed with exit code {os.waitstatus_to_exitcode(status)}.")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime


def tabulate(costs: Costs) -> Table:
    """One row per table: seconds, their ratio, and the cores in use."""
    rows = []
    for table, sample in costs.items():
        seconds = {kind: [wall for wall, _ in sample[kind]] for kind in KINDS}
        cores = {kind: [used / wall for wall, used in sample[kind]] for kind in KINDS}
        medians = [format_value(statistics.median(seconds[kind])) for kind in KINDS]
        in_use = [format_value(statistics.median(cores[kind])) for kind in KINDS]
        rows.append((table, *medians, format_value(ratio(seconds["processes"], seconds["serial"])), *in_use))
    columns = (*(f"{kind}, s" for kind in KINDS), "ratio", *(f"{kind}, cores" for kind in KINDS))
    return Table("A comparison in worker processes and in one process", ("table", *columns), tuple(rows))


def draw(costs: Costs) -> Figure:
    """Seconds on a logarithmic axis, two points per table."""
    figure, (axes,) = new_figure()
    seconds: dict[str, list[float | None]] = {
        kind: [statistics.median(wall for wall, _ in sample[kind]) for sample in costs.values()] for kind in KINDS
    }
    plot_groups(axes, list(costs), seconds, (COLORS[0], COLORS[2]))
    axes.set(ylabel="seconds", title="A comparison")
    return figure


if __name__ == "__main__":
    main()
