"""Tables as CSV files for spreadsheets."""

import re
from typing import Any

import pandas as pd

FORMULA = re.compile(r"[=+\-@\t\r]")  # how a cell starts that a spreadsheet would run
NUMBER = re.compile(r"[-+]?[\d.,\s]*\d[\d.,\s%]*")


def to_csv(table: pd.DataFrame) -> str:
    """A table as CSV, with an apostrophe before text that a spreadsheet would run as a formula.

    Source: OWASP, "CSV injection".

    >>> to_csv(pd.DataFrame({"=id": ["=1+1", "-5", "a"], "y": [-1.5, 2.0, 3.0]})).splitlines()
    ["'=id,y", "'=1+1,-1.5", '-5,2.0', 'a,3.0']
    """
    text: str = escape_formulas(table).to_csv(index=False)
    return text


def escape_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with such text escaped, in its cells and in its header."""
    escaped = table.copy(deep=False)
    for position, dtype in enumerate(table.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_datetime64_any_dtype(dtype):
            escaped.isetitem(position, table.iloc[:, position].map(_escape))
    escaped.columns = pd.Index([_escape(name) for name in table.columns])
    return escaped


def _escape(cell: Any) -> Any:
    is_formula = isinstance(cell, str) and FORMULA.match(cell) and not NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell
