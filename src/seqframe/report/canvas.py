"""What figures are drawn on: canvases of their own, so that no display and no global state is needed."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

# Okabe and Ito's colours, which people with any colour vision tell apart
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
GREY = "#7F7F7F"
WIDTH = 7.0  # inches
MARGINS = (1.3, 0.6, 0.4)  # inches: left, bottom, top


class Drawn(Figure):
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


def canvas(height: float = 4.0, right: float = 0.2) -> tuple[Figure, Axes]:
    """A figure of one pair of axes, `height` inches high, with a margin of `right` inches."""
    figure = Drawn(figsize=(WIDTH, height), dpi=120)
    left, bottom, top = MARGINS  # fixed: to find them out by drawing would double the time of every figure
    axes = figure.add_axes((left / WIDTH, bottom / height, 1 - (left + right) / WIDTH, 1 - (bottom + top) / height))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    return figure, axes


def entitle(axes: Axes, title: str) -> None:
    """Write the title above the axes."""
    axes.set_title(title, y=1.0)  # a fixed place: to look for a free one takes a third of the time of a figure


def plain_powers(axis: Axis) -> None:
    """Label powers of ten as 1e-03. Matplotlib sets its own as formulas, which takes most of the time of a figure."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0e}"))
    axis.set_minor_locator(NullLocator())


def colours() -> Iterator[str]:
    """The colours in their order, again and again."""
    while True:
        yield from COLOURS
