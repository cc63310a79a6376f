"""Matplotlib figures of labels."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from seqframe.reporting.figures import DEPENDENCY_COLORS, new_figure, select_ticks, set_title

MAX_COUNTED = 20  # classes of a confusion matrix whose cells have numbers
FEW_CELLS = 400


def plot_confusion(matrix: NDArray[np.intp], classes: Sequence[str], title: str) -> Figure:
    """Confusion matrix: number of labels by actual class (row) and predicted class (column).

    With several classes at once, (classes, 2, 2), it has the four counts of each class, one class a row.
    """
    shown, names = confusion_cells(matrix)
    names = names or list(classes)
    figure, axes = new_figure(height=min(8.0, 1.6 + 0.4 * len(shown)) if len(shown) > 6 else 4.0, right=0.4)
    rows, columns = shown.shape
    edges = "#DDDDDD" if shown.size <= FEW_CELLS else "none"
    share = shown / np.maximum(1, shown.sum(axis=1, keepdims=True))
    axes.pcolormesh(
        np.arange(columns + 1),
        np.arange(rows + 1),
        np.ma.masked_equal(share, 0),
        cmap=DEPENDENCY_COLORS,
        vmin=0,
        vmax=1,
        edgecolors=edges,
    )
    if max(rows, columns) <= MAX_COUNTED:
        for (row, column), count in np.ndenumerate(shown):
            if count:
                color = "white" if share[row, column] > 0.5 else "black"
                axes.text(column + 0.5, row + 0.5, str(count), ha="center", va="center", size=9, color=color)
    axes.set_yticks(*select_ticks(np.arange(rows) + 0.5, classes, MAX_COUNTED))
    axes.set_xticks(*select_ticks(np.arange(columns) + 0.5, names, MAX_COUNTED))
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.set(xlabel="predicted", ylabel="actual" if matrix.ndim == 2 else "class")
    set_title(axes, f"{title}: confusion matrix")
    return figure


def confusion_cells(matrix: NDArray[np.intp]) -> tuple[NDArray[np.intp], list[str]]:
    """A confusion matrix as cells, with the names of the columns; with several classes at once, (classes, 4)."""
    if matrix.ndim == 2:
        return matrix, []
    return matrix.reshape(len(matrix), 4), ["true negative", "false positive", "false negative", "true positive"]
