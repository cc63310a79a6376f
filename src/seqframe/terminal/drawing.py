"""Which dataset is drawn as which table, and what is left of it where a terminal is narrow."""

from typing import Any

from rich.console import Console

from seqframe.terminal.fitting import fit_table
from seqframe.terminal.tables import (
    answer_table,
    comparison_table,
    forecast_table,
    leaderboard_table,
    parameter_table,
    seed_table,
)

TABLES = {  # by dataset, in the order in which they are shown
    "parameter_counts": parameter_table,
    "comparison": comparison_table,
    "leaderboard": leaderboard_table,
    "seed_study": seed_table,
    "answers": answer_table,
    "forecasts": forecast_table,
}
LEAST = {  # columns that are left out, in this order, where a terminal is too narrow
    "parameter_counts": ("reads → gives", "formula"),
    "comparison": ("largest", "y", "X", "epochs", "predicted", "unseen", "parameters"),
    "leaderboard": ("memory", "forecast", "RMSE", "sMAPE", "training", "parameters", "MAE", "covered", "95 % interval"),
    "seed_study": ("largest", "smallest"),
}


def print_table(name: str, data: Any, console: Console) -> None:
    """Print a dataset as a table below an empty line, and say which columns there was no room for."""
    table, left_out = fit_table(TABLES[name](data), console, LEAST.get(name, ()))
    console.print("", table)
    if left_out:
        words = f"No room for {', '.join(left_out)}: see data/08_reporting/{name}.csv"
        console.print(words, style="dim", highlight=False)
