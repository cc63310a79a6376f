"""Figures for people."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from seqframe.posing import TRAINING
from seqframe.progress import History
from seqframe.report.canvas import GREY, canvas, colours, entitle, plain_powers

SEEN = LinearSegmentedColormap.from_list("seen", ["#CFE1F2", "#08306B"])
FAINTEST = np.array([1e-6, 1e-3])  # the palest strength, as a share of the largest: between these two
SMALLEST_LOSS = 1e-30  # where a logarithmic axis puts a loss of zero


def draw_losses(histories: Sequence[History]) -> Figure:
    """The loss of every epoch on a logarithmic axis, one line a framing."""
    figure, axes = canvas()
    for history, colour in zip(histories, colours(), strict=False):
        losses = np.maximum(history.losses, SMALLEST_LOSS)
        axes.plot(np.arange(1, len(losses) + 1), losses, color=colour, label=history.framing)
    axes.set(yscale="log", xlabel="epoch", ylabel="loss (mean squared error, scaled units)")
    entitle(axes, "Training loss")
    plain_powers(axes.yaxis)
    axes.legend(frameon=False)
    return figure


def draw_predictions(predictions: pd.DataFrame, title: str) -> Figure:
    """Every predicted value of the first sequence trained on as a point over the truth, one colour a column."""
    figure, axes = canvas()
    trained_on = predictions[predictions["part"] == TRAINING]
    predictions = trained_on[trained_on["sequence"] == trained_on["sequence"].iloc[0]]
    rows = predictions["row"]
    for (column, values), colour in zip(predictions.groupby("column", sort=False), colours(), strict=False):
        line = values.drop_duplicates("row").sort_values("row")
        axes.plot(line["row"], line["truth"], color=GREY, linewidth=1, label=f"{column}, truth")
        axes.plot(values["row"], values["prediction"], ".", color=colour, markersize=8, label=f"{column}, predicted")
    axes.set(xlabel="row", ylabel="value")
    entitle(axes, f"{title}: prediction and truth")
    if pd.api.types.is_integer_dtype(rows):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False)
    return figure


def draw_flow(flow: pd.DataFrame, title: str) -> Figure:
    """Which step read reaches which answer: dark where strongly, white where not at all."""
    strength = flow.drop(columns="answers").to_numpy()  # (answers, lookback)
    figure, axes = canvas(right=1.2)
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
    axes.set_yticks(*_some(np.arange(len(strength)) + 1, flow["answers"]))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.invert_yaxis()
    axes.set(xlabel="step read", ylabel="step answered")
    entitle(axes, f"{title}: which answer sees which step")
    axes.grid(visible=False)
    bar = figure.add_axes((0.86, axes.get_position().y0, 0.02, axes.get_position().height))
    plain_powers(figure.colorbar(image, cax=bar, label="mean |gradient|").ax.yaxis)
    return figure


def _some(places: NDArray[Any], names: Sequence[Any], most: int = 12) -> tuple[NDArray[Any], list[str]]:
    """At most so many ticks, evenly spread, with their names."""
    chosen = np.unique(np.linspace(0, len(places) - 1, min(len(places), most)).round().astype(int))
    return places[chosen], [str(list(names)[place]) for place in chosen]


def draw_seeds(studies: Sequence[pd.DataFrame]) -> Figure:
    """The final loss of every seed: filled where it learnt every value to one decimal, hollow where it did not."""
    figure, axes = canvas(height=1.2 + 0.8 * len(studies))
    for place, (study, colour) in enumerate(zip(studies, colours(), strict=False)):
        learnt = study["right_to_one_decimal"] == 1
        losses = study["final_loss"].clip(lower=SMALLEST_LOSS)
        height = place + np.linspace(-0.2, 0.2, len(study))  # apart, so that equal losses are seen as many
        axes.scatter(losses[learnt], height[learnt], color=colour, s=28)
        axes.scatter(losses[~learnt], height[~learnt], facecolors="none", edgecolors=colour, s=28)
    names = [
        f"{study['framing'].iloc[0]}\n{int(study['right_to_one_decimal'].sum())} of {len(study)}" for study in studies
    ]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set(xscale="log", xlabel="final loss of one seed (filled: right to one decimal)")
    entitle(axes, "Which seeds learn")
    plain_powers(axes.xaxis)
    return figure
