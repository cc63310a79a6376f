"""Matplotlib figures. They are made without pyplot, so that they need no display and no global state."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from io import BytesIO
from itertools import cycle, islice, product
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from seqframe.data.dataset import TRAIN
from seqframe.errors import escape_controls
from seqframe.evaluation.backtest import TrainedRuns
from seqframe.evaluation.folds import Folds
from seqframe.evaluation.label_runs import LabelRuns
from seqframe.evaluation.leaderboard import BacktestResult
from seqframe.forecasting.future import ForecastPanel, FutureForecast
from seqframe.reporting.tables import list_actuals, pick_forecasts
from seqframe.training.events import TrainingHistory

# Okabe and Ito's palette, suitable for all types of color vision
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
GRAY = "#7F7F7F"
WIDTH = 7.0  # inches
MARGINS = (1.3, 0.6, 0.4)  # inches: left, bottom, top
DEPENDENCY_COLORS = LinearSegmentedColormap.from_list("dependency", ["#CFE1F2", "#08306B"])
MIN_STRENGTH = np.array([1e-6, 1e-3])  # limits of the palest strength, relative to the largest
MIN_LOSS = 1e-30  # position of a zero loss on a logarithmic axis
LEGEND_SPACE = 0.15  # above the lines, relative to the height of the axis
PANEL_HEIGHT, TITLE_HEIGHT = 2.2, 0.3  # inches: one of several pairs of axes with its margins, the title
PANEL_MARGINS = (1.1, 0.5, 0.3)  # inches: left, bottom, top
MAX_DOTS = 60  # forecasts that are drawn with a dot each
TEXT_WIDTH = 85  # characters
MARKERS = "os^Dv"  # so that overlapping lines can be distinguished
Points = Mapping[float, float]  # x -> y


class CachedFigure(Figure):
    """A figure that is rendered once, and may be saved several times: to a file and to MLflow.

    Names are drawn as they are: `$` starts no formula.
    """

    _png: bytes = b""

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write the figure as PNG, to a path or an open file."""
        if not self._png:
            buffer = BytesIO()
            for text in self.findobj(Text):
                text.set_text("\n".join(map(escape_controls, text.get_text().split("\n"))))
                text.set_parse_math(False)
            super().savefig(buffer, **{**options, "format": "png"})
            self._png = buffer.getvalue()
        if hasattr(fname, "write"):
            fname.write(self._png)
        else:
            Path(fname).write_bytes(self._png)

    def _repr_png_(self) -> bytes:
        """PNG for notebooks."""
        buffer = BytesIO()
        self.savefig(buffer)
        return buffer.getvalue()


def new_figure(height: float = 4.0, right: float = 0.2) -> tuple[Figure, Axes]:
    """A figure with one pair of axes; `height` and the `right` margin are in inches."""
    figure = CachedFigure(figsize=(WIDTH, height), dpi=120)
    left, bottom, top = MARGINS  # fixed: a tight layout would double the time of every figure
    axes = figure.add_axes((left / WIDTH, bottom / height, 1 - (left + right) / WIDTH, 1 - (bottom + top) / height))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    return figure, axes


def set_title(axes: Axes, title: str) -> None:
    """Set the title of the axes."""
    axes.set_title(title, y=1.0)  # a fixed position: an automatic one takes a third of the time of a figure


def format_log_axis(axis: Axis) -> None:
    """Label powers of ten as 1e-03. Matplotlib's math text takes most of the time of a figure."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0e}"))
    axis.set_minor_locator(NullLocator())


def colors() -> Iterator[str]:
    """The colors in their order, repeated."""
    return cycle(COLORS)


def plot_losses(histories: Sequence[TrainingHistory]) -> Figure:
    """Loss by epoch on a logarithmic axis, one line per framing."""
    figure, axes = new_figure()
    for history, color in zip(histories, colors(), strict=False):
        losses = np.maximum(history.losses, MIN_LOSS)
        axes.plot(np.arange(1, len(losses) + 1), losses, color=color, label=history.framing)
    axes.set(yscale="log", xlabel="epoch", ylabel=f"loss ({histories[0].loss})" if histories else "loss")
    set_title(axes, "Training loss")
    format_log_axis(axes.yaxis)
    axes.legend(frameon=False)
    return figure


def plot_predictions(predictions: pd.DataFrame, title: str) -> Figure:
    """Predictions of the first training sequence as points over its actual values, one color per column."""
    figure, axes = new_figure()
    train = predictions[predictions["split"] == TRAIN]
    predictions = train[train["sequence"] == train["sequence"].iloc[0]]
    rows = predictions["row"]
    for (column, values), color in zip(predictions.groupby("column", sort=False), colors(), strict=False):
        line = values.drop_duplicates("row").sort_values("row")
        axes.plot(line["row"], line["actual"], color=GRAY, linewidth=1, label=f"{column}, actual")
        axes.plot(values["row"], values["prediction"], ".", color=color, markersize=8, label=f"{column}, predicted")
    axes.set(xlabel="row", ylabel="value")
    set_title(axes, f"{title}: predicted and actual values")
    if pd.api.types.is_integer_dtype(rows):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False)
    return figure


def plot_dependency(dependency: pd.DataFrame, title: str) -> Figure:
    """Heat map of the dependency of outputs on inputs; cells without dependency are white."""
    strength = dependency.drop(columns="output").to_numpy()  # (outputs, lookback)
    figure, axes = new_figure(right=1.2)
    masked = np.ma.masked_less_equal(strength, 0)
    # three to six decades, so that equal strengths look equal; the weakest is pale, since white means no dependency
    norm = (
        LogNorm(np.clip(masked.min(), *masked.max() * MIN_STRENGTH), masked.max(), clip=True)
        if masked.count()
        else None
    )
    image = axes.pcolormesh(
        np.arange(strength.shape[1] + 1) + 0.5,
        np.arange(len(strength) + 1) + 0.5,
        masked,
        norm=norm,
        cmap=DEPENDENCY_COLORS,
        edgecolors="#DDDDDD" if strength.size <= 400 else "none",
    )
    axes.set_yticks(*select_ticks(np.arange(len(strength)) + 1, dependency["output"]))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.invert_yaxis()
    axes.set(xlabel="input step", ylabel="output step")
    set_title(axes, f"{title}: input-output dependency")
    axes.grid(visible=False)
    bar = figure.add_axes((0.86, axes.get_position().y0, 0.02, axes.get_position().height))
    format_log_axis(figure.colorbar(image, cax=bar, label="mean |gradient|").ax.yaxis)
    return figure


def select_ticks(positions: NDArray[Any], names: Sequence[Any], max_ticks: int = 12) -> tuple[NDArray[Any], list[str]]:
    """Evenly spaced ticks, with their names."""
    chosen = np.unique(np.linspace(0, len(positions) - 1, min(len(positions), max_ticks)).round().astype(int))
    return positions[chosen], [str(list(names)[number]) for number in chosen]


def plot_seeds(studies: Sequence[pd.DataFrame]) -> Figure:
    """Final loss of every seed; dots are filled where all training values are within 0.05."""
    figure, axes = new_figure(height=1.2 + 0.8 * len(studies))
    for position, (study, color) in enumerate(zip(studies, colors(), strict=False)):
        fit = study["all_within_0.05"] == 1
        losses = study["final_loss"].clip(lower=MIN_LOSS)
        height = position + np.linspace(-0.2, 0.2, len(study))  # so that equal losses do not overlap
        axes.scatter(losses[fit], height[fit], color=color, s=28)
        axes.scatter(losses[~fit], height[~fit], facecolors="none", edgecolors=color, s=28)
    names = [f"{study['framing'].iloc[0]}\n{int(study['all_within_0.05'].sum())} of {len(study)}" for study in studies]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set(xscale="log", xlabel="final loss of one seed (filled: all training values within 0.05)")
    set_title(axes, "Final loss by seed")
    format_log_axis(axes.xaxis)
    return figure


def plot_backtest_losses(runs: TrainedRuns | LabelRuns, title: str) -> Figure:
    """Training and validation losses of all networks of a framing."""
    figure, axes = new_figure()
    for run in runs.each:
        history, first = run.history, run is runs.each[0]
        lines = ((history.losses, GRAY, "training"), (history.validation_losses, COLORS[0], "validation"))
        for losses, color, name in lines:
            epochs = np.arange(1, len(losses) + 1)
            label = name if first else None
            axes.plot(epochs, np.maximum(losses, MIN_LOSS), color=color, alpha=0.6, linewidth=1, label=label)
    axes.set(yscale="log", xlabel="epoch", ylabel=f"loss ({runs.each[0].history.loss})")
    set_title(axes, f"{title}: all {len(runs.each)} networks")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.legend(frameon=False)
    return figure


def plot_errors_by_horizon(errors: pd.DataFrame, baselines: Collection[str]) -> Figure:
    """MASE of every model by forecast step: framings in colors, baselines in dashed grays."""
    names = list(dict.fromkeys(errors["model"]))
    figure, axes = new_figure(height=max(4.0, 1.2 + 0.25 * len(names)), right=2.4)
    framings = [name for name in names if name not in baselines]
    styles = dict(zip(framings, cycle(product(("-", ":"), COLORS)), strict=False))
    styles |= {name: ("--", gray) for name, gray in zip(baselines, grays(len(baselines)), strict=True)}
    for name in names:
        line, (style, color) = errors[errors["model"] == name], styles[name]
        axes.plot(line["horizon_step"], line["mase"], linestyle=style, color=color, linewidth=1.5, label=name)
    axes.set(xlabel="forecast step (rows ahead)", ylabel="MASE", ylim=(0, None))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    set_title(axes, "Error by forecast step")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=9)
    return figure


def plot_model_errors(result: BacktestResult) -> Figure:
    """The same of the candidates of a backtest: without single networks, so that lines stay distinct."""
    candidates = result.selection.candidates
    shown = result.errors_by_horizon[result.errors_by_horizon["model"].isin(candidates)]
    return plot_errors_by_horizon(shown, [*result.selection.naive, *result.selection.learned])


def grays(count: int) -> list[str]:
    """Shades from black to light gray.

    >>> grays(3)
    ['#000000', '#5e5e5e', '#bbbbbb']
    """
    shades = np.linspace(0x00, 0xBB, count).round().astype(int)
    return [f"#{shade:02x}{shade:02x}{shade:02x}" for shade in shades]


def plot_forecasts(forecasts: pd.DataFrame, folds: Folds, title: str) -> Figure:
    """Non-overlapping forecasts of the newest test split, with prediction intervals, over actual values."""
    figure, axes = new_figure()
    actuals, picked = list_actuals(forecasts), pick_forecasts(forecasts)
    axes.plot(actuals.index, actuals, color=GRAY, linewidth=1, label="actual")
    for lines in picked:
        label = "forecast (ensemble)" if lines is picked[0] else None
        axes.plot(lines["row"], lines["prediction"], color=COLORS[0], linewidth=1.5, label=label)
        if np.isfinite(lines["high"]).all():
            band = f"{folds.design.interval_level:.0%} interval" if lines is picked[0] else None
            axes.fill_between(
                lines["row"], lines["low"], lines["high"], color=COLORS[0], alpha=0.15, linewidth=0, label=band
            )
    axes.set(xlabel=str(folds.newest.df.index.names[-1] or "row"), ylabel=picked[0]["column"].iloc[0])
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + LEGEND_SPACE * (high - low))
    set_title(axes, f"{title}: forecasts of the newest test split")
    axes.legend(frameon=False, loc="upper left", ncols=3)
    return figure


def plot_future(future: FutureForecast) -> Figure:
    """The newest rows of a table and the forecast of the rows after them, one pair of axes per target and series.

    Without a forecast the figure has the reason as text.
    """
    if future.reason:
        return _plot_text(f"There is no forecast of the rows after the end of {future.table}.\n\n{future.reason}")
    panels = future.panels()
    figure, all_axes = new_panels(len(panels))
    for axes, panel in zip(all_axes, panels, strict=True):
        _plot_panel(axes, panel, f"{future.config.interval_level:.0%} interval")
    first = all_axes[0]
    if len(panels) == 1:
        set_title(first, future.title)
        first.set_xlabel(str(panels[0].forecast.index.name))
        low, high = first.get_ylim()
        first.set_ylim(low, high + LEGEND_SPACE * (high - low))
        first.legend(frameon=False, loc="upper left", ncols=3)
    else:
        figure.text(0.5, 1 - 0.2 / figure.get_figheight(), future.title, ha="center", va="center", size=12)
        first.legend(frameon=False, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, borderaxespad=0)
    return figure


def new_panels(count: int) -> tuple[Figure, list[Axes]]:
    """A figure with several pairs of axes below each other and space for a title, or with one pair of axes."""
    if count == 1:
        figure, axes = new_figure()
        return figure, [axes]
    left, bottom, top = PANEL_MARGINS
    height = PANEL_HEIGHT * count + TITLE_HEIGHT
    figure = CachedFigure(figsize=(WIDTH, height), dpi=120)
    size = 1 - (left + 0.2) / WIDTH, (PANEL_HEIGHT - bottom - top) / height
    starts = [PANEL_HEIGHT * (count - number) + bottom for number in range(1, count + 1)]
    all_axes = [figure.add_axes((left / WIDTH, start / height, *size)) for start in starts]
    for axes in all_axes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        axes.margins(y=0.15)
    return figure, all_axes


def _plot_panel(axes: Axes, panel: ForecastPanel, band: str) -> None:
    """History, forecast and interval of one target of one series; `band` names the interval."""
    fan, forecast = panel.fan(), panel.forecast
    axes.plot(panel.history.index, panel.history, color=GRAY, linewidth=1, label="actual")
    axes.plot(fan.index, fan["forecast"], color=COLORS[0], linewidth=1.5, label="forecast")
    if len(forecast) <= MAX_DOTS:
        axes.plot(forecast.index, forecast["forecast"], ".", color=COLORS[0])
    if forecast[["low", "high"]].notna().all(axis=None):
        axes.fill_between(fan.index, fan["low"], fan["high"], color=COLORS[0], alpha=0.15, linewidth=0, label=band)
    axes.set(ylabel=panel.target)
    if panel.series is not None:
        axes.set_title(str(panel.series), loc="left", size=10, y=1.0)
    if isinstance(fan.index, pd.DatetimeIndex):
        locator = AutoDateLocator(minticks=3, maxticks=8)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    else:
        whole = not pd.api.types.is_float_dtype(fan.index)
        axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10], integer=whole))
    axes.margins(x=0.02)


def _plot_text(text: str) -> Figure:
    """A figure with a text and no axes."""
    figure = CachedFigure(figsize=(WIDTH, 2.0), dpi=120)
    lines = [fill(paragraph, TEXT_WIDTH) for paragraph in text.split("\n")]
    figure.text(0.05, 0.5, "\n".join(lines), va="center", size=10, parse_math=False)
    return figure


def plot_lines(lines: Mapping[str, Points], x: str, y: str, title: str, logarithmic: str = "x") -> Figure:
    """One line per name, with x values of its own; `logarithmic` names the logarithmic axes: `x`, `y`, `xy` or none."""
    figure, axes = new_figure()
    for number, ((name, points), color) in enumerate(zip(lines.items(), colors(), strict=False)):
        positions = sorted(points)
        marker = MARKERS[number % len(MARKERS)]
        axes.plot(
            positions, [points[position] for position in positions], marker + "-", color=color, markersize=5, label=name
        )
    axes.set(xlabel=x, ylabel=y)
    set_title(axes, title)
    if "x" in logarithmic:
        axes.set_xscale("log")
    if "y" in logarithmic:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_major_locator(FixedLocator(sorted({position for points in lines.values() for position in points})))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.legend(frameon=False)
    return figure


def plot_bars(lengths: Mapping[str, float], x: str, title: str, reference: tuple[str, float] | None = None) -> Figure:
    """One labeled horizontal bar per name; `reference` is the name and position of a dashed line for comparison."""
    figure, axes = new_figure(height=1.4 + 0.5 * len(lengths))
    names = list(lengths)
    bars = axes.barh(range(len(names)), list(lengths.values()), color=list(islice(colors(), len(names))), height=0.6)
    axes.bar_label(bars, fmt="%.2g", padding=3)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.invert_yaxis()
    axes.set(xlabel=x)
    set_title(axes, title)
    axes.margins(x=0.1)  # space for the labels
    if reference is not None:
        axes.axvline(reference[1], color="black", linestyle="--", linewidth=1, label=reference[0])
        axes.legend(frameon=False)
    axes.grid(visible=False, axis="y")
    return figure
