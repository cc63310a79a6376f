"""Plotly charts of the report. Text and axes take the colors of the page theme, light or dark."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import cycle, product
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from seqframe.forecasting.future import ForecastPanel
from seqframe.reporting.columns import format_cell
from seqframe.reporting.figures import COLORS, GRAY

LINE_COLORS = [color for color in COLORS if color != "#000000"]  # visible on a black background, too
DASHES = ("solid", "dot", "dash")
BASELINE_DASHES = ("dash", "dot", "dashdot", "longdash")
BAND_OPACITY = 0.18
MAX_POINTS = 250  # of a line: more are not visible, and make the page large
MAX_MARKERS = 20  # points of a line that are drawn with markers
DIGITS = 4
Curves = Sequence[Sequence[float]]
NO_BANDS: Mapping[str, Any] = {}


class LineStyles(dict[str, tuple[str, str]]):
    """Color and dash of every name, so that a framing looks the same on all charts; baselines are gray.

    Styles repeat where there are more names than styles.
    """

    def __init__(self, names: Iterable[str], baselines: Iterable[str] = ()) -> None:
        styles = cycle((color, dash) for dash, color in product(DASHES, LINE_COLORS))
        super().__init__(zip(names, styles, strict=False))
        self |= zip(baselines, ((GRAY, dash) for dash in cycle(BASELINE_DASHES)), strict=False)

    def line(self, name: str) -> dict[str, object]:
        """Plotly's `line` of a name; baselines are thinner."""
        color, dash = self[name]
        return {"color": color, "dash": dash, "width": 1.5 if color == GRAY else 2}


def downsample(values: NDArray[Any], max_points: int = MAX_POINTS) -> NDArray[np.intp]:
    """Evenly spaced positions in a long array, with the first and the last: (positions,).

    >>> downsample(np.zeros(7), max_points=4).tolist()
    [0, 2, 4, 6]
    """
    positions = np.linspace(0, len(values) - 1, min(len(values), max_points)).round().astype(np.intp)
    return np.unique(positions)


def round_digits(values: Iterable[Any]) -> list[float | None]:
    """Numbers with four digits, which look the same on a chart; None where they are not finite.

    >>> round_digits([0.123456, float("nan")])
    [0.1235, None]
    """
    return [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in values]


def new_chart(x: str, y: str, log_y: bool = False, y_from_zero: bool = False) -> go.Figure:
    """An empty figure with titled axes."""
    figure = go.Figure()
    figure.update_xaxes(title=escape(x, quote=False), automargin=True)  # Plotly would interpret tags
    figure.update_yaxes(title=escape(y, quote=False), automargin=True, rangemode="tozero" if y_from_zero else "normal")
    if log_y:
        figure.update_yaxes(type="log", exponentformat="power", nticks=8)
    return figure


def pad_curves(curves: Curves) -> NDArray[np.float64]:
    """Curves of different lengths as one array, the shorter ones padded with their last value: (curves, longest).

    Values that are not finite become infinite, so that a diverged network does not look like one that stopped.
    """
    longest = max(map(len, curves))
    padded = np.array([[*curve, *curve[-1:] * (longest - len(curve))] for curve in map(list, curves)])
    return np.where(np.isfinite(padded), padded, np.inf)


def axis_values(index: pd.Index) -> list[object]:
    """Values of an axis, in types that JSON supports."""
    return [name.isoformat() if hasattr(name, "isoformat") else name for name in index.tolist()]


def add_line(
    figure: go.Figure, x: NDArray[np.intp], y: NDArray[np.float64], name: str, styles: LineStyles, hover: str
) -> None:
    """Add a line; `hover` is its Plotly hover template."""
    figure.add_scatter(
        x=axis_values(pd.Index(x)),
        y=round_digits(y),
        name=name,
        legendgroup=name,
        line=styles.line(name),
        hovertemplate=hover,
    )


def add_band(figure: go.Figure, x: Any, low: Any, high: Any, name: str, styles: LineStyles) -> None:
    """Add a band between two lines, in the color of a name; it is omitted where an end is not finite."""
    color = str(styles.line(name)["color"])
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    finite = np.isfinite(np.asarray(high)) & np.isfinite(np.asarray(low))
    low, high, positions = np.asarray(low)[finite], np.asarray(high)[finite], axis_values(pd.Index(x)[finite])
    figure.add_scatter(
        x=[*positions, *positions[::-1]],
        y=round_digits([*high, *low[::-1]]),
        fill="toself",
        fillcolor=f"rgba({red}, {green}, {blue}, {BAND_OPACITY})",
        line={"width": 0},
        hoverinfo="skip",
        legendgroup=name,
        showlegend=False,
        name=name,
    )


def chart_losses(curves: Mapping[str, Curves], styles: LineStyles) -> go.Figure:
    """Loss by epoch on a logarithmic axis: the median of several networks, in a band from minimum to maximum."""
    figure = new_chart("epoch", "loss", log_y=True)
    for name, losses in curves.items():
        by_epoch = pad_curves(losses)  # (networks, epochs)
        epochs = downsample(by_epoch[0])
        shown = by_epoch[:, epochs]
        if len(losses) > 1:
            add_band(figure, epochs + 1, np.min(shown, axis=0), np.max(shown, axis=0), name, styles)
        add_line(figure, epochs + 1, np.median(shown, axis=0), name, styles, "epoch %{x}: %{y:.3g}")
    return figure


def chart_rows(
    actuals: pd.Series,
    lines: Mapping[str, Sequence[pd.Series]],
    styles: LineStyles,
    x: str,
    y: str,
    shown: Sequence[str],
    bands: Mapping[str, Sequence[pd.DataFrame]] = NO_BANDS,
) -> go.Figure:
    """Predictions over actual values, by row; lines not in `shown` are hidden until their legend entry is clicked.

    A name may have several lines, one after the other, each with a band from `low` to `high`.
    """
    figure = new_chart(x, y)
    if pd.api.types.is_integer_dtype(actuals.index) and len(actuals) <= MAX_MARKERS:
        figure.update_xaxes(dtick=1)
    thick = {"color": GRAY, "width": 7}  # visible behind a prediction that covers it
    figure.add_scatter(
        x=axis_values(actuals.index), y=round_digits(actuals), name="actual", mode="lines", line=thick, opacity=0.5
    )
    for name, name_bands in bands.items():
        for band in name_bands:
            add_band(figure, band.index, band["low"], band["high"], name, styles)
    for name, name_lines in lines.items():
        figure.add_scatter(
            x=[value for line in name_lines for value in (*axis_values(line.index), None)][:-1],
            y=[value for line in name_lines for value in (*round_digits(line), None)][:-1],
            name=name,
            legendgroup=name,
            mode="lines+markers" if sum(map(len, name_lines)) <= MAX_MARKERS else "lines",
            line=styles.line(name),
            visible=True if name in shown else "legendonly",
            hovertemplate="%{x}: %{y:.4g}",
        )
    return figure


def chart_future(panel: ForecastPanel, name: str, styles: LineStyles, x: str, height: int) -> go.Figure:
    """The newest values of a series, and after them its forecast by the named model, with the interval."""
    figure, fan, forecast = new_chart(x, panel.target), panel.fan(), panel.forecast
    history, line = panel.history, styles.line(name)
    figure.add_scatter(
        x=axis_values(history.index),
        y=round_digits(history),
        name="actual",
        mode="lines",
        line={"color": GRAY, "width": 1.5},
        hovertemplate="%{x}: %{y:.4g}",
    )
    add_band(figure, fan.index, fan["low"], fan["high"], name, styles)
    figure.add_scatter(  # from the last value to the first forecast
        x=axis_values(fan.index[:2]),
        y=round_digits(fan["forecast"][:2]),
        mode="lines",
        line=line,
        hoverinfo="skip",
        legendgroup=name,
        showlegend=False,
    )
    has_interval = bool(forecast[["low", "high"]].notna().all(axis=None))
    interval = " (%{customdata[0]:.4g} to %{customdata[1]:.4g})" if has_interval else ""
    figure.add_scatter(
        x=axis_values(forecast.index),
        y=round_digits(forecast["forecast"]),
        customdata=[list(ends) for ends in zip(*(round_digits(forecast[end]) for end in ("low", "high")), strict=True)],
        name=name,
        legendgroup=name,
        mode="lines+markers" if len(forecast) <= MAX_MARKERS else "lines",
        line=line,
        hovertemplate="%{x}: %{y:.4g}" + interval,
    )
    return figure.update_layout(height=height)


def chart_steps(errors: pd.DataFrame, styles: LineStyles, x: str, y: str) -> go.Figure:
    """Error by step, one line per name, in a band where `errors` has columns `low` and `high`.

    `errors` has one row per point: name, step, error.
    """
    figure = new_chart(x, y, y_from_zero=True)
    figure.update_xaxes(dtick=1 if errors["step"].nunique() <= MAX_MARKERS else None)
    for name, line in errors.groupby("name", sort=False):
        if {"low", "high"} <= set(line) and (line["high"] > line["low"]).any():
            add_band(figure, line["step"], line["low"], line["high"], name, styles)
        add_line(figure, line["step"], line["error"], name, styles, f"{x} %{{x}}: %{{y:.3g}}")
    return figure


def chart_bars(lengths: Mapping[str, float], styles: LineStyles) -> go.Figure:
    """One horizontal bar per name, labeled with its length."""
    figure = new_chart("", "")
    figure.add_bar(
        x=round_digits(lengths.values()),
        y=list(lengths),
        orientation="h",
        marker={"color": [styles.line(name)["color"] for name in lengths]},
        text=[
            format_cell(length if float(length).is_integer() else float(f"{length:.3g}")) for length in lengths.values()
        ],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:,.4g}<extra></extra>",
    )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure.update_layout(height=70 + 30 * len(lengths), showlegend=False, margin={"r": 56, "b": 32})


def chart_dots(values: Mapping[str, Sequence[float]], styles: LineStyles, x: str) -> go.Figure:
    """One row of dots per name, on a logarithmic axis."""
    figure = new_chart(x, "")
    for name, positions in values.items():
        figure.add_scatter(
            x=round_digits(positions),
            y=[name] * len(positions),
            mode="markers",
            marker={"color": styles.line(name)["color"], "size": 9, "opacity": 0.6},
            hovertemplate="%{x:.3g}",
            name=name,
        )
    figure.update_xaxes(type="log", exponentformat="power", nticks=8)
    figure.update_yaxes(autorange="reversed")
    return figure.update_layout(height=140 + 50 * len(values), showlegend=False)
