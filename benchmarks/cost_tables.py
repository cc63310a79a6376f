"""The points of `cost` as tables and as a chart."""

import statistics
from dataclasses import dataclass
from itertools import cycle

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from benchmarks.reporting import CONTRASTS, Table, draw_axes, set_log_scale, write


@dataclass(frozen=True)
class Point:
    """One measured network: what is changed along its `axis` (length or units), its framing and its sizes."""

    axis: str
    framing: str
    length: int
    units: int

    @property
    def name(self) -> str:
        """The point in words, unlike that of any other point."""
        return f"{self.framing}, {self.length} rows, {self.units} units, along {self.axis}"

    @property
    def place(self) -> int:
        """Where the point stands on its axis."""
        return self.length if self.axis == "length" else self.units


Samples = dict[Point, list[dict[str, float]]]  # `ms`, `mib` and `parameters`, one answer a turn

AXES = {"length": "length, rows", "units": "units"}
MEASURES = {"ms": "Milliseconds an epoch", "mib": "Peak memory, MiB,", "parameters": "Parameters"}


def tabulate(samples: Samples) -> list[Table]:
    """A table for each measure along each axis, and the ratio of TimeDistributed to Dense."""
    tables = [
        tabulate_measure(samples, axis, measure)
        for axis in AXES
        if any(point.axis == axis for point in samples)
        for measure in MEASURES
    ]
    lines = find_lines(samples, "length", "to_dense")
    return [*tables, compare_heads(lines)] if lines else tables


def tabulate_measure(samples: Samples, axis: str, measure: str) -> Table:
    """A row for each framing, a column for each place on the axis."""
    lines = find_lines(samples, axis, measure)
    places = sorted({place for line in lines.values() for place in line})
    rows = tuple(
        (framing, *(write_measure(line.get(place), measure) for place in places)) for framing, line in lines.items()
    )
    return Table(f"{MEASURES[measure]} against {AXES[axis]}", ("framing", *map(str, places)), rows)


def write_measure(value: float | None, measure: str) -> str:
    """A value as it stands in a table: counts are whole."""
    return str(round(value)) if value is not None and measure == "parameters" else write(value)


def find_lines(samples: Samples, axis: str, measure: str) -> dict[str, dict[int, float]]:
    """The median of a measure by framing and place on the axis, for networks as they are planned."""
    lines: dict[str, dict[int, float]] = {}
    for point, answers in samples.items():
        if point.axis == axis and measure in answers[0]:
            line = lines.setdefault(point.framing, {})
            line[point.place] = statistics.median(answer[measure] for answer in answers)
    return lines


def compare_heads(lines: dict[str, dict[int, float]]) -> Table:
    """How many times as long an epoch takes with TimeDistributed as with the same network without it."""
    places = sorted({place for line in lines.values() for place in line})
    rows = tuple((framing, *(write(line.get(place)) for place in places)) for framing, line in lines.items())
    title = "Time of an epoch with TimeDistributed(Dense) as a ratio to the same with Dense, against length, rows"
    return Table(title, ("framing", *map(str, places)), rows)


def draw(samples: Samples) -> Figure:
    """Time, memory and parameters against length and units, a line for each framing."""
    figure, axes = draw_axes(len(AXES), len(MEASURES), width=13.0, height=7.5)
    cells = [(axis, measure) for axis in AXES for measure in MEASURES]
    for each, (axis, measure) in zip(axes, cells, strict=True):
        lines = find_lines(samples, axis, measure)
        for (framing, line), color in zip(lines.items(), cycle(CONTRASTS), strict=False):
            each.plot(list(line), list(line.values()), ".-", color=color, label=framing)
        each.set_xscale("log")
        each.set_xticks(sorted({place for line in lines.values() for place in line}))
        each.xaxis.set_major_formatter("{x:.0f}")
        each.xaxis.set_minor_locator(NullLocator())
        each.set(xlabel=AXES[axis], ylabel=MEASURES[measure].rstrip(","))
        if measure != "mib":
            set_log_scale(each)
        if lines:
            each.legend(frameon=False, fontsize=8)
    return figure
