"""Tables that are too wide for a terminal: their least important columns are left out, so that the rest is readable."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

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
