"""Figures of what changes with a length, or differs from one network to the next."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from seqframe.report.figures import _canvas, _colours

MARKS = "os^Dv"  # so that lines that lie on each other are told apart
Points = Mapping[float, float]  # x -> y


def draw_lines(lines: Mapping[str, Points], x: str, y: str, title: str, logarithmic: str = "x") -> Figure:
    """One line a name over the places that were measured; `logarithmic` are the axes that are: `x`, `y`, `xy`, or none.

    Lines may have different places.
    """
    figure, axes = _canvas()
    for number, ((name, points), colour) in enumerate(zip(lines.items(), _colours(), strict=False)):
        places = sorted(points)
        mark = MARKS[number % len(MARKS)]
        axes.plot(places, [points[place] for place in places], mark + "-", color=colour, markersize=5, label=name)
    axes.set(xlabel=x, ylabel=y, title=title)
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


def draw_bars(heights: Mapping[str, float], y: str, title: str, guess: tuple[str, float] | None = None) -> Figure:
    """One bar a name, with its height on it; `guess` is a dashed line to hold them against, with its name."""
    figure, axes = _canvas()
    names = list(heights)
    bars = axes.bar(range(len(names)), list(heights.values()), color=_first_colours(names), width=0.6)
    axes.bar_label(bars, fmt="%.3g", padding=2)
    axes.set_xticks(range(len(names)), names)
    axes.set(ylabel=y, title=title)
    if guess is not None:
        axes.axhline(guess[1], color="black", linestyle="--", linewidth=1, label=guess[0])
        axes.legend(frameon=False)
    axes.grid(visible=False, axis="x")
    return figure


def _first_colours(names: Sequence[str]) -> list[str]:
    return [colour for _, colour in zip(names, _colours(), strict=False)]
