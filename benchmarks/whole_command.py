"""Wall time and peak memory of a whole command, beside the plain Keras script of the same framing, run in turns.

    python -m benchmarks.whole_command --framings many_to_many --repeats 3

`all` stands for plain `kedro run`, measured against the three scripts one after the other.
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

from benchmarks.measuring import in_turns, ratio
from benchmarks.reporting import COLOURS, Report, Table, draw_axes, draw_places, write

ROOT = Path(__file__).resolve().parents[1]
FRAMINGS = ("one_to_one", "many_to_one", "many_to_many")
SIDES = {"seqframe": "kedro run", "plain": "plain Keras"}

Cost = tuple[float, float]  # wall seconds, peak memory in MiB
Costs = dict[str, dict[str, list[Cost]]]  # by framing and side, one a turn


def main() -> None:
    """Measure, print a table and keep the figures."""
    arguments = read_arguments()
    report = Report("whole_command")
    costs: Costs = {}
    for framing in arguments.framings:
        sides = {side: partial(run, commands) for side, commands in commands_of(framing).items()}
        sides["seqframe"]()  # makes MLflow's store, compiles bytecode, warms the disk's cache
        costs[framing] = in_turns(sides, arguments.repeats)
        print(f"{framing}: done", flush=True)
    notes = [f"Medians of {arguments.repeats} turns. Ratios are medians of each turn's ratio; below 1 is faster."]
    report.finish([tabulate(costs)], draw(costs), costs, notes)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--framings", nargs="+", default=["many_to_many"], choices=[*FRAMINGS, "all"])
    parser.add_argument("--repeats", type=int, default=3, help="turns of each side")
    return parser.parse_args()


def commands_of(framing: str) -> dict[str, list[list[str]]]:
    """The commands of both sides, run one after the other."""
    ours = [sys.executable, "-m", "kedro", "run", *([] if framing == "all" else [f"--pipeline={framing}"])]
    scripts = FRAMINGS if framing == "all" else (framing,)
    plain = [[sys.executable, str(ROOT / "benchmarks" / "plain_keras.py"), name] for name in scripts]
    return {"seqframe": [ours], "plain": plain}


def run(commands: list[list[str]]) -> Cost:
    """Wall seconds of the commands one after the other, and the largest peak memory among them, in MiB."""
    started = time.perf_counter()
    peak = 0
    for command in commands:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}.")
        peak = max(peak, usage.ru_maxrss)  # KiB on Linux
    return time.perf_counter() - started, peak / 1024


def tabulate(costs: Costs) -> Table:
    """One row a framing: seconds, their ratio, and memory."""
    rows = []
    for framing, sample in costs.items():
        seconds, memory = ({side: [cost[part] for cost in sample[side]] for side in SIDES} for part in (0, 1))
        medians = [write(statistics.median(values)) for part in (seconds, memory) for values in part.values()]
        rows.append((framing, *medians[:2], write(ratio(seconds["seqframe"], seconds["plain"])), *medians[2:]))
    columns = (*(f"{title}, s" for title in SIDES.values()), "ratio", *(f"{title}, MiB" for title in SIDES.values()))
    return Table("The whole command, beside a plain Keras script", ("framing", *columns), tuple(rows))


def draw(costs: Costs) -> Figure:
    """Seconds on a logarithmic axis, two points a framing."""
    figure, (axes,) = draw_axes()
    seconds: dict[str, list[float | None]] = {
        title: [statistics.median(cost[0] for cost in sample[side]) for sample in costs.values()]
        for side, title in SIDES.items()
    }
    draw_places(axes, list(costs), seconds, (COLOURS[0], COLOURS[2]))
    axes.set(ylabel="seconds", title="The whole command")
    return figure


if __name__ == "__main__":
    main()
