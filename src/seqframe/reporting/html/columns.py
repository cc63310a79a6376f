"""The tables of a page: which columns are shown, under which title, in which form."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Numbers, as people read them.

POINTS = 250  # of a line on a chart: more are not seen, and make the page large
DIGITS = 4
PLAIN = "{:.3g}"


def format_cell(value: Any, form: str = PLAIN) -> str:
    """A cell of a table: nothing where there is no value, whole numbers whole.

    >>> format_cell(1297.0), format_cell(0.012345), format_cell(float("nan")), format_cell("dense"), format_cell(12345)
    ('1,297', '0.0123', '', 'dense', '12,345')
    """
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if not isinstance(value, float):
        return "" if value is None else str(value)
    if np.isnan(value):
        return ""
    whole = form == PLAIN and abs(value) < 1e15 and (value.is_integer() or abs(value) >= 1000)
    return f"{value:,.0f}" if whole else form.format(value)


def format_columns(table: pd.DataFrame, columns: Iterable[tuple[str, str, str | Callable[[Any], str]]]) -> pd.DataFrame:
    """A table to be read: of every (column, title, form) that `table` has, the cells in that form."""
    shown = {}
    for column, title, form in columns:
        if column in table:
            write = form if callable(form) else partial(format_cell, form=form)
            shown[title] = [write(value) for value in table[column]]
    return pd.DataFrame(shown, dtype=object)


def downsample(values: NDArray[Any], most: int = POINTS) -> NDArray[np.intp]:
    """Which of many values are drawn: all of few, else evenly spread ones with the first and the last: (places,).

    >>> downsample(np.zeros(7), most=4).tolist()
    [0, 2, 4, 6]
    """
    places = np.linspace(0, len(values) - 1, min(len(values), most)).round().astype(np.intp)
    return np.unique(places)


def round_digits(values: Iterable[Any]) -> list[float | None]:
    """Numbers to four digits, which no eye tells from the whole ones; None where there is none.

    >>> round_digits([0.123456, float("nan")])
    [0.1235, None]
    """
    return [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in values]


Columns = tuple[tuple[str, str, str | Callable[[Any], str]], ...]


def _tighten(param_count: str) -> str:
    """Arithmetic without its blanks, for want of room."""
    return param_count.replace(" ", "")


LAYERS: Columns = (
    ("kind", "layer", PLAIN),
    ("input_shape", "reads", PLAIN),
    ("output_shape", "gives", PLAIN),
    ("formula", "formula", _tighten),
    ("substituted", "with numbers", _tighten),
    ("parameters", "parameters", PLAIN),
)
COMPARISON: Columns = (
    ("framing", "framing", PLAIN),
    ("X", "X", PLAIN),
    ("y", "y", PLAIN),
    ("parameters", "parameters", PLAIN),
    ("epochs", "epochs", PLAIN),
    ("final_loss", "final loss", "{:.2g}"),
    ("mae", "mean error", "{:.2g}"),
    ("max_error", "largest error", "{:.2g}"),
    ("test_mae", "unseen mean error", "{:.2g}"),
    ("all_within_0.05", "right to 0.1", lambda value: "yes" if value else "no"),
    ("predicted", "predicted", PLAIN),
)
ERRORS, DIVERGED = ["final loss", "mean error", "largest error", "unseen mean error"], "diverged"
LEADERBOARD: Columns = (
    ("rank", "rank", PLAIN),
    ("model", "forecaster", PLAIN),
    ("mase", "MASE", "{:.3f}"),
    ("interval", "95 % interval", PLAIN),
    ("skill", "skill", "{:+.0%}"),
    ("mae", "MAE", PLAIN),
    ("rmse", "RMSE", PLAIN),
    ("smape", "sMAPE, %", PLAIN),
    ("seeds", "seeds", PLAIN),
    ("coverage", "covered", "{:.0%}"),
    ("parameters", "parameters", PLAIN),
    ("training_s", "training, s", "{:.1f}"),
    ("forecast_ms", "forecast, ms", "{:.2g}"),
    ("memory_mb", "memory, MB", "{:.0f}"),
)
SEEDS: Columns = (
    ("framing", "framing", PLAIN),
    ("learnt", "learnt", PLAIN),
    ("seeds", "seeds", PLAIN),
    ("share", "share", "{:.0%}"),
    ("share_low", "at least (95 %)", "{:.0%}"),
    ("share_high", "at most (95 %)", "{:.0%}"),
    ("median_loss", "median loss", "{:.2g}"),
    ("smallest_loss", "smallest loss", "{:.2g}"),
    ("largest_loss", "largest loss", "{:.2g}"),
)


def layer_cells(layers: pd.DataFrame) -> pd.DataFrame:
    """The arithmetic of the parameters, a line a layer."""
    return format_columns(layers, LAYERS)


def comparison_cells(comparison: pd.DataFrame) -> pd.DataFrame:
    """The framings side by side, and the naive answer; a network whose errors are not finite has diverged."""
    cells = format_columns(comparison, COMPARISON)
    trained = comparison["epochs"].notna().to_numpy()
    for title in cells.columns.intersection(ERRORS):
        cells.loc[trained & ~cells[title].str.contains(r"\d"), title] = DIVERGED
    return cells


def leaderboard_cells(board: pd.DataFrame) -> pd.DataFrame:
    """All entries, the best first."""
    shown = board.assign(interval=_write_spans(board["mase_low"], board["mase_high"]))
    if "mase_min" in board:
        shown["seeds"] = _write_spans(board["mase_min"], board["mase_max"])
    of_targets = tuple((name, name.replace("mae_", "MAE "), PLAIN) for name in board if name.startswith("mae_"))
    return format_columns(shown, (*LEADERBOARD[:5], *of_targets, *LEADERBOARD[5:]))


def seed_cells(study: pd.DataFrame) -> pd.DataFrame:
    """How many seeds learnt, a line a framing."""
    return format_columns(study, SEEDS)


def _write_spans(low: pd.Series, high: pd.Series) -> list[str]:
    """From the low to the high ones; nothing where there are none."""
    spans = zip(low, high, strict=True)
    return ["" if pd.isna(one) else f"{one:.2f} to {other:.2f}" for one, other in spans]
