"""Tables as Rich draws them."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from seqframe.reporting.tables import format_samples

COSTS = {"parameters": "{:.0f}", "training_s": "{:.1f} s", "forecast_ms": "{:.2g} ms", "memory_mb": "{:.0f} MB"}


def parameter_table(layers: pd.DataFrame) -> Table:
    """The layers of all framings, and the arithmetic of their parameters."""
    table = _table("Parameters", ["framing", "layer", "reads → gives", "formula", "with numbers"], ["count"])
    for row in layers.itertuples():
        texts = (row.input_shape, row.output_shape, row.formula, row.substituted)
        reads, gives, *param_count = (str(text).replace(" ", "") for text in texts)  # to fit 120 columns
        table.add_row(row.framing, row.kind, f"{reads} → {gives}", *param_count, str(row.parameters))
    return table


def comparison_table(comparison: pd.DataFrame) -> Table:
    """The framings side by side, and the naive answer below them."""
    test = "test_mae" in comparison
    numbers = ["epochs", "loss", "MAE", *["unseen"] * test, "largest"]
    table = _table("Comparison", ["framing", "X", "y", "parameters"], numbers, ["to 0.1?", "predicted"])
    for row in comparison.to_dict("records"):
        naive = pd.isna(row["epochs"])
        words = (str(row[name]).replace(" ", "") for name in ("X", "y", "parameters"))  # to fit 120 columns
        trained = (*words, f"{row['epochs']:.0f}", f"{row['final_loss']:.2g}")
        table.add_row(
            row["framing"],
            *([""] * 5 if naive else trained),
            *(f"{value:.2g}" for value in (row["mae"], *[row.get("test_mae", 0)] * test, row["max_error"])),
            "yes" if row["all_within_0.05"] else "no",
            "" if naive else str(row["predicted"]),
            style="dim" if naive else None,
        )
    return table


def leaderboard_table(board: pd.DataFrame) -> Table:
    """All entries, the best first; those that share a rank are told apart by nothing but noise."""
    units = ["MAE", "RMSE", "sMAPE"] if "mae" in board else []  # several targets have several units
    costs = ["covered", "parameters", "training", "forecast", "memory"]
    table = _table("Leaderboard", ["rank", "forecaster"], ["MASE", "95 % interval", "skill", *units, *costs])
    for row in board.to_dict("records"):
        errors = [f"{row['mae']:.3g}", f"{row['rmse']:.3g}", f"{row['smape']:.3g} %"] if units else []
        table.add_row(
            str(row["rank"]),
            str(row["model"]),
            f"{row['mase']:.3f}",
            f"{row['mase_low']:.2f} to {row['mase_high']:.2f}",
            f"{row['skill']:+.0%}",
            *errors,
            f"{row['coverage']:.0%}",
            *(_cost(row, name, form) for name, form in COSTS.items()),
            style=None if row["framing"] else "dim",
        )
    return table


def forecast_table(forecasts: pd.DataFrame, most: int = 10) -> Table:
    """The first forecasts; nothing stands where an interval has no ends."""
    numbers = list(forecasts.columns[list(forecasts.columns).index("horizon_step") :])
    table = _table("Forecasts", [str(name) for name in forecasts.columns if name not in numbers], numbers)
    for row in forecasts.head(most).to_dict("records"):
        table.add_row(*("" if pd.isna(row[n]) else f"{row[n]:.5g}" if n in numbers else str(row[n]) for n in row))
    if len(forecasts) > most:
        table.add_row("…")
    return table


def _cost(row: dict[str, Any], name: str, form: str) -> str:
    value = row.get(name)
    return "" if value is None or pd.isna(value) else form.format(value)


def frame_lines(frame_table: pd.DataFrame, most: int = 3) -> str:
    """Which row went where, by its name: a pair of brackets for each timestep.

    many_to_one   X (1, 5, 1)   y (1, 5)
      X[0] = [0] [1] [2] [3] [4]   y[0] = 0 1 2 3 4
    """
    shapes = frame_table.drop_duplicates("array").set_index("array")["shape"]
    lines = ["", f"{frame_table['framing'].iloc[0]}   X {shapes['X']}   y {shapes['y']}"]
    for sample, X, y in format_samples(frame_table, most).itertuples(index=False):
        lines.append(f"  X[{sample}] = {X}   y[{sample}] = {y}" if X else f"  {sample}")
    return "\n".join(lines)


def seed_table(study: pd.DataFrame) -> Table:
    """How many seeds learnt, one row a framing."""
    table = _table(
        "How many seeds learn every value to one decimal",
        ["framing"],
        ["learnt", "share", "95 % interval", "median loss", "smallest", "largest"],
    )
    for row in study.itertuples():
        table.add_row(
            row.framing,
            f"{row.learnt} of {row.seeds}",
            f"{row.share:.0%}",
            f"{row.share_low:.0%} to {row.share_high:.0%}",
            *(f"{value:.2g}" for value in (row.median_loss, row.smallest_loss, row.largest_loss)),
        )
    return table


def answer_table(answers: pd.DataFrame) -> Table:
    """The number that every question was answered with, and the sentence that it decides."""
    table = _table("Answers", [""], ["number"], ["answer"])
    table.padding = (0, 1, 1, 0)  # a line between answers
    for row in answers.itertuples():
        sentence = f"{escape(row.sentence)}\n[dim]The number: {escape(row.quantity)}[/dim]"
        table.add_row(row.question, f"{row.number:.3g}", sentence)
    return table


def _table(title: str, left: list[str], right: list[str], last: Sequence[str] = ()) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    for name in left:
        table.add_column(name)
    for name in right:
        table.add_column(name, justify="right")
    for name in last:
        table.add_column(name)
    return table


# Tables that are too wide for a terminal: their least important columns are left out, so that the rest is readable.

ANY_WIDTH = 10_000  # columns


def fit_table(table: Table, console: Console, least: Sequence[str]) -> tuple[Table, list[str]]:
    """The table without as many of the `least` important columns as it takes to fit, and the names of those.

    >>> table = Table("name", "value", "remark")
    >>> table.add_row("x" * 20, "1", "y" * 20)
    >>> fitted, left_out = fit_table(table, Console(width=40), ["remark", "value"])
    >>> [column.header for column in fitted.columns], left_out
    (['name', 'value'], ['remark'])
    """
    present = [str(column.header) for column in table.columns]
    left_out: list[str] = []
    for name in least:
        if _needed_width(table, console) <= console.width:
            break
        if name in present:
            table = _without(table, name)
            left_out.append(name)
    return table, left_out


def _needed_width(table: Table, console: Console) -> int:
    return console.measure(table, options=console.options.update(width=ANY_WIDTH)).maximum


def _without(table: Table, name: str) -> Table:
    """A copy of the table with one column fewer."""
    kept = [column for column in table.columns if column.header != name]
    copy = Table(title=table.title, title_justify=table.title_justify, title_style=table.title_style)
    copy.box, copy.pad_edge, copy.header_style, copy.padding = (
        table.box,
        table.pad_edge,
        table.header_style,
        table.padding,
    )
    for column in kept:
        copy.add_column(column.header, justify=column.justify)
    for cells, row in zip(zip(*(column.cells for column in kept), strict=True), table.rows, strict=True):
        copy.add_row(*cells, style=row.style)
    return copy


# Which dataset is drawn as which table, and what is left of it where a terminal is narrow.

TABLES = {  # by dataset, in the order in which they are shown
    "parameter_counts": parameter_table,
    "comparison": comparison_table,
    "leaderboard": leaderboard_table,
    "seed_study": seed_table,
    "experiments": answer_table,
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


def print_result(name: str, data: Any, console: Console) -> None:
    """Print a dataset without a table of its own: a data frame as a table, anything else as text."""
    title = name.replace("_", " ").capitalize()
    if not isinstance(data, pd.DataFrame):
        console.print(f"\n{title}\n{data}", highlight=False, markup=False, soft_wrap=not console.is_terminal)
        return
    numbers = [name for name in data.columns if pd.api.types.is_numeric_dtype(data[name])]
    table = _table(title, [str(name) for name in data.columns if name not in numbers], [str(name) for name in numbers])
    for row in data.to_dict("records"):
        cells = {name: f"{value:.5g}" if name in numbers else escape(str(value)) for name, value in row.items()}
        table.add_row(*(cells[name] for name in [*(each for each in row if each not in numbers), *numbers]))
    console.print("", table)
