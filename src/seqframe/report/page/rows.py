"""The tables of a page: which columns are shown, under which title, in which form."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from seqframe.report.page.numbers import PLAIN, write_columns

Columns = tuple[tuple[str, str, str | Callable[[Any], str]], ...]


def _tighten(arithmetic: str) -> str:
    """Arithmetic without its blanks, for want of room."""
    return arithmetic.replace(" ", "")


LAYERS: Columns = (
    ("kind", "layer", PLAIN),
    ("input_shape", "reads", PLAIN),
    ("output_shape", "gives", PLAIN),
    ("formula", "formula", _tighten),
    ("with_numbers", "with numbers", _tighten),
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
    ("largest_error", "largest error", "{:.2g}"),
    ("unseen_mae", "unseen mean error", "{:.2g}"),
    ("right_to_one_decimal", "right to 0.1", lambda value: "yes" if value else "no"),
    ("predicted", "predicted", PLAIN),
)
ERRORS, DIVERGED = ["final loss", "mean error", "largest error", "unseen mean error"], "diverged"
LEADERBOARD: Columns = (
    ("rank", "rank", PLAIN),
    ("entry", "forecaster", PLAIN),
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
    return write_columns(layers, LAYERS)


def comparison_cells(comparison: pd.DataFrame) -> pd.DataFrame:
    """The framings side by side, and the naive answer; a network whose errors are not finite has diverged."""
    cells = write_columns(comparison, COMPARISON)
    trained = comparison["epochs"].notna().to_numpy()
    for title in cells.columns.intersection(ERRORS):
        cells.loc[trained & ~cells[title].str.contains(r"\d"), title] = DIVERGED
    return cells


def leaderboard_cells(board: pd.DataFrame) -> pd.DataFrame:
    """All entries, the best first."""
    shown = board.assign(interval=_write_spans(board["mase_low"], board["mase_high"]))
    if "best_seed" in board:
        shown["seeds"] = _write_spans(board["best_seed"], board["worst_seed"])
    of_targets = tuple((name, name.replace("mae_", "MAE "), PLAIN) for name in board if name.startswith("mae_"))
    return write_columns(shown, (*LEADERBOARD[:5], *of_targets, *LEADERBOARD[5:]))


def seed_cells(study: pd.DataFrame) -> pd.DataFrame:
    """How many seeds learnt, a line a framing."""
    return write_columns(study, SEEDS)


def _write_spans(low: pd.Series, high: pd.Series) -> list[str]:
    """From the low to the high ones; nothing where there are none."""
    spans = zip(low, high, strict=True)
    return ["" if pd.isna(one) else f"{one:.2f} to {other:.2f}" for one, other in spans]
