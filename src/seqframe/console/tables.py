"""Tables in the terminal, from the declared columns of `seqframe.reporting.columns`."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from seqframe.errors import escape_controls
from seqframe.reporting.columns import TABLES, table_columns
from seqframe.reporting.tables import ENDS, MAX_FORECASTS, count_keys, forecast_titles, format_forecasts

UNLIMITED_WIDTH = 10_000  # columns of text
FORECAST_TITLES = {"future": "Forecast of the rows after the end of the table", "forecasts": "Forecasts"}


def plain_markup(text: str) -> str:
    r"""Text that Rich prints as it is, with control characters escaped.

    >>> plain_markup("[kWh]\x1b")
    '\\[kWh]\\x1b'
    """
    return escape(escape_controls(text))


def results_table(name: str, data: pd.DataFrame, min_priority: int = 0) -> Table:
    """A table of `seqframe.reporting.columns`, without the columns of a lower priority."""
    columns = [column for column in table_columns(name, data, min_priority) if column.terminal]
    table = _empty_table(TABLES[name].title)
    for column in columns:
        table.add_column(column.title, justify="right" if column.numeric else "left")
    for row in data.to_dict("records"):
        texts = (plain_markup(column.text(row)) for column in columns)
        table.add_row(*texts, style="dim" if TABLES[name].muted(row) else None)
    return table


def fit_table(name: str, data: pd.DataFrame, console: Console) -> tuple[Table, list[str]]:
    """A table that fits into the console, and the titles of the columns hidden for it, lowest priority first."""
    columns = [column for column in table_columns(name, data) if column.terminal]
    table = results_table(name, data)
    hidden: list[str] = []
    for priority in sorted({column.priority for column in columns})[:-1]:
        if _needed_width(table, console) <= console.width:
            break
        hidden += [column.title for column in columns if column.priority == priority]
        table = results_table(name, data, priority + 1)
    return table, hidden


def _needed_width(table: Table, console: Console) -> int:
    return console.measure(table, options=console.options.update(width=UNLIMITED_WIDTH)).maximum


def forecast_tables(name: str, forecasts: pd.DataFrame, console: Console) -> list[Table]:
    """All forecasts, or the first 200 rows; targets for which the terminal is too narrow are in further tables."""
    cells = format_forecasts(forecasts.head(MAX_FORECASTS))
    titles = forecast_titles(list(cells.columns))
    n_keys = count_keys(titles)
    keys = list(range(n_keys))
    chosen: list[list[int]] = []  # positions of the columns of each table
    for start in range(n_keys, len(titles), ENDS):
        group = list(range(start, start + ENDS))
        if chosen and _needed_width(_text_table("", titles, cells, chosen[-1] + group), console) <= console.width:
            chosen[-1] += group
        else:
            chosen.append(keys + group)
    headings = [FORECAST_TITLES[name], *[""] * (len(chosen) - 1)]
    return [_text_table(title, titles, cells, each) for title, each in zip(headings, chosen, strict=True)]


def _text_table(title: str, titles: Sequence[str], cells: pd.DataFrame, positions: Sequence[int]) -> Table:
    """A table of some columns of text; keys are aligned to the left, the step and numbers to the right."""
    table = _empty_table(title)
    first_number = count_keys(titles) - 1
    for position in positions:
        table.add_column(plain_markup(titles[position]), justify="right" if position >= first_number else "left")
    for row in cells.iloc[:, list(positions)].itertuples(index=False):
        table.add_row(*map(plain_markup, row))
    return table


def findings_table(findings: pd.DataFrame) -> Table:
    """The number and the conclusion of every experiment."""
    table = _empty_table("Findings")
    table.add_column("")
    table.add_column("number", justify="right")
    table.add_column("conclusion")
    table.padding = (0, 1, 1, 0)  # an empty line between findings
    for row in findings.itertuples():
        sentence = f"{escape(row.sentence)}\n[dim]Number: {escape(row.quantity)}[/dim]"
        table.add_row(row.question, f"{row.number:.3g}", sentence)
    return table


def _empty_table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")


SHOWN: Sequence[str] = ("parameter_counts", "comparison", *FORECAST_TITLES, "leaderboard", "seed_study", "experiments")


def print_table(name: str, data: Any, console: Console, file: str | None = None) -> None:
    """Print a dataset as a table below an empty line, and name the columns that the terminal is too narrow for.

    `file` is the file with the whole table, if there is one.
    """
    if name == "experiments":
        console.print("", findings_table(data))
        return
    if name in FORECAST_TITLES:
        _print_forecasts(name, data, console, file)
        return
    table, hidden = fit_table(name, data, console)
    console.print("", table)
    if hidden:
        more = f"; full table: {file}" if file else "."
        text = f"Columns hidden (terminal too narrow): {', '.join(hidden)}{more}"
        console.print(text, style="dim", highlight=False)


def _print_forecasts(name: str, forecasts: pd.DataFrame, console: Console, file: str | None) -> None:
    """Print the forecasts, if there are any, and the file with those that are not printed."""
    if forecasts.empty:
        return
    for table in forecast_tables(name, forecasts, console):
        table.width = _needed_width(table, console)  # a terminal that is too narrow breaks lines; cells stay whole
        console.print("")
        console.print(table, crop=False, soft_wrap=True)
    if len(forecasts) > MAX_FORECASTS:
        more = f"; all rows: {file}" if file else "."
        text = f"{MAX_FORECASTS} of {len(forecasts):,} rows{more}"
        console.print(text, style="dim", highlight=False, soft_wrap=True)


MAX_LABELS, MAX_PROBABILITIES = 20, 12  # rows and columns of predicted labels in the terminal


def print_labels(labels: pd.DataFrame, console: Console) -> None:
    """Print the first predicted labels, with the probabilities of the first classes."""
    n_keys = labels.columns.get_loc("label") + 1
    shown = labels.iloc[:MAX_LABELS, : n_keys + MAX_PROBABILITIES]
    rounded = {name: [f"{value:.3f}" for value in shown[name]] for name in shown.columns[n_keys:]}
    print_result("labels", shown.assign(**rounded), console)
    if len(labels) > MAX_LABELS or labels.shape[1] > shown.shape[1]:
        text = f"The first {len(shown)} of {len(labels):,} rows"
        text += f", {MAX_PROBABILITIES} of the probabilities" if labels.shape[1] > shown.shape[1] else ""
        console.print(f"{text}.", style="dim", highlight=False)


def print_result(name: str, data: Any, console: Console) -> None:
    """Print a dataset without a table of its own: a data frame as a table, anything else as text."""
    title = name.replace("_", " ").capitalize()
    if not isinstance(data, pd.DataFrame):
        console.print(f"\n{title}\n{data}", highlight=False, markup=False, soft_wrap=not console.is_terminal)
        return
    table = _empty_table(title)
    numeric = [column for column in data.columns if pd.api.types.is_numeric_dtype(data[column])]
    for column in data.columns:
        table.add_column(plain_markup(str(column)), justify="right" if column in numeric else "left")
    for row in data.to_dict("records"):
        table.add_row(
            *(f"{row[name]:.5g}" if name in numeric else plain_markup(str(row[name])) for name in data.columns)
        )
    console.print("", table)


def print_result_tables(leaderboard: pd.DataFrame, notes: Sequence[str], conclusion: str) -> None:
    """Print a comparison: what was found, the leaderboard and the conclusion."""
    console = Console()
    if not console.is_terminal:
        console.width = UNLIMITED_WIDTH
    for note in notes:
        console.print(plain_markup(note), style="dim", highlight=False, soft_wrap=True)
    print_table("comparison" if "predicted" in leaderboard else "leaderboard", leaderboard, console)
    console.print()
    for sentence in conclusion.splitlines():
        console.print(plain_markup(sentence), highlight=False, soft_wrap=True)
