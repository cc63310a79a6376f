"""Time, memory and parameters of each framing, by sequence length and width of the network.

    python -m benchmarks.cost --framings many_to_many --lengths 5 20 --units 5 16 --repeats 1

Every point is measured in its own process; all points are measured once, then all again. If the head is
TimeDistributed, the same network without it is trained alternately in the same process.
"""

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from itertools import cycle

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from benchmarks.machine import in_turns
from benchmarks.processes import ROOT
from benchmarks.results import CONTRASTS, Report, Table, format_value, new_figure, set_log_scale
from seqframe.framings import TUTORIAL


@dataclass(frozen=True)
class Point:
    """One measured network: framing and sizes; `axis` is the size that varies (length or units)."""

    axis: str
    framing: str
    length: int
    units: int

    @property
    def name(self) -> str:
        """The point as text, unique for each point."""
        return f"{self.framing}, {self.length} rows, {self.units} units, along {self.axis}"

    @property
    def value(self) -> int:
        """The position of the point on its axis."""
        return self.length if self.axis == "length" else self.units


Samples = dict[Point, list[dict[str, float]]]  # `ms`, `mib` and `parameters`, one result per turn

AXES = {"length": "length, rows", "units": "units"}
MEASURES = {"ms": "Milliseconds per epoch", "mib": "Peak memory, MiB,", "parameters": "Parameters"}


LENGTHS = [5, 10, 20, 50, 100, 200, 500, 1000]
UNITS = [5, 16, 32, 64, 128, 256]
FIXED_UNITS = 5  # for all lengths
FIXED_LENGTH = 20  # for all widths


def main() -> None:
    """Measure, print the tables and save the results."""
    arguments = read_arguments()
    report = Report("cost")
    points = list_points(arguments.framings, arguments.lengths, arguments.units)
    named = {point.name: point for point in points}
    samples = in_turns({name: partial(measure, point) for name, point in named.items()}, arguments.repeats)
    found: Samples = {named[name]: results for name, results in samples.items()}
    notes = [
        f"Medians of {arguments.repeats} turns, every point in its own process, on one window of the ramp.",
        "Memory is the peak above the memory after the imports, without pages of library files; it includes tracing.",
    ]
    report.finish(tabulate(found), draw(found), samples, notes)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    names = [framing.name for framing in TUTORIAL]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--framings", nargs="+", choices=names, default=names)
    parser.add_argument("--lengths", nargs="*", type=int, default=LENGTHS, help=f"rows, with {FIXED_UNITS} units")
    parser.add_argument("--units", nargs="*", type=int, default=UNITS, help=f"with {FIXED_LENGTH} rows")
    parser.add_argument("--repeats", type=int, default=3, help="turns of every point")
    return parser.parse_args()


def list_points(framings: list[str], lengths: list[int], units: list[int]) -> list[Point]:
    """All points to measure."""
    points = []
    for framing in framings:
        for length in lengths:
            points.append(Point("length", framing, length, FIXED_UNITS))
        points += [Point("units", framing, FIXED_LENGTH, width) for width in units]
    return points


def measure(point: Point) -> dict[str, float]:
    """Measure one point in a new process."""
    arguments = (point.framing, str(point.length), str(point.units))
    command = [sys.executable, "-m", "benchmarks.workers.cost", *arguments]
    completed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if completed.returncode:
        raise SystemExit(
            f"{' '.join(command)} failed with exit code {completed.returncode}.\n{completed.stderr[-2000:]}"
        )
    measured: dict[str, float] = json.loads(completed.stdout.strip().splitlines()[-1])
    print(f"{point.name}: {measured['ms']:.3f} ms per epoch, {measured['mib']:.0f} MiB", flush=True)
    return measured


def tabulate(samples: Samples) -> list[Table]:
    """One table per measure and axis, and the ratio of TimeDistributed to Dense."""
    tables = [
        tabulate_measure(samples, axis, measure)
        for axis in AXES
        if any(point.axis == axis for point in samples)
        for measure in MEASURES
    ]
    lines = find_lines(samples, "length", "to_dense")
    return [*tables, compare_heads(lines)] if lines else tables


def tabulate_measure(samples: Samples, axis: str, measure: str) -> Table:
    """One row per framing, one column per value on the axis."""
    lines = find_lines(samples, axis, measure)
    values = sorted({value for line in lines.values() for value in line})
    rows = tuple(
        (framing, *(format_measure(line.get(value), measure) for value in values)) for framing, line in lines.items()
    )
    return Table(f"{MEASURES[measure]} against {AXES[axis]}", ("framing", *map(str, values)), rows)


def format_measure(value: float | None, measure: str) -> str:
    """Format a value; counts are integers."""
    return str(round(value)) if value is not None and measure == "parameters" else format_value(value)


def find_lines(samples: Samples, axis: str, measure: str) -> dict[str, dict[int, float]]:
    """The median of a measure by framing and value on the axis."""
    lines: dict[str, dict[int, float]] = {}
    for point, results in samples.items():
        if point.axis == axis and measure in results[0]:
            line = lines.setdefault(point.framing, {})
            line[point.value] = statistics.median(result[measure] for result in results)
    return lines


def compare_heads(lines: dict[str, dict[int, float]]) -> Table:
    """Time of an epoch with TimeDistributed relative to the same network without it."""
    values = sorted({value for line in lines.values() for value in line})
    rows = tuple((framing, *(format_value(line.get(value)) for value in values)) for framing, line in lines.items())
    title = "Ratio of times of an epoch, TimeDistributed(Dense) / Dense, against length, rows"
    return Table(title, ("framing", *map(str, values)), rows)


def draw(samples: Samples) -> Figure:
    """Time, memory and parameters against length and units, one line per framing."""
    figure, axes = new_figure(len(AXES), len(MEASURES), width=13.0, height=7.5)
    cells = [(axis, measure) for axis in AXES for measure in MEASURES]
    for each, (axis, measure) in zip(axes, cells, strict=True):
        lines = find_lines(samples, axis, measure)
        for (framing, line), color in zip(lines.items(), cycle(CONTRASTS), strict=False):
            each.plot(list(line), list(line.values()), ".-", color=color, label=framing)
        each.set_xscale("log")
        each.set_xticks(sorted({value for line in lines.values() for value in line}))
        each.xaxis.set_major_formatter("{x:.0f}")
        each.xaxis.set_minor_locator(NullLocator())
        each.set(xlabel=AXES[axis], ylabel=MEASURES[measure].rstrip(","))
        if measure != "mib":
            set_log_scale(each)
        if lines:
            each.legend(frameon=False, fontsize=8)
    return figure


if __name__ == "__main__":
    main()
