"""What each framing costs against the length of the sequence and the width of the network: time, memory, parameters.

    python -m benchmarks.cost --framings many_to_many --lengths 5 20 --units 5 16 --repeats 1

Every point is measured in a process of its own; all points are measured once, then all again. Where the head is
TimeDistributed, the same network without it is trained in turns with it, in the same process.
"""

import argparse
import json
import subprocess
import sys
from functools import partial

from benchmarks.cost_tables import Point, Samples, draw, tabulate
from benchmarks.measuring import in_turns
from benchmarks.processes import ROOT
from benchmarks.reporting import Report
from seqframe.framings import TUTORIAL

LENGTHS = [5, 10, 20, 50, 100, 200, 500, 1000]
UNITS = [5, 16, 32, 64, 128, 256]
FIXED_UNITS = 5  # while the length changes
FIXED_LENGTH = 20  # while the width changes


def main() -> None:
    """Measure, print tables and keep the figures."""
    arguments = read_arguments()
    report = Report("cost")
    points = list_points(arguments.framings, arguments.lengths, arguments.units)
    named = {point.name: point for point in points}
    samples = in_turns({name: partial(measure, point) for name, point in named.items()}, arguments.repeats)
    found: Samples = {named[name]: answers for name, answers in samples.items()}
    notes = [
        f"Medians of {arguments.repeats} turns, every point in a process of its own, on one window of the ramp.",
        "Memory is the peak above that of the imports, and holds building and tracing.",
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
    """All points to be measured."""
    points = []
    for framing in framings:
        for length in lengths:
            points.append(Point("length", framing, length, FIXED_UNITS))
        points += [Point("units", framing, FIXED_LENGTH, width) for width in units]
    return points


def measure(point: Point) -> dict[str, float]:
    """Measure one point in a fresh process."""
    arguments = (point.framing, str(point.length), str(point.units))
    command = [sys.executable, "-m", "benchmarks.workers.cost", *arguments]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {answer.returncode}.\n{answer.stderr[-2000:]}")
    measured: dict[str, float] = json.loads(answer.stdout.strip().splitlines()[-1])
    print(f"{point.name}: {measured['ms']:.3f} ms an epoch, {measured['mib']:.0f} MiB", flush=True)
    return measured


if __name__ == "__main__":
    main()
