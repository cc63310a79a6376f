"""Charts for the page, in Plotly. Their letters and lines take the colours of the page, be it light or dark."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from seqframe.reporting.figures import COLORS, GRAY
from seqframe.reporting.html.columns import downsample, format_cell, round_digits

# How the lines of charts look.

LOUD = [color for color in COLORS if color != "#000000"]  # to be seen on black, too
DASHES = ("solid", "dot", "dash")
PLAIN_DASHES = ("dash", "dot", "dashdot", "longdash")


class LineStyles(dict[str, tuple[str, str]]):
    """A colour and a dash for every name, so that a framing looks the same on all charts; greys for the `plain`."""

    def __init__(self, names: Iterable[str], plain: Iterable[str] = ()) -> None:
        super().__init__(zip(names, ((color, dash) for dash, color in product(DASHES, LOUD)), strict=False))
        self |= zip(plain, ((GRAY, dash) for dash in PLAIN_DASHES), strict=False)

    def line(self, name: str) -> dict[str, object]:
        """The look of a line; those for comparison are grey and thin."""
        color, dash = self[name]
        return {"color": color, "dash": dash, "width": 1.5 if color == GRAY else 2}


# What charts are drawn with.

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


def pad_curves(curves: Curves) -> NDArray[np.float64]:
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
    figure: go.Figure, x: NDArray[np.intp], y: NDArray[np.float64], name: str, looks: LineStyles, hover: str
) -> None:
    """A line with its look; `hover` is what a point says when it is pointed at, in Plotly's words."""
    figure.add_scatter(
        x=name_places(pd.Index(x)),
        y=round_digits(y),
        name=name,
        legendgroup=name,
        line=looks.line(name),
        hovertemplate=hover,
    )


def add_band(figure: go.Figure, x: Any, low: Any, high: Any, name: str, looks: LineStyles) -> None:
    """From the least to the most, in the colour of the line, which is to be drawn over it."""
    color = str(looks.line(name)["color"])
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    there = np.isfinite(np.asarray(high)) & np.isfinite(np.asarray(low))
    low, high, places = np.asarray(low)[there], np.asarray(high)[there], name_places(pd.Index(x)[there])
    figure.add_scatter(
        x=[*places, *places[::-1]],
        y=round_digits([*high, *low[::-1]]),
        fill="toself",
        fillcolor=f"rgba({red}, {green}, {blue}, {FAINT})",
        line={"width": 0},
        hoverinfo="skip",
        legendgroup=name,
        showlegend=False,
        name=name,
    )


NOTHING: Mapping[str, Any] = {}
FEW = 20  # points that get a mark and a number each


def chart_losses(curves: Mapping[str, Curves], looks: LineStyles) -> go.Figure:
    """The loss of every epoch, logarithmic: of several networks the median, with a band from the least to the most."""
    figure = start_figure("epoch", "loss", logarithmic=True)
    for name, losses in curves.items():
        by_epoch = pad_curves(losses)  # (networks, epochs)
        epochs = downsample(by_epoch[0])
        chosen = by_epoch[:, epochs]
        if len(losses) > 1:
            add_band(figure, epochs + 1, np.min(chosen, axis=0), np.max(chosen, axis=0), name, looks)
        middle = np.median(chosen, axis=0)
        add_line(figure, epochs + 1, middle, name, looks, "epoch %{x}: %{y:.3g}")
    return figure


def chart_rows(
    actuals: pd.Series,
    lines: Mapping[str, Sequence[pd.Series]],
    looks: LineStyles,
    x: str,
    y: str,
    shown: Sequence[str],
    bands: Mapping[str, Sequence[pd.DataFrame]] = NOTHING,
) -> go.Figure:
    """Predictions over the truth, row by row; those that are not `shown` wait in the legend to be clicked.

    A name may have several lines, one after the other, and a band for each: its ends are `low` and `high`.
    """
    figure = start_figure(x, y)
    if pd.api.types.is_integer_dtype(actuals.index) and len(actuals) <= FEW:
        figure.update_xaxes(dtick=1)
    thick = {"color": GRAY, "width": 7}  # to be seen beneath a prediction that covers it
    figure.add_scatter(
        x=name_places(actuals.index), y=round_digits(actuals), name="actual", mode="lines", line=thick, opacity=0.5
    )
    for name, of in bands.items():
        for band in of:
            add_band(figure, band.index, band["low"], band["high"], name, looks)
    for name, of in lines.items():
        figure.add_scatter(
            x=[place for line in of for place in (*name_places(line.index), None)][:-1],
            y=[value for line in of for value in (*round_digits(line), None)][:-1],
            name=name,
            legendgroup=name,
            mode="lines+markers" if sum(map(len, of)) <= FEW else "lines",
            line=looks.line(name),
            visible=True if name in shown else "legendonly",
            hovertemplate="%{x}: %{y:.4g}",
        )
    return figure


def chart_steps(errors: pd.DataFrame, looks: LineStyles, x: str, y: str) -> go.Figure:
    """The error at every step or lead, a line a name; a band where `low` and `high` are given.

    `errors` has a line a point: name, step, error.
    """
    figure = start_figure(x, y, zero=True)
    figure.update_xaxes(dtick=1 if errors["step"].nunique() <= FEW else None)
    for name, line in errors.groupby("name", sort=False):
        if {"low", "high"} <= set(line) and (line["high"] > line["low"]).any():
            add_band(figure, line["step"], line["low"], line["high"], name, looks)
        add_line(figure, line["step"], line["error"], name, looks, f"{x} %{{x}}: %{{y:.3g}}")
    return figure


def chart_bars(lengths: Mapping[str, float], looks: LineStyles) -> go.Figure:
    """A lying bar a name, with its length on it."""
    figure = start_figure("", "")
    figure.add_bar(
        x=round_digits(lengths.values()),
        y=list(lengths),
        orientation="h",
        marker={"color": [looks.line(name)["color"] for name in lengths]},
        text=[format_cell(float(f"{length:.3g}")) for length in lengths.values()],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:,.4g}<extra></extra>",
    )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure.update_layout(height=70 + 30 * len(lengths), showlegend=False, margin={"r": 56, "b": 32})


def chart_dots(places: Mapping[str, Sequence[float]], looks: LineStyles, x: str) -> go.Figure:
    """A row of dots a name, on a logarithmic axis."""
    figure = start_figure(x, "", logarithmic=False)
    for name, values in places.items():
        figure.add_scatter(
            x=round_digits(values),
            y=[name] * len(values),
            mode="markers",
            marker={"color": looks.line(name)["color"], "size": 9, "opacity": 0.6},
            hovertemplate="%{x:.3g}",
            name=name,
        )
    figure.update_xaxes(type="log", exponentformat="power", nticks=8)
    figure.update_yaxes(autorange="reversed")
    return figure.update_layout(height=140 + 50 * len(places), showlegend=False)
