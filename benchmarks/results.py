"""Results of a benchmark: tables in the terminal, JSON and a figure in `benchmarks/results/`."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from rich.console import Console
from rich.table import Table as RichTable

from benchmarks.machine import ROUNDS, Idleness, describe_machine, measure_idleness, wait_until_idle

RESULTS = Path(__file__).with_name("results")
MISSING = "–"
# the palette of Okabe and Ito, distinguishable with any color vision
COLORS = ("#0072B2", "#56B4E9", "#D55E00", "#E69F00", "#009E73", "#CC79A7", "#000000", "#7F7F7F")
CONTRASTS = COLORS[::2] + COLORS[1::2]  # neighbors contrast


@dataclass(frozen=True)
class Table:
    """A table of strings: title, column names, and rows with one cell per column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Report:
    """One run of a benchmark. Create it before measuring, since it checks whether the machine is idle."""

    def __init__(self, benchmark: str) -> None:
        self._benchmark = benchmark
        self._before = wait_until_idle()
        if not self._before.idle:
            print(f"The machine is not idle: {self._before.describe()}.", file=sys.stderr)

    def finish(self, tables: list[Table], figure: Figure, raw: Any, notes: list[str]) -> None:
        """Print the tables and notes, and save them with the raw measurements, which must be JSON serializable."""
        after = measure_idleness()
        warnings = [*describe_noise(self._before, after), *ROUNDS.notes()]
        show(tables, [*notes, *warnings])
        idleness = {"before": asdict(self._before), "after": asdict(after)}
        path = save_record(self._benchmark, tables, raw, notes, warnings, idle=idleness)
        figure.savefig(path.with_suffix(".png"))
        print(f"Saved to {path} and {path.with_suffix('.png').name}.")


def save_record(
    benchmark: str, tables: list[Table], raw: Any, notes: list[str], warnings: Sequence[str] = (), **about: Any
) -> Path:
    """Save tables, notes and raw measurements, which must be JSON serializable; returns the path."""
    record = {
        "benchmark": benchmark,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": describe_machine(),
        **about,
        "warnings": list(warnings),
        "notes": notes,
        "tables": [asdict(table) for table in tables],
        "raw": raw,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{benchmark}.json"
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    return path


def describe_noise(before: Idleness, after: Idleness) -> list[str]:
    """One warning for each time at which the machine was not idle."""
    times = {"before": before, "after": after}
    return [
        f"NOT IDLE {time} measuring: {state.describe()}. Measure again on an idle machine."
        for time, state in times.items()
        if not state.idle
    ]


def show(tables: list[Table], caption: list[str]) -> None:
    """Print tables to the terminal, and the caption below the last one."""
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


def format_value(number: float | None) -> str:
    """Format a number with three digits and no exponent: 0.123, 12.3, 12345; None as a dash.

    >>> format_value(0.12345), format_value(12.345), format_value(12345.6), format_value(None)
    ('0.123', '12.3', '12346', '–')
    """
    if number is None:
        return MISSING
    digits = next((places for places, limit in ((3, 1), (2, 10), (1, 100)) if abs(number) < limit), 0)
    return f"{number:.{digits}f}"


def new_figure(rows: int = 1, columns: int = 1, width: float = 9.0, height: float = 4.5) -> tuple[Figure, list[Axes]]:
    """A figure with a grid of axes, listed row by row; it needs no display."""
    figure = Figure(figsize=(width, height), layout="constrained", dpi=120)
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.grid(alpha=0.25)
        each.set_axisbelow(True)
    return figure, axes


def plot_groups(
    axes: Axes, groups: list[str], contenders: dict[str, list[float | None]], colors: tuple[str, ...]
) -> None:
    """Plot one point per contender and group on a logarithmic axis; each contender has one value per group."""
    width = 0.7 / max(1, len(contenders))
    for number, ((title, values), color) in enumerate(zip(contenders.items(), colors, strict=False)):
        offset = (number - (len(contenders) - 1) / 2) * width
        points = [(group + offset, value) for group, value in enumerate(values) if value is not None]
        axes.plot(*zip(*points, strict=True), "o", color=color, label=title)
    axes.set_xticks(range(len(groups)), groups)
    axes.set_xlim(-0.5, len(groups) - 0.5)
    set_log_scale(axes)
    axes.legend(frameon=False, fontsize=8)


def set_log_scale(axes: Axes) -> None:
    """Set a logarithmic vertical axis with plain numbers: 0.5, 1, 2, 5, 10."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())
