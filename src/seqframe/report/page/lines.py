"""What charts are drawn with."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from seqframe.report.page.looks import Looks
from seqframe.report.page.numbers import shorten

FAINT = 0.18  # of a band's colour
Curves = Sequence[Sequence[float]]


def start_figure(x: str, y: str, logarithmic: bool = False, zero: bool = False) -> go.Figure:
    """An empty figure with names at its axes; `logarithmic` is the upright one, and `zero` has it begin there."""
    figure = go.Figure()
    figure.update_xaxes(title=escape(x, quote=False), automargin=True)  # where Plotly would take tags for tags
    figure.update_yaxes(title=escape(y, quote=False), automargin=True, rangemode="tozero" if zero else "normal")
    if logarithmic:
        figure.update_yaxes(type="log", exponentformat="power", nticks=8)
    return figure


def line_up(curves: Curves) -> NDArray[np.float64]:
    """Curves of different lengths as one array, the shorter ones held at their last: (curves, longest).

    What is not finite is without end, so that a network that diverged does not pass for one that stopped.
    """
    longest = max(map(len, curves))
    lined_up = np.array([[*curve, *curve[-1:] * (longest - len(curve))] for curve in map(list, curves)])
    return np.where(np.isfinite(lined_up), lined_up, np.inf)


def name_places(index: pd.Index) -> list[object]:
    """Places on an axis, in types that JSON has."""
    return [name.isoformat() if hasattr(name, "isoformat") else name for name in index.tolist()]


def add_line(
    figure: go.Figure, x: NDArray[np.intp], y: NDArray[np.float64], name: str, looks: Looks, hover: str
) -> None:
    """A line with its look; `hover` is what a point says when it is pointed at, in Plotly's words."""
    figure.add_scatter(
        x=name_places(pd.Index(x)),
        y=shorten(y),
        name=name,
        legendgroup=name,
        line=looks.line(name),
        hovertemplate=hover,
    )


def add_band(figure: go.Figure, x: Any, low: Any, high: Any, name: str, looks: Looks) -> None:
    """From the least to the most, in the colour of the line, which is to be drawn over it."""
    colour = str(looks.line(name)["color"])
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    there = np.isfinite(np.asarray(high)) & np.isfinite(np.asarray(low))
    low, high, places = np.asarray(low)[there], np.asarray(high)[there], name_places(pd.Index(x)[there])
    figure.add_scatter(
        x=[*places, *places[::-1]],
        y=shorten([*high, *low[::-1]]),
        fill="toself",
        fillcolor=f"rgba({red}, {green}, {blue}, {FAINT})",
        line={"width": 0},
        hoverinfo="skip",
        legendgroup=name,
        showlegend=False,
        name=name,
    )
