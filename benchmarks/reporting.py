"""What a benchmark leaves behind: tables on the screen, JSON and a figure in `benchmarks/results/`."""

import json
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from rich.console import Console
from rich.table import Table as RichTable

from benchmarks.measuring import Idleness, look_at_the_machine, name_the_machine

RESULTS = Path(__file__).with_name("results")
MISSING = "–"
# Okabe and Ito's colours, which people with any colour vision tell apart
COLOURS = ("#0072B2", "#56B4E9", "#D55E00", "#E69F00", "#009E73", "#CC79A7", "#000000", "#7F7F7F")
CONTRASTS = COLOURS[::2] + COLOURS[1::2]  # neighbours unlike each other


@dataclass(frozen=True)
class Table:
    """A table as text: its title, the names of its columns, and rows of as many cells."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Report:
    """One run of a benchmark: made before measuring, since it looks whether the machine is idle, and then finished."""

    def __init__(self, benchmark: str) -> None:
        self._benchmark = benchmark
        self._before = look_at_the_machine()
        if not self._before.idle:
            print(f"The machine is not idle: {self._before.describe()}.", file=sys.stderr)

    def finish(self, tables: list[Table], figure: Figure, raw: Any, notes: list[str]) -> None:
        """Show the tables, with what limits them below, and keep all of it. `raw` is kept as JSON as it is."""
        after = look_at_the_machine()
        warnings = describe_noise(self._before, after)
        show(tables, [*notes, *warnings])
        RESULTS.mkdir(exist_ok=True)
        kept = {
            "benchmark": self._benchmark,
            "date": datetime.now(UTC).date().isoformat(),
            "machine": name_the_machine(),
            "idle": {"before": asdict(self._before), "after": asdict(after)},
            "warnings": warnings,
            "notes": notes,
            "tables": [asdict(table) for table in tables],
            "raw": raw,
        }
        path = RESULTS / f"{self._benchmark}.json"
        path.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n")
        figure.savefig(path.with_suffix(".png"))
        print(f"Kept in {path} and {path.with_suffix('.png').name}.")


def describe_noise(before: Idleness, after: Idleness) -> list[str]:
    """One line for each moment at which the machine was not idle."""
    moments = {"before": before, "after": after}
    return [
        f"NOT IDLE {moment} measuring: {state.describe()}. Measure again on an idle machine."
        for moment, state in moments.items()
        if not state.idle
    ]


def show(tables: list[Table], caption: list[str]) -> None:
    """Print tables to the terminal; the caption stands below the last one."""
    console = Console(width=160)
    for table in tables:
        shown = RichTable(*table.columns, box=None)
        for column in shown.columns:
            column.justify = "right"
        for row in table.rows:
            shown.add_row(*row)
        console.print(table.title, style="bold", markup=False)
        console.print(shown, "")
    for line in caption:
        console.print(line, style="yellow" if line.startswith("NOT IDLE") else "dim", markup=False)


def write(number: float | None) -> str:
    """A measured number with three digits, without an exponent: 0.123, 12.3, 12345; a dash where there is none.

    >>> write(0.12345), write(12.345), write(12345.6), write(None)
    ('0.123', '12.3', '12346', '–')
    """
    if number is None:
        return MISSING
    digits = next((places for places, limit in ((3, 1), (2, 10), (1, 100)) if abs(number) < limit), 0)
    return f"{number:.{digits}f}"


def draw_axes(rows: int = 1, columns: int = 1, width: float = 9.0, height: float = 4.5) -> tuple[Figure, list[Axes]]:
    """A figure with so many axes, row by row, on a canvas that needs no display."""
    figure = Figure(figsize=(width, height), layout="constrained", dpi=120)
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.grid(alpha=0.25)
        each.set_axisbelow(True)
    return figure, axes


def draw_places(axes: Axes, groups: list[str], sides: dict[str, list[float | None]], colours: tuple[str, ...]) -> None:
    """A point for each side in each group, next to each other, on a logarithmic axis. A side has a value a group."""
    width = 0.7 / max(1, len(sides))
    for number, ((title, values), color) in enumerate(zip(sides.items(), colours, strict=False)):
        aside = (number - (len(sides) - 1) / 2) * width
        points = [(group + aside, value) for group, value in enumerate(values) if value is not None]
        axes.plot(*zip(*points, strict=True), "o", color=color, label=title)
    axes.set_xticks(range(len(groups)), groups)
    axes.set_xlim(-0.5, len(groups) - 0.5)
    set_log_scale(axes)
    axes.legend(frameon=False, fontsize=8)


def set_log_scale(axes: Axes) -> None:
    """A logarithmic vertical axis with plain numbers: 0.5, 1, 2, 5, 10."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())
