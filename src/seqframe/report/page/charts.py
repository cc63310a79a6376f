"""Charts for the page, in Plotly. Their letters and lines take the colours of the page, be it light or dark."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from seqframe.report.canvas import GREY
from seqframe.report.page.lines import Curves, add_band, add_line, line_up, name_places, start_figure
from seqframe.report.page.looks import Looks
from seqframe.report.page.numbers import shorten, thin_out, write_cell

NOTHING: Mapping[str, Any] = {}
FEW = 20  # points that get a mark and a number each


def chart_losses(curves: Mapping[str, Curves], looks: Looks) -> go.Figure:
    """The loss of every epoch, logarithmic: of several networks the median, with a band from the least to the most."""
    figure = start_figure("epoch", "loss", logarithmic=True)
    for name, losses in curves.items():
        by_epoch = line_up(losses)  # (networks, epochs)
        epochs = thin_out(by_epoch[0])
        chosen = by_epoch[:, epochs]
        if len(losses) > 1:
            add_band(figure, epochs + 1, np.min(chosen, axis=0), np.max(chosen, axis=0), name, looks)
        middle = np.median(chosen, axis=0)
        add_line(figure, epochs + 1, middle, name, looks, "epoch %{x}: %{y:.3g}")
    return figure


def chart_rows(
    truth: pd.Series,
    lines: Mapping[str, Sequence[pd.Series]],
    looks: Looks,
    x: str,
    y: str,
    shown: Sequence[str],
    bands: Mapping[str, Sequence[pd.DataFrame]] = NOTHING,
) -> go.Figure:
    """Predictions over the truth, row by row; those that are not `shown` wait in the legend to be clicked.

    A name may have several lines, one after the other, and a band for each: its ends are `low` and `high`.
    """
    figure = start_figure(x, y)
    if pd.api.types.is_integer_dtype(truth.index) and len(truth) <= FEW:
        figure.update_xaxes(dtick=1)
    thick = {"color": GREY, "width": 7}  # to be seen beneath a prediction that covers it
    figure.add_scatter(
        x=name_places(truth.index), y=shorten(truth), name="truth", mode="lines", line=thick, opacity=0.5
    )
    for name, of in bands.items():
        for band in of:
            add_band(figure, band.index, band["low"], band["high"], name, looks)
    for name, of in lines.items():
        figure.add_scatter(
            x=[place for line in of for place in (*name_places(line.index), None)][:-1],
            y=[value for line in of for value in (*shorten(line), None)][:-1],
            name=name,
            legendgroup=name,
            mode="lines+markers" if sum(map(len, of)) <= FEW else "lines",
            line=looks.line(name),
            visible=True if name in shown else "legendonly",
            hovertemplate="%{x}: %{y:.4g}",
        )
    return figure


def chart_steps(errors: pd.DataFrame, looks: Looks, x: str, y: str) -> go.Figure:
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


def chart_bars(lengths: Mapping[str, float], looks: Looks) -> go.Figure:
    """A lying bar a name, with its length on it."""
    figure = start_figure("", "")
    figure.add_bar(
        x=shorten(lengths.values()),
        y=list(lengths),
        orientation="h",
        marker={"color": [looks.line(name)["color"] for name in lengths]},
        text=[write_cell(float(f"{length:.3g}")) for length in lengths.values()],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:,.4g}<extra></extra>",
    )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure.update_layout(height=70 + 30 * len(lengths), showlegend=False, margin={"r": 56, "b": 32})


def chart_dots(places: Mapping[str, Sequence[float]], looks: Looks, x: str) -> go.Figure:
    """A row of dots a name, on a logarithmic axis."""
    figure = start_figure(x, "", logarithmic=False)
    for name, values in places.items():
        figure.add_scatter(
            x=shorten(values),
            y=[name] * len(values),
            mode="markers",
            marker={"color": looks.line(name)["color"], "size": 9, "opacity": 0.6},
            hovertemplate="%{x:.3g}",
            name=name,
        )
    figure.update_xaxes(type="log", exponentformat="power", nticks=8)
    figure.update_yaxes(autorange="reversed")
    return figure.update_layout(height=140 + 50 * len(places), showlegend=False)
