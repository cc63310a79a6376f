"""Reading of a sheet of an Excel file, with the same layouts as in text tables."""

import csv
import io
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from seqframe.config import CsvSettings
from seqframe.data.layout import MAX_LINES, find_layout
from seqframe.data.raw_table import RawTable, number_format
from seqframe.data.text_tables import name_columns
from seqframe.errors import UserError, list_names

MIN_CELLS = 2  # rows and columns of a sheet with a table, unless no sheet has as many


def read_excel_table(path: Path, settings: CsvSettings) -> RawTable:
    """Read the first sheet that holds a table.

    Raises:
        UserError: A package is missing, the names do not fit the rows, or there is no row.
    """
    try:
        with pd.ExcelFile(path) as workbook:
            name, rows = _read_first_table(workbook)
            names = list(map(str, workbook.sheet_names))
    except ImportError as error:
        raise UserError(
            f"An Excel file needs the package {error.name or 'openpyxl'}. Received: {path.name}. "
            'Install it with: pip install "seqframe[excel]", or save the sheet as CSV.'
        ) from error
    layout = find_layout(
        _as_lines(rows[:MAX_LINES]),
        _as_lines(rows[-MAX_LINES:]),
        settings.model_copy(update={"sep": ","}),
        path.name,
    )
    rows = rows[layout.skip : len(rows) - len(layout.footer)]
    if rows.empty:
        raise UserError(f"A table needs at least one row. Received: {path.name} with none.")
    arrays = [pd.Series(rows[column].map(_strip).tolist()) for column in rows]
    columns = name_columns(arrays, layout.names)
    of = f"sheet {name} of {len(names)} ({list_names(names)})" if len(names) > 1 else "first sheet"
    found = ", ".join([of, *layout.notes, f"{len(columns):,} rows"])
    return RawTable(columns, number_format(columns, settings), (f"Read {path.name}: {found}.",))


def _read_first_table(workbook: pd.ExcelFile) -> tuple[str, pd.DataFrame]:
    """Name and cells of the first sheet that holds a table, or of the first sheet; later sheets are not read."""
    cells = ((str(name), _read_cells(workbook, name)) for name in workbook.sheet_names)
    first = next(cells)
    return next((each for each in chain([first], cells) if min(each[1].shape) >= MIN_CELLS), first)


def _read_cells(workbook: pd.ExcelFile, name: int | str) -> pd.DataFrame:
    """The cells of a sheet, without empty rows and columns."""
    cells = pd.read_excel(workbook, sheet_name=name, header=None, dtype=object, keep_default_na=False, na_values=[""])
    return cells.dropna(how="all").dropna(how="all", axis=1)


def _strip(cell: Any) -> Any:
    return cell.strip() if isinstance(cell, str) else cell


def _as_lines(rows: pd.DataFrame) -> list[str]:
    """The rows as lines of text, one for each row."""
    return [_as_line(cells) for cells in rows.itertuples(index=False)]


def _as_line(cells: Iterable[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(["" if pd.isna(c) else " ".join(str(c).split()) for c in cells])
    return line.getvalue()
