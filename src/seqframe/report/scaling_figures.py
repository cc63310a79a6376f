"""Figures of what changes with a length, or differs from one network to the next."""

from collections.abc import Mapping
from itertools import islice

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from seqframe.report.canvas import canvas, colours, entitle

MARKS = "os^Dv"  # so that lines that lie on each other are told apart
Points = Mapping[float, float]  # x -> y


def draw_lines(lines: Mapping[str, Points], x: str, y: str, title: str, logarithmic: str = "x") -> Figure:
    """One line a name over the places that were measured; `logarithmic` are the axes that are: `x`, `y`, `xy`, or none.

    Lines may have different places.
    """
    figure, axes = canvas()
    for number, ((name, points), colour) in enumerate(zip(lines.items(), colours(), strict=False)):
        places = sorted(points)
        mark = MARKS[number % len(MARKS)]
        axes.plot(places, [points[place] for place in places], mark + "-", color=colour, markersize=5, label=name)
    axes.set(xlabel=x, ylabel=y)
    entitle(axes, title)
    if "x" in logarithmic:
        axes.set_xscale("log")
    if "y" in logarithmic:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_major_locator(FixedLocator(sorted({place for points in lines.values() for place in points})))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.legend(frameon=False)
    return figure


def draw_bars(lengths: Mapping[str, float], x: str, title: str, guess: tuple[str, float] | None = None) -> Figure:
    """One lying bar a name, with its length on it; `guess` is a dashed line to hold them against, with its name."""
    figure, axes = canvas(height=1.4 + 0.5 * len(lengths))
    names = list(lengths)
    bars = axes.barh(range(len(names)), list(lengths.values()), color=list(islice(colours(), len(names))), height=0.6)
    axes.bar_label(bars, fmt="%.2g", padding=3)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.invert_yaxis()
    axes.set(xlabel=x)
    entitle(axes, title)
    axes.margins(x=0.1)  # room for the numbers
    if guess is not None:
        axes.axvline(guess[1], color="black", linestyle="--", linewidth=1, label=guess[0])
        axes.legend(frameon=False)
    axes.grid(visible=False, axis="y")
    return figure
