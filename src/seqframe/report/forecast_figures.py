"""Figures of a backtest."""

from collections.abc import Collection
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from seqframe.backtest import Folds
from seqframe.backtest.attempts import Attempts
from seqframe.report.canvas import COLOURS, GREY, canvas, entitle
from seqframe.report.figures import SMALLEST_LOSS
from seqframe.report.forecast_tables import list_truth, pick_forecasts

ROOM = 0.15  # above the lines, for the legend


def draw_attempts(attempts: Attempts, title: str) -> Figure:
    """The losses of every network of a framing, on what it is trained on and on what says when to stop."""
    figure, axes = canvas()
    for attempt in attempts.each:
        history, first = attempt.history, attempt is attempts.each[0]
        lines = ((history.losses, GREY, "training part"), (history.validation_losses, COLOURS[0], "validation part"))
        for losses, colour, name in lines:
            epochs = np.arange(1, len(losses) + 1)
            label = name if first else None
            axes.plot(epochs, np.maximum(losses, SMALLEST_LOSS), color=colour, alpha=0.6, linewidth=1, label=label)
    axes.set(yscale="log", xlabel="epoch", ylabel="loss (mean squared error, scaled units)")
    entitle(axes, f"{title}: all {len(attempts.each)} networks")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.legend(frameon=False)
    return figure


def draw_errors_by_lead(per_lead: pd.DataFrame, baselines: Collection[str]) -> Figure:
    """The scaled error of every entry at every lead: baselines dashed, framings in colours."""
    names = list(dict.fromkeys(per_lead["entry"]))
    figure, axes = canvas(height=max(4.0, 1.2 + 0.25 * len(names)), right=2.4)
    framings = [name for name in names if name not in baselines]
    looks = dict(zip(framings, product(("-", ":"), COLOURS), strict=False))
    greys = dict(zip(baselines, ("#000000", "#555555", "#888888", "#BBBBBB"), strict=False))
    for name in names:
        line = per_lead[per_lead["entry"] == name]
        style, colour = looks[name] if name in looks else ("--", greys[name])
        axes.plot(line["lead"], line["mase"], linestyle=style, color=colour, linewidth=1.5, label=name)
    axes.set(xlabel="lead (rows ahead)", ylabel="scaled error (MASE)", ylim=(0, None))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    entitle(axes, "Error by lead")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=9)
    return figure


def draw_forecasts(forecasts: pd.DataFrame, folds: Folds, title: str) -> Figure:
    """Forecasts of the newest test part that do not overlap, with their intervals, over the truth."""
    figure, axes = canvas()
    truth, picked = list_truth(forecasts), pick_forecasts(forecasts)
    axes.plot(truth.index, truth, color=GREY, linewidth=1, label="truth")
    for lines in picked:
        label = "forecasts, mean over the seeds" if lines is picked[0] else None
        axes.plot(lines["row"], lines["prediction"], color=COLOURS[0], linewidth=1.5, label=label)
        if np.isfinite(lines["high"]).all():
            band = f"{folds.design.confidence:.0%} interval" if lines is picked[0] else None
            axes.fill_between(
                lines["row"], lines["low"], lines["high"], color=COLOURS[0], alpha=0.15, linewidth=0, label=band
            )
    axes.set(xlabel=str(folds.newest.rows.index.names[-1] or "row"), ylabel=picked[0]["column"].iloc[0])
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + ROOM * (high - low))
    entitle(axes, f"{title}: forecasts of the newest test part")
    axes.legend(frameon=False, loc="upper left", ncols=3)
    return figure
