"""Wall time and peak memory of a whole command and of a plain Keras script for the same framing, run in turns.

    python -m benchmarks.whole_command --framings many_to_many --repeats 3

`all` is `kedro run` without a pipeline, compared with the three scripts run one after the other.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.machine import in_turns, ratio
from benchmarks.results import COLORS, Report, Table, format_value, new_figure, plot_groups

ROOT = Path(__file__).resolve().parents[1]
FRAMINGS = ("one_to_one", "many_to_one", "many_to_many")
CONTENDERS = {"seqframe": "kedro run", "plain": "plain Keras"}

Cost = tuple[float, float]  # wall seconds, peak memory in MiB
Costs = dict[str, dict[str, list[Cost]]]  # by framing and contender, one per turn


def main() -> None:
    """Measure, print the table and save the results."""
    arguments = read_arguments()
    report = Report("whole_command")
    costs: Costs = {}
    for framing in arguments.framings:
        contenders = {name: partial(run, commands) for name, commands in list_commands(framing).items()}
        contenders["seqframe"]()  # creates the MLflow store, compiles bytecode, warms the disk cache
        costs[framing] = in_turns(contenders, arguments.repeats)
        print(f"{framing}: done", flush=True)
    notes = [f"Medians of {arguments.repeats} turns. Ratios are medians of each turn's ratio; below 1 is faster."]
    report.finish([tabulate(costs)], draw(costs), costs, notes)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--framings", nargs="+", default=["many_to_many"], choices=[*FRAMINGS, "all"])
    parser.add_argument("--repeats", type=int, default=3, help="turns of each contender")
    return parser.parse_args()


def list_commands(framing: str) -> dict[str, list[list[str]]]:
    """The commands of both contenders."""
    ours = [sys.executable, "-m", "kedro", "run", *([] if framing == "all" else [f"--pipeline={framing}"])]
    scripts = FRAMINGS if framing == "all" else (framing,)
    plain = [[sys.executable, str(ROOT / "benchmarks" / "plain_keras.py"), name] for name in scripts]
    return {"seqframe": [ours], "plain": plain}


def run(commands: list[list[str]]) -> Cost:
    """Wall time of all commands in seconds, and the largest peak memory of any of them in MiB."""
    started = time.perf_counter()
    peak = 0
    for command in commands:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{' '.join(command)} failed with exit code {os.waitstatus_to_exitcode(status)}.")
        peak = max(peak, usage.ru_maxrss)  # KiB on Linux
    return time.perf_counter() - started, peak / 1024


def tabulate(costs: Costs) -> Table:
    """One row per framing: seconds, their ratio, and memory."""
    rows = []
    for framing, sample in costs.items():
        seconds, memory = ({name: [cost[index] for cost in sample[name]] for name in CONTENDERS} for index in (0, 1))
        medians = [
            format_value(statistics.median(values)) for measure in (seconds, memory) for values in measure.values()
        ]
        rows.append((framing, *medians[:2], format_value(ratio(seconds["seqframe"], seconds["plain"])), *medians[2:]))
    columns = (
        *(f"{title}, s" for title in CONTENDERS.values()),
        "ratio",
        *(f"{title}, MiB" for title in CONTENDERS.values()),
    )
    return Table("The whole command and a plain Keras script", ("framing", *columns), tuple(rows))


def draw(costs: Costs) -> Figure:
    """Seconds on a logarithmic axis, two points per framing."""
    figure, (axes,) = new_figure()
    seconds: dict[str, list[float | None]] = {
        title: [statistics.median(cost[0] for cost in sample[name]) for sample in costs.values()]
        for name, title in CONTENDERS.items()
    }
    plot_groups(axes, list(costs), seconds, (COLORS[0], COLORS[2]))
    axes.set(ylabel="seconds", title="The whole command")
    return figure


if __name__ == "__main__":
    main()
