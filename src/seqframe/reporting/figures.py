"""Figures for people."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from io import BytesIO
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from seqframe.data.dataset import TRAIN
from seqframe.evaluation.backtest import BacktestRuns
from seqframe.evaluation.folds import Folds
from seqframe.reporting.tables import list_actuals, pick_forecasts
from seqframe.training.events import TrainingHistory

# What figures are drawn on: canvases of their own, so that no display and no global state is needed.

# Okabe and Ito's colours, which people with any colour vision tell apart
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
GRAY = "#7F7F7F"
WIDTH = 7.0  # inches
MARGINS = (1.3, 0.6, 0.4)  # inches: left, bottom, top


class CachedFigure(Figure):
    """A figure that is drawn once, however often it is saved: to a file for people, and to MLflow."""

    _png: bytes = b""

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write the figure as PNG, to a path or an open file."""
        if not self._png:
            drawn = BytesIO()
            super().savefig(drawn, **{**options, "format": "png"})
            self._png = drawn.getvalue()
        if hasattr(fname, "write"):
            fname.write(self._png)
        else:
            Path(fname).write_bytes(self._png)

    def _repr_png_(self) -> bytes:
        """What a notebook shows."""
        drawn = BytesIO()
        self.savefig(drawn)
        return drawn.getvalue()


def new_figure(height: float = 4.0, right: float = 0.2) -> tuple[Figure, Axes]:
    """A figure of one pair of axes, `height` inches high, with a margin of `right` inches."""
    figure = CachedFigure(figsize=(WIDTH, height), dpi=120)
    left, bottom, top = MARGINS  # fixed: to find them out by drawing would double the time of every figure
    axes = figure.add_axes((left / WIDTH, bottom / height, 1 - (left + right) / WIDTH, 1 - (bottom + top) / height))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    return figure, axes


def set_title(axes: Axes, title: str) -> None:
    """Write the title above the axes."""
    axes.set_title(title, y=1.0)  # a fixed place: to look for a free one takes a third of the time of a figure


def format_log_axis(axis: Axis) -> None:
    """Label powers of ten as 1e-03. Matplotlib sets its own as formulas, which takes most of the time of a figure."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0e}"))
    axis.set_minor_locator(NullLocator())


def colors() -> Iterator[str]:
    """The colours in their order, again and again."""
    while True:
        yield from COLORS


SEEN = LinearSegmentedColormap.from_list("seen", ["#CFE1F2", "#08306B"])
FAINTEST = np.array([1e-6, 1e-3])  # the palest strength, as a share of the largest: between these two
SMALLEST_LOSS = 1e-30  # where a logarithmic axis puts a loss of zero


def plot_losses(histories: Sequence[TrainingHistory]) -> Figure:
    """The loss of every epoch on a logarithmic axis, one line a framing."""
    figure, axes = new_figure()
    for history, color in zip(histories, colors(), strict=False):
        losses = np.maximum(history.losses, SMALLEST_LOSS)
        axes.plot(np.arange(1, len(losses) + 1), losses, color=color, label=history.framing)
    axes.set(yscale="log", xlabel="epoch", ylabel="loss (mean squared error, scaled units)")
    set_title(axes, "Training loss")
    format_log_axis(axes.yaxis)
    axes.legend(frameon=False)
    return figure


def plot_predictions(predictions: pd.DataFrame, title: str) -> Figure:
    """Every predicted value of the first sequence trained on as a point over the truth, one colour a column."""
    figure, axes = new_figure()
    trained_on = predictions[predictions["split"] == TRAIN]
    predictions = trained_on[trained_on["sequence"] == trained_on["sequence"].iloc[0]]
    rows = predictions["row"]
    for (column, values), color in zip(predictions.groupby("column", sort=False), colors(), strict=False):
        line = values.drop_duplicates("row").sort_values("row")
        axes.plot(line["row"], line["actual"], color=GRAY, linewidth=1, label=f"{column}, truth")
        axes.plot(values["row"], values["prediction"], ".", color=color, markersize=8, label=f"{column}, predicted")
    axes.set(xlabel="row", ylabel="value")
    set_title(axes, f"{title}: prediction and truth")
    if pd.api.types.is_integer_dtype(rows):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False)
    return figure


def plot_dependency(flow: pd.DataFrame, title: str) -> Figure:
    """Which step read reaches which answer: dark where strongly, white where not at all."""
    strength = flow.drop(columns="output").to_numpy()  # (answers, lookback)
    figure, axes = new_figure(right=1.2)
    seen = np.ma.masked_less_equal(strength, 0)
    # three to six decades, so that equal strengths look equal, and pale at the faintest, since white is not seen at all
    shades = LogNorm(np.clip(seen.min(), *seen.max() * FAINTEST), seen.max(), clip=True) if seen.count() else None
    image = axes.pcolormesh(
        np.arange(strength.shape[1] + 1) + 0.5,
        np.arange(len(strength) + 1) + 0.5,
        seen,
        norm=shades,
        cmap=SEEN,
        edgecolors="#DDDDDD" if strength.size <= 400 else "none",
    )
    axes.set_yticks(*_some(np.arange(len(strength)) + 1, flow["output"]))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.invert_yaxis()
    axes.set(xlabel="step read", ylabel="step answered")
    set_title(axes, f"{title}: which answer sees which step")
    axes.grid(visible=False)
    bar = figure.add_axes((0.86, axes.get_position().y0, 0.02, axes.get_position().height))
    format_log_axis(figure.colorbar(image, cax=bar, label="mean |gradient|").ax.yaxis)
    return figure


def _some(places: NDArray[Any], names: Sequence[Any], most: int = 12) -> tuple[NDArray[Any], list[str]]:
    """At most so many ticks, evenly spread, with their names."""
    chosen = np.unique(np.linspace(0, len(places) - 1, min(len(places), most)).round().astype(int))
    return places[chosen], [str(list(names)[place]) for place in chosen]


def plot_seeds(studies: Sequence[pd.DataFrame]) -> Figure:
    """The final loss of every seed: filled where it learnt every value to one decimal, hollow where it did not."""
    figure, axes = new_figure(height=1.2 + 0.8 * len(studies))
    for place, (study, color) in enumerate(zip(studies, colors(), strict=False)):
        learnt = study["all_within_0.05"] == 1
        losses = study["final_loss"].clip(lower=SMALLEST_LOSS)
        height = place + np.linspace(-0.2, 0.2, len(study))  # apart, so that equal losses are seen as many
        axes.scatter(losses[learnt], height[learnt], color=color, s=28)
        axes.scatter(losses[~learnt], height[~learnt], facecolors="none", edgecolors=color, s=28)
    names = [f"{study['framing'].iloc[0]}\n{int(study['all_within_0.05'].sum())} of {len(study)}" for study in studies]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set(xscale="log", xlabel="final loss of one seed (filled: right to one decimal)")
    set_title(axes, "Which seeds learn")
    format_log_axis(axes.xaxis)
    return figure


# Figures of a backtest.

ROOM = 0.15  # above the lines, for the legend


def plot_backtest_losses(attempts: BacktestRuns, title: str) -> Figure:
    """The losses of every network of a framing, on what it is trained on and on what says when to stop."""
    figure, axes = new_figure()
    for attempt in attempts.each:
        history, first = attempt.history, attempt is attempts.each[0]
        lines = ((history.losses, GRAY, "training part"), (history.validation_losses, COLORS[0], "validation part"))
        for losses, color, name in lines:
            epochs = np.arange(1, len(losses) + 1)
            label = name if first else None
            axes.plot(epochs, np.maximum(losses, SMALLEST_LOSS), color=color, alpha=0.6, linewidth=1, label=label)
    axes.set(yscale="log", xlabel="epoch", ylabel="loss (mean squared error, scaled units)")
    set_title(axes, f"{title}: all {len(attempts.each)} networks")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.legend(frameon=False)
    return figure


def plot_errors_by_horizon(per_lead: pd.DataFrame, baselines: Collection[str]) -> Figure:
    """The scaled error of every entry at every lead: baselines dashed, framings in colours."""
    names = list(dict.fromkeys(per_lead["model"]))
    figure, axes = new_figure(height=max(4.0, 1.2 + 0.25 * len(names)), right=2.4)
    framings = [name for name in names if name not in baselines]
    looks = dict(zip(framings, product(("-", ":"), COLORS), strict=False))
    greys = dict(zip(baselines, ("#000000", "#555555", "#888888", "#BBBBBB"), strict=False))
    for name in names:
        line = per_lead[per_lead["model"] == name]
        style, color = looks[name] if name in looks else ("--", greys[name])
        axes.plot(line["horizon_step"], line["mase"], linestyle=style, color=color, linewidth=1.5, label=name)
    axes.set(xlabel="lead (rows ahead)", ylabel="scaled error (MASE)", ylim=(0, None))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    set_title(axes, "Error by lead")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=9)
    return figure


def plot_forecasts(forecasts: pd.DataFrame, folds: Folds, title: str) -> Figure:
    """Forecasts of the newest test part that do not overlap, with their intervals, over the truth."""
    figure, axes = new_figure()
    actuals, picked = list_actuals(forecasts), pick_forecasts(forecasts)
    axes.plot(actuals.index, actuals, color=GRAY, linewidth=1, label="actual")
    for lines in picked:
        label = "forecasts, mean over the seeds" if lines is picked[0] else None
        axes.plot(lines["row"], lines["prediction"], color=COLORS[0], linewidth=1.5, label=label)
        if np.isfinite(lines["high"]).all():
            band = f"{folds.design.interval_level:.0%} interval" if lines is picked[0] else None
            axes.fill_between(
                lines["row"], lines["low"], lines["high"], color=COLORS[0], alpha=0.15, linewidth=0, label=band
            )
    axes.set(xlabel=str(folds.newest.df.index.names[-1] or "row"), ylabel=picked[0]["column"].iloc[0])
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + ROOM * (high - low))
    set_title(axes, f"{title}: forecasts of the newest test part")
    axes.legend(frameon=False, loc="upper left", ncols=3)
    return figure


# Figures of what changes with a length, or differs from one network to the next.

MARKS = "os^Dv"  # so that lines that lie on each other are told apart
Points = Mapping[float, float]  # x -> y


def plot_lines(lines: Mapping[str, Points], x: str, y: str, title: str, logarithmic: str = "x") -> Figure:
    """One line a name over the places that were measured; `logarithmic` are the axes that are: `x`, `y`, `xy`, or none.

    Lines may have different places.
    """
    figure, axes = new_figure()
    for number, ((name, points), color) in enumerate(zip(lines.items(), colors(), strict=False)):
        places = sorted(points)
        mark = MARKS[number % len(MARKS)]
        axes.plot(places, [points[place] for place in places], mark + "-", color=color, markersize=5, label=name)
    axes.set(xlabel=x, ylabel=y)
    set_title(axes, title)
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


def plot_bars(lengths: Mapping[str, float], x: str, title: str, guess: tuple[str, float] | None = None) -> Figure:
    """One lying bar a name, with its length on it; `guess` is a dashed line to hold them against, with its name."""
    figure, axes = new_figure(height=1.4 + 0.5 * len(lengths))
    names = list(lengths)
    bars = axes.barh(range(len(names)), list(lengths.values()), color=list(islice(colors(), len(names))), height=0.6)
    axes.bar_label(bars, fmt="%.2g", padding=3)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.invert_yaxis()
    axes.set(xlabel=x)
    set_title(axes, title)
    axes.margins(x=0.1)  # room for the numbers
    if guess is not None:
        axes.axvline(guess[1], color="black", linestyle="--", linewidth=1, label=guess[0])
        axes.legend(frameon=False)
    axes.grid(visible=False, axis="y")
    return figure
