"""Tables on the disk: where they lie, what their columns are called, and the columns that are needed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from seqframe.config import PROJECT_ROOT
from seqframe.data.time_index import HINT
from seqframe.errors import UserError

# The cells of a table: what is no number is refused, and what is missing is refused or left to be filled in.

CHUNK = 1 << 18  # rows looked at at once, so that a check needs no memory to speak of

Test = Callable[[NDArray[Any]], NDArray[np.bool_]]


def to_numeric(column: pd.Series, file: str) -> NDArray[np.float64]:
    """The values of a column: (rows,), NaN where a cell is empty.

    Raises:
        UserError: A cell holds something other than a number; the first is named, counted from 1.
    """
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in ("boolean", "datetime64", "timedelta64"):
        text = column.notna().to_numpy()
        numbers = np.empty(0)
    else:
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        text = np.isnan(numbers) & column.notna().to_numpy()
    if text.any():
        first = int(text.argmax())
        raise UserError(
            f"Column {column.name} of {file} must hold numbers. "
            f"Received: {str(column.iloc[first])!r} in row {first + 1} ({text.sum()} such rows)."
        )
    return numbers


def check_finite(rows: pd.DataFrame, missing: str, file: str) -> None:
    """Refuse infinities, and missing values where `missing` is to refuse them.

    Raises:
        UserError: One line on the first column that has any.
    """
    tests: list[tuple[Test, str, str]] = [(np.isinf, "infinite values", "Mend the table.")]
    if missing == "raise":
        tests.insert(0, (np.isnan, "missing values", HINT))
    for name in rows.columns:
        for test, what, hint in tests:
            count, first = _count(rows[name].to_numpy(), test)
            if count:
                raise UserError(
                    f"Column {name} of {file} must hold finite numbers. "
                    f"Received: {what} in {count} of {len(rows)} rows, the first in row {first + 1}. {hint}"
                )


def check_not_empty(rows: pd.DataFrame, file: str) -> None:
    """Hold every column to one number at least.

    Raises:
        UserError: A column has none.
    """
    for name in rows.columns:
        if _count(rows[name].to_numpy(), np.isnan)[0] == len(rows):
            raise UserError(
                f"Column {name} of {file} must hold numbers. Received: missing values in all {len(rows)} rows. "
                "Leave the column out, or mend the table."
            )


def drop_missing(rows: pd.DataFrame, file: str) -> pd.DataFrame:
    """Leave out the rows in which a value is missing; with none the same frame.

    Raises:
        UserError: No row is left.
    """
    chunks = (rows.iloc[start : start + CHUNK] for start in range(0, len(rows), CHUNK))
    complete = np.concatenate([chunk.notna().to_numpy().all(axis=1) for chunk in chunks])
    if not complete.any():
        raise UserError(
            f"`data.missing=drop` must leave rows. Received: {file}, of which each of the {len(rows)} rows misses "
            f"a value in one of {', '.join(map(str, rows.columns))}. Set it to interpolate or ffill."
        )
    return rows if complete.all() else rows[complete]


def _count(values: NDArray[np.float64], test: Test) -> tuple[int, int]:
    """How many values are such, and the number of the first."""
    count, first = 0, -1
    for start in range(0, len(values), CHUNK):
        bad = test(values[start : start + CHUNK])
        if count == 0 and bad.any():
            first = start + int(bad.argmax())
        count += int(bad.sum())
    return count, first


BATCH = 1 << 14  # rows read from Parquet at once: few, so that hardly more is in memory than what is kept
BUFFER = 1 << 16  # bytes


@dataclass(frozen=True)
class Format:
    """A kind of file: `names` gives its columns; `read` the values of some, and others as they are.

    Floats are float64, (rows, columns), NaN where a cell is empty.
    """

    names: Callable[[Path], list[str]]
    read: Callable[[Path, list[str], list[str]], tuple[pd.DataFrame, pd.DataFrame]]


def find_table(name: str) -> Path:
    """Where the table lies: a relative path is looked up in the working directory, then in the project.

    Raises:
        UserError: It is in neither, is a folder or empty, or ends in something other than a known format.
    """
    places = list(dict.fromkeys([Path.cwd(), PROJECT_ROOT]))
    found = next((place / name for place in places if (place / name).exists()), None)
    if found is None:
        looked = "" if Path(name).is_absolute() else f" Looked in: {', '.join(map(str, places))}."
        raise UserError(f"`data.path` must name a file that exists. Received: {name}.{looked}")
    if found.is_dir():
        raise UserError(f"`data.path` must name a file. Received a folder: {found}.")
    if found.suffix.lower() not in FORMATS:
        raise UserError(f"`data.path` must end in {' or '.join(FORMATS)}. Received: {found.name}.")
    if found.stat().st_size == 0:
        raise UserError(f"A table needs a header and at least one row. Received an empty file: {found}.")
    return found


def column_names(path: Path) -> list[str]:
    """The names of all columns, as often as they are there."""
    return FORMATS[path.suffix.lower()].names(path)


def read_columns(path: Path, columns: list[str], others: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read columns of numbers, float64, and others as they are: (rows, columns), (rows, others)."""
    return FORMATS[path.suffix.lower()].read(path, columns, others)


def read_raw_table(path: Path) -> pd.DataFrame:
    """The table as it is, with every column by the name that the file gives it: (rows, columns)."""
    names = column_names(path)
    if path.suffix.lower() == ".csv":
        table = _read_cells(path)
        return table.set_axis(names, axis=1) if len(names) == table.shape[1] else table
    with _reading(path):
        return parquet.read_table(path, columns=names).to_pandas(ignore_metadata=True, date_as_object=False)


def _csv_names(path: Path) -> list[str]:
    """The header, read with the row below it: pandas would take a cell that is too many for the name of the row."""
    with _reading(path):
        header = pd.read_csv(path, header=None, nrows=2, dtype=str, skip_blank_lines=False).iloc[0]
    return [f"Unnamed: {number}" if pd.isna(name) else str(name) for number, name in enumerate(header)]


def _read_cells(path: Path) -> pd.DataFrame:
    """All cells of a CSV file; blank lines are empty cells, but for those at the end."""
    with _reading(path):
        table = pd.read_csv(path, low_memory=False, skip_blank_lines=False)
    table.columns = pd.Index([str(name) for name in table.columns])
    return table.iloc[: len(table) - _blank_lines_at_the_end(path)]


def _read_csv(path: Path, columns: list[str], others: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    table = _read_cells(path)
    values = {name: to_numeric(table[name], path.name) for name in columns}
    return pd.DataFrame(values), table[others]


def _blank_lines_at_the_end(path: Path) -> int:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - BUFFER))
        end = file.read()
    return max(0, end[len(end.rstrip()) :].count(b"\n") - 1)


def _parquet_names(path: Path) -> list[str]:
    """Without the names of rows that pandas keeps in a column of its own."""
    with _reading(path):
        return [name for name in parquet.read_schema(path).names if not name.startswith("__index_level_")]


def _read_parquet(path: Path, columns: list[str], others: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Numbers go batch by batch into the one array that is kept."""
    with _reading(path), parquet.ParquetFile(path, buffer_size=BUFFER, pre_buffer=False) as file:
        schema = file.schema_arrow
        numeric = [name for name in columns if _is_numeric(schema.field(name).type)]
        values = np.empty((len(columns), file.metadata.num_rows))
        start = 0
        for batch in file.iter_batches(BATCH, columns=numeric, use_threads=False) if numeric else ():
            stop = start + len(batch)
            for name in numeric:
                cells = batch.column(name).cast(pa.float64(), safe=False)
                values[columns.index(name), start:stop] = cells.to_numpy(zero_copy_only=False)
            start = stop
        kept = file.read([*others, *(name for name in columns if name not in numeric)])
        table = kept.to_pandas(ignore_metadata=True, date_as_object=False)
    for name in columns:
        if name not in numeric:
            values[columns.index(name)] = to_numeric(table[name], path.name)
    return pd.DataFrame(values.T, columns=columns, copy=False), table[others]


def _is_numeric(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Say in one line what a library makes of a file that is not what it claims to be."""
    try:
        yield
    except (ValueError, OSError, pa.ArrowException) as error:  # pandas' parser errors are ValueErrors
        reason = " ".join(str(error).split())
        raise UserError(f"{path.name} cannot be read as {path.suffix[1:].upper()}: {reason}") from error


FORMATS = {".csv": Format(_csv_names, _read_csv), ".parquet": Format(_parquet_names, _read_parquet)}
