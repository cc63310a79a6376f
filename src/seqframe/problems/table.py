"""Rows from a CSV or Parquet file of the user's. Nothing in it is repaired: what is wrong is named."""

from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from seqframe.config import PROJECT_ROOT, Problem
from seqframe.errors import UserError
from seqframe.problems.columns import feature_columns, target_columns

READERS = {
    ".csv": pd.read_csv,
    ".parquet": pd.read_parquet,
}


def read_rows(problem: Problem) -> pd.DataFrame:
    """Read the columns that the problem names: (rows, columns), float64, finite.

    Raises:
        UserError: The file is missing, empty or of another kind; a column is missing or twice there, or holds something
            other than finite numbers.
    """
    path = find_table(str(problem.table))
    table = _read(path)
    available = [str(name) for name in table.columns]
    table.columns = pd.Index(available)
    columns = list(dict.fromkeys(feature_columns(problem, available) + target_columns(problem, available)))
    for name in [*columns, *([problem.time] if problem.time else [])]:
        _check_column_exists(name, available, path)
    if not columns:
        raise UserError(
            f"A table needs a column beside `problem.time`. Received: {path.name} with {', '.join(available)}."
        )
    if table.empty:
        raise UserError(f"A table needs at least one row. Received: {path.name} with none.")
    rows = pd.DataFrame({name: _numbers(table[name], path) for name in columns})
    if problem.time:
        rows.index = pd.Index(table[problem.time], name=problem.time)
    return rows


def find_table(name: str) -> Path:
    """Where the table lies: a relative path is looked up in the working directory, then in the project.

    Raises:
        UserError: It is in neither, or is a folder.
    """
    places = list(dict.fromkeys([Path.cwd(), PROJECT_ROOT]))
    found = next((place / name for place in places if (place / name).exists()), None)
    if found is None:
        looked = "" if Path(name).is_absolute() else f" Looked in: {', '.join(map(str, places))}."
        raise UserError(f"`problem.table` must name a file that exists. Received: {name}.{looked}")
    if found.is_dir():
        raise UserError(f"`problem.table` must name a file. Received a folder: {found}.")
    return found


def _read(path: Path) -> pd.DataFrame:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise UserError(f"`problem.table` must end in {' or '.join(READERS)}. Received: {path.name}.")
    if path.stat().st_size == 0:
        raise UserError(f"A table needs a header and at least one row. Received an empty file: {path}.")
    try:
        return reader(path)
    except (ValueError, OSError) as error:  # pandas' and pyarrow's parser errors are ValueErrors
        reason = " ".join(str(error).split())
        raise UserError(f"{path.name} cannot be read as {path.suffix[1:].upper()}: {reason}") from error


def _check_column_exists(name: str, available: list[str], path: Path) -> None:
    if available.count(name) > 1:
        raise UserError(
            f"A column's name must be unique. Received: {path.name} with {available.count(name)} columns {name}."
        )
    if name not in available:
        near = get_close_matches(name, available, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Columns: {', '.join(available)}."
        raise UserError(f"{path.name} has no column {name}. {hint}")


def _numbers(column: pd.Series, path: Path) -> np.ndarray:
    """The values of a column as float64; refuses text, gaps and infinities with the first row that has one, from 1."""
    numbers: np.ndarray = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    text = np.flatnonzero(np.isnan(numbers) & column.notna().to_numpy())
    if pd.api.types.is_bool_dtype(column) or text.size:
        first = int(text[0]) if text.size else 0
        raise UserError(
            f"Column {column.name} of {path.name} must hold numbers. "
            f"Received: {str(column.iloc[first])!r} in row {first + 1} ({max(text.size, 1)} such rows)."
        )
    for bad, what in ((np.isnan(numbers), "missing values"), (np.isinf(numbers), "infinite values")):
        if bad.any():
            raise UserError(
                f"Column {column.name} of {path.name} must hold finite numbers. "
                f"Received: {what} in {bad.sum()} of {len(bad)} rows, the first in row {int(np.argmax(bad)) + 1}."
            )
    return numbers
